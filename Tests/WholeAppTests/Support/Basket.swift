import Dispatch
import Foundation
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import Synchronization
import Testing

@testable import latchkey

/// Mails as a test's people get them; a script of outcomes says what the mail server makes of the next ones.
final class Basket: MailSender {
    private struct State {
        var mails: [MailMessage] = []
        var script: [MailOutcome] = []
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "basket")

    /// What becomes of the next mails, in order; afterwards all are taken.
    func expect(_ outcomes: MailOutcome...) { state.withLock { $0.script = outcomes } }

    /// All that were taken, oldest first.
    var all: [MailMessage] { state.withLock { $0.mails } }

    func send(_ mail: MailMessage, pledge: @escaping @Sendable () -> Bool) async -> MailOutcome {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                let outcome = state.withLock { $0.script.isEmpty ? .sent : $0.script.removeFirst() }
                let isHanded = if case .unknown = outcome { true } else { outcome == .sent }
                guard !isHanded || pledge() else { return continuation.resume(returning: .postponed("taken back")) }
                if outcome == .sent { state.withLock { $0.mails.append(mail) } }
                continuation.resume(returning: outcome)
            }
        }
    }
}

extension MailMessage {
    /// The mail as a mail program reads it, near enough: soft line ends gone, `=` and UTF-8 decoded.
    var decoded: String {
        var out: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "="), rest.count >= 2 else {
                out.append(byte)
                continue
            }
            let pair = Array(rest.prefix(2))
            if pair == [13, 10] {
                rest = rest.dropFirst(2)
            } else if let value = UInt8(String(decoding: pair, as: UTF8.self), radix: 16) {
                out.append(value)
                rest = rest.dropFirst(2)
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The tokens of the links in the plain text, such as those behind `/r/`.
    func tokens(_ path: String) -> [String] {
        let plain = decoded.components(separatedBy: "text/html").first ?? ""
        return plain.components(separatedBy: path).dropFirst().map { String($0.prefix { $0.isLetter || $0.isNumber || $0 == "_" }) }
            .filter { $0.hasPrefix("lk_") }
    }
}

extension TestHouse {
    /// Sends what waits; answers what this person has got so far, oldest first.
    func mails(to address: String) async throws -> [MailMessage] {
        try await postman.deliverDue()
        return basket.all.filter { $0.to.text == address }
    }

    /// The token in the newest mail to somebody.
    func token(_ path: String, to address: String) async throws -> String {
        guard let token = try await mails(to: address).last?.tokens(path).first else {
            throw OperatorError("no link \(path) was mailed to \(address)")
        }
        return token
    }

    /// Asks for a forgotten password from an address of its own, and waits for the mail, which is ordered after the answer.
    func askForgotten(_ email: String, from address: String = "192.0.2.\(Int.random(in: 1...250))") async throws -> [MailMessage] {
        let before = try await mails(to: email).count
        var client = anyone
        client.address = address
        let reply = await client.post("/api/v1/password/forgot", ["email": .string(email)])
        guard reply.status == 202 else { throw OperatorError("forgot: \(reply.status) \(reply.text)") }
        for _ in 0..<300 {
            let mails = try await mails(to: email)
            if mails.count > before { return Array(mails[before...]) }
            try await Task.sleep(for: .milliseconds(10))
        }
        return []
    }

    func resetToken(of email: String) async throws -> String {
        guard let token = try await askForgotten(email).last?.tokens("/r/").first else { throw OperatorError("no link was mailed to \(email)") }
        return token
    }
}

extension Scene {
    /// Whom a route may send an activation to.
    func pending(on route: Route, for who: Who) async throws -> String {
        guard route.path.contains("/administrators/") else { return try await pending(for: who) }
        return try await Cast.make(cast.olive, "administrators", JSON(members: newAdministrator().members.filter { $0.0 != "password" }))
    }

    /// A new user of this principal's account who has no password yet.
    func pending(for who: Who) async throws -> String {
        let body = newUser(ground(who))
        return try await Cast.make(ground(who).inside, "users", JSON(members: body.members.filter { $0.0 != "password" }))
    }

    /// The token of a link that confirms the new e-mail of a new user.
    func emailToken(for who: Who) async throws -> String {
        let user = try await Cast.make(ground(who).inside, "users", newUser(ground(who)))
        let email = unique("new") + "@example.com"
        expect(await ground(who).inside.put("/api/v1/users/\(user)/email", ["email": .string(email)]), 202)
        return try await house.token("/email/", to: email)
    }
}
