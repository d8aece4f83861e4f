import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb
import Logging

/// Sends what waits in the outbox: takes it by lease, writes the letter, hands it over, settles it. One for each server.
package final class Postman: Sendable {
    private let house: House
    private let letters: [String: LetterKind]
    private let lease: String

    /// How many mails are taken at once, and for how long: longer than sending all of them can take.
    private static let atOnce = 3
    private static let leaseSeconds = 300

    package init(house: House, letters: [LetterKind]) {
        self.house = house
        self.letters = Dictionary(letters.map { ($0.template, $0) }, uniquingKeysWith: { first, _ in first })
        lease = Random.base62(16)
    }

    private var room: MailRoom { house.mail }
    private var origin: Origin { Origin(address: "local", userAgent: "", requestID: .new(at: house.gate.now)) }

    /// Sends until the task is cancelled.
    package func run() async {
        // Where one process has the database, whoever held a lease before this start is gone.
        var isFirst = true
        var forgetsAt = house.gate.now
        while !Task.isCancelled {
            do {
                if isFirst { try await release(all: true) }
                isFirst = false
                try await deliverDue()
                if house.gate.now >= forgetsAt {
                    try await forgetOld()
                    forgetsAt = house.gate.now.adding(seconds: 6 * 3600)
                }
                await room.bell.wait(atMost: try await pause())
            } catch {
                house.logger.error("the outbox cannot be read: \(error)")
                await room.bell.wait(atMost: .seconds(5))
            }
        }
    }

    /// Until the next mail is due. A test installation's clock may jump at any time.
    private func pause() async throws -> Duration {
        if house.gate.clock.isTest { return .milliseconds(200) }
        return .milliseconds(min(60_000, max(50, try await wait() ?? 60_000)))
    }

    /// Milliseconds until there is something to do; nil where nothing waits.
    private func wait() async throws -> Int64? {
        try await house.gate.read(door: .outbox) { permit, tx in try DispatchStore.next(permit, tx) }.wait(at: house.gate.now)
    }

    /// Sends everything that is due now, one mail after the other; answers how many went out.
    @discardableResult
    package func deliverDue() async throws -> Int {
        guard let wait = try await wait(), wait <= 0 else { return 0 }
        try await release(all: false)
        var sent = 0
        while !Task.isCancelled {
            let now = house.gate.now
            let mails = try await house.gate.carry(origin: origin) { [lease, room] permit, tx, _ in
                try DispatchStore.take(Self.atOnce, lease: lease, for: Self.leaseSeconds, at: now, room, permit, tx)
            }
            if mails.isEmpty { break }
            for mail in mails where try await deliver(mail) { sent += 1 }
        }
        return sent
    }

    /// Drops rows that were settled long ago.
    package func forgetOld() async throws {
        let now = house.gate.now
        try await house.gate.carry(origin: origin) { permit, tx, _ in try DispatchStore.forget(at: now, permit, tx) }
    }

    private func release(all: Bool) async throws {
        let now = house.gate.now
        let lost = try await house.gate.carry(origin: origin) { permit, tx, book in
            let lost = try DispatchStore.release(all: all && tx.dialect == .sqlite, at: now, permit, tx)
            for mail in lost { try Self.recordGivenUp(mail, "unknown", book, permit.actor) }
            return lost
        }
        for mail in lost { note(mail, "given up: nobody knows whether it was taken", "latchkey_mails_given_up_total") }
    }

    // MARK: One mail

    /// Whether it went out.
    private func deliver(_ mail: OutboxMail) async throws -> Bool {
        let message: MailMessage?
        do { message = try await write(mail) } catch let error as DatabaseError { throw error } catch {
            try await giveUp(mail, .failed, "the mail cannot be written: \(error)")
            return false
        }
        guard let message else {
            try await settle(mail, .cancelled, nil)
            return false
        }
        let outcome = await room.sender.send(message) { [self] in waited { try await self.pledge(mail) } }
        switch outcome {
        case .sent:
            try await settle(mail, .sent, nil)
            house.metrics.count("latchkey_mails_sent_total")
            return true
        case .postponed(let reason): try await postpone(mail, reason)
        case .refused(let reason): try await giveUp(mail, .failed, reason)
        case .unknown(let reason): try await giveUp(mail, .unknown, reason)
        }
        return false
    }

    /// The letter with its tokens, which are minted in this transaction; nil where there is nothing more to say.
    private func write(_ mail: OutboxMail) async throws -> MailMessage? {
        guard let kind = letters[mail.template] else { throw UnknownTemplate(name: mail.template) }
        let letter = try await house.gate.carry(origin: origin) { [house] permit, tx, book in try kind.write(mail, permit, tx, book, house) }
        return try letter.map { letter in
            try MailMessage(
                id: mail.id, from: room.from, to: letter.to, subject: letter.subject, text: letter.text, html: letter.html.bytes,
                at: house.gate.now)
        }
    }

    private struct UnknownTemplate: Error, CustomStringConvertible {
        let name: String
        var description: String { "there is no template \(name)" }
    }

    private func pledge(_ mail: OutboxMail) async throws -> Bool {
        try await house.gate.carry(origin: origin) { [lease] permit, tx, _ in try DispatchStore.pledge(mail.id, lease: lease, permit, tx) }
    }

    private func settle(_ mail: OutboxMail, _ state: MailState, _ reason: String?) async throws {
        let now = house.gate.now
        try await house.gate.carry(origin: origin) { [lease] permit, tx, _ in
            _ = try DispatchStore.settle(mail.id, state, reason: reason, lease: lease, at: now, permit, tx)
        }
    }

    private func postpone(_ mail: OutboxMail, _ reason: String) async throws {
        let now = house.gate.now
        guard let due = BackOff.next(after: mail.attempts, since: mail.createdAt, at: now, jitter: Random.below(1000)) else {
            return try await giveUp(mail, .failed, reason)
        }
        try await house.gate.carry(origin: origin) { [lease] permit, tx, _ in
            try DispatchStore.postpone(mail.id, until: due, reason: reason, lease: lease, permit, tx)
        }
        note(mail, "not taken, tried again later: \(reason)", "latchkey_mails_postponed_total")
    }

    private func giveUp(_ mail: OutboxMail, _ state: MailState, _ reason: String) async throws {
        let now = house.gate.now
        let isOurs = try await house.gate.carry(origin: origin) { [lease] permit, tx, book in
            let isOurs = try DispatchStore.settle(mail.id, state, reason: reason, lease: lease, at: now, permit, tx)
            if isOurs { try Self.recordGivenUp(mail, reason, book, permit.actor) }
            return isOurs
        }
        if isOurs { note(mail, "given up: \(reason)", "latchkey_mails_given_up_total") }
    }

    private static func recordGivenUp(_ mail: OutboxMail, _ reason: String, _ book: Doorbook, _ actor: Actor) throws {
        let changes = [Change("template", to: .string(mail.template)), Change("reason", to: .string(reason))]
        try book.record(
            "mail.given_up", Subject("mail", mail.id, mail.template), in: mail.account.map(Chain.account) ?? .enterprise, by: actor, changes)
    }

    /// Ids and reasons only: addresses are people's.
    private func note(_ mail: OutboxMail, _ what: String, _ counter: StaticString) {
        house.metrics.count(counter)
        house.logger.warning(
            "mail \(what)",
            metadata: ["mail": .string(mail.id.description), "template": .string(mail.template), "attempts": .stringConvertible(mail.attempts)])
    }
}
