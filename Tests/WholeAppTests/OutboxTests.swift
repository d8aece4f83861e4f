import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import MailFeature
import Testing

@testable import latchkey

/// The outbox between a commit and a mail server that may be slow, deaf or gone.
@Suite struct `The outbox` {
    private static func pending(_ scene: Scene) async throws -> String { try await Cast.make(scene.cast.adam.client, "users", scene.pendingBody) }

    private static func rows(_ scene: Scene) async throws -> [(state: String, attempts: Int, sealed: Bool)] {
        try await scene.database.read(seeing: .everything) { tx in
            try tx.rows("SELECT state, attempts, CASE WHEN sealed IS NULL THEN 0 ELSE 1 END FROM outbox ORDER BY id") {
                (state: try $0[0], attempts: try $0[1], sealed: try $0[2])
            }
        }
    }

    @Test func `tries again, ever later, and gives up visibly after three days`() async throws {
        let scene = try await Scene.assemble()
        let house = scene.house
        let id = try await Self.pending(scene)
        var attempts = 0
        for hour in 0..<80 {
            house.basket.expect(.postponed("connection refused"))
            try await house.postman.deliverDue()
            let row = try #require(try await Self.rows(scene).first)
            if row.state == "failed" { break }
            #expect(row.state == "waiting" && hour < 74)
            attempts = row.attempts
            house.time.advance(hours: 1)
        }
        #expect(attempts > 12 && attempts < 30, "\(attempts)")
        #expect(try await Self.rows(scene).map(\.state) == ["failed"])
        house.basket.expect()
        house.time.advance(hours: 100)
        #expect(try await house.postman.deliverDue() == 0)
        let olive = try await house.olive()
        let mail = await olive.get("/api/v1/mail")
        #expect(mail["given_up"].elements.first?["reason"] == "connection refused" && mail["server"] == "smtp://mail.example.com:587")
        #expect(await Browser(olive).get("/mail").text.contains("connection refused"))
        let inNorth = try await olive.switched(into: scene.north.account)
        #expect(await inNorth.get("/api/v1/history?action=mail.given_up").items.count == 1)
        expect(await inNorth.post("/api/v1/users/\(id)/activation"), 200)
        #expect(try await house.postman.deliverDue() == 1)
    }

    @Test func `waits a minute, then two, then four`() async throws {
        let scene = try await Scene.assemble()
        _ = try await Self.pending(scene)
        scene.house.basket.expect(.postponed("no"), .postponed("no"), .postponed("no"))
        // The clock goes on by itself meanwhile, however long that takes: what counts is when it is due.
        for (attempt, wait): (Int, Int64) in [(1, 60), (2, 120), (3, 240)] {
            let from = scene.house.house.gate.now
            try await scene.house.postman.deliverDue()
            let until = scene.house.house.gate.now
            let due = try await scene.database.read(seeing: .everything) { tx in try tx.row("SELECT due_at FROM outbox") { try $0[0] as Timestamp } }
            #expect(due.map { $0 >= from.adding(seconds: wait) && $0 <= until.adding(milliseconds: wait * 1100) } == true, "\(wait) s")
            #expect(try await Self.rows(scene)[0].attempts == attempt)
            scene.house.time.advance(seconds: wait + wait / 10)
        }
        #expect(try await scene.house.postman.deliverDue() == 1 && scene.house.basket.all.count == 1)
    }

    @Test func `does not send again what may have been taken`() async throws {
        let scene = try await Scene.assemble()
        _ = try await Self.pending(scene)
        scene.house.basket.expect(.unknown("the connection was lost"))
        try await scene.house.postman.deliverDue()
        scene.house.time.advance(hours: 60)
        try await scene.house.postman.deliverDue()
        #expect(try await Self.rows(scene).map(\.state) == ["unknown"] && scene.house.basket.all.isEmpty)
    }

    @Test func `does not send what was handed over before the server ended, but what was only taken`() async throws {
        let scene = try await Scene.assemble()
        for _ in 0..<2 { _ = try await Self.pending(scene) }
        // What a kill leaves behind: one at the last step, one before it.
        try await scene.database.write(seeing: .everything) { tx in
            try tx.execute(
                "UPDATE outbox SET state = 'taken', lease = 'gone', leased_until = \(fragment: tx.dialect.now) + 300000, attempts = 1")
            try tx.execute("UPDATE outbox SET state = 'handing' WHERE id = (SELECT min(id) FROM outbox)")
        }
        #expect(try await scene.house.postman.deliverDue() == 0)
        // This node's clock says nothing about the lease of another's.
        scene.house.time.advance(minutes: 6)
        _ = try await Self.pending(scene)
        #expect(try await scene.house.postman.deliverDue() == 1)
        #expect(try await Self.rows(scene).map(\.state) == ["handing", "taken", "sent"])
        try await scene.database.write(seeing: .everything) { tx in
            try tx.execute("UPDATE outbox SET leased_until = \(fragment: tx.dialect.now) WHERE lease = 'gone'")
        }
        #expect(try await scene.house.postman.deliverDue() == 1)
        #expect(try await Self.rows(scene).map(\.state) == ["unknown", "sent", "sent"])
    }

    @Test func `takes back what is no more`() async throws {
        let scene = try await Scene.assemble()
        let id = try await Self.pending(scene)
        let generating = JSON(members: scene.pendingBody.members + [("generate_password", true), ("send_credentials", true)])
        let other = try await Cast.make(scene.cast.adam.client, "users", generating)
        #expect(try await Self.rows(scene).map(\.sealed) == [false, true])
        expect(await scene.cast.adam.client.post("/api/v1/users/\(id)/disable"), 200)
        expect(await scene.cast.adam.client.put("/api/v1/users/\(other)/password", ["password": .string(Examples.newPassword)]), 204)
        #expect(try await scene.house.postman.deliverDue() == 0)
        #expect(try await Self.rows(scene).map(\.state) == ["cancelled", "cancelled"])
        #expect(try await Self.rows(scene).allSatisfy { !$0.sealed })
    }

    @Test func `erases a password when its mail is given up`() async throws {
        let scene = try await Scene.assemble()
        let generating = JSON(members: scene.pendingBody.members + [("generate_password", true), ("send_credentials", true)])
        _ = try await Cast.make(scene.cast.adam.client, "users", generating)
        scene.house.basket.expect(.refused("RCPT failed: 550"))
        try await scene.house.postman.deliverDue()
        let row = try #require(try await Self.rows(scene).first)
        #expect(row.state == "failed" && !row.sealed)
    }

    @Test func `forgets what was settled long ago, and what was given up later`() async throws {
        let scene = try await Scene.assemble()
        for outcome in [MailOutcome.sent, .refused("no")] {
            _ = try await Self.pending(scene)
            scene.house.basket.expect(outcome)
            try await scene.house.postman.deliverDue()
        }
        for (days, left) in [(Int64(29), ["sent", "failed"]), (2, ["failed"]), (58, ["failed"]), (2, [])] {
            scene.house.time.advance(hours: days * 24)
            try await scene.house.postman.forgetOld()
            #expect(try await Self.rows(scene).map(\.state) == left)
        }
    }

    @Test func `shows limited administrators their accounts' alone`() async throws {
        let scene = try await Scene.assemble()
        for ground in [scene.north, scene.branch] {
            let body = JSON(members: scene.newUser(ground).members.filter { $0.0 != "password" })
            _ = try await Cast.make(ground.inside, "users", body)
        }
        scene.house.basket.expect(.refused("no"), .refused("no"))
        try await scene.house.postman.deliverDue()
        #expect(await scene.cast.olive.get("/api/v1/mail")["given_up"].elements.count == 2)
        let lenas = await scene.lena.client.get("/api/v1/mail")["given_up"].elements
        #expect(lenas.map { $0["account"]?.text } == ["West branch"])
        #expect(!(await Browser(scene.lena.client).get("/mail").text.contains("North branch")))
    }

    @Test func `sends one mail for a create that is repeated, and none for one that is refused`() async throws {
        let scene = try await Scene.assemble()
        var headers = HTTPFields()
        headers[.idempotencyKey] = "once"
        let body = scene.pendingBody
        for _ in 0..<3 { expect(await scene.cast.adam.client.send(.post, "/api/v1/users", body, headers: headers), 201) }
        expect(await scene.cast.adam.client.post("/api/v1/users", body), 409)
        try await scene.house.postman.deliverDue()
        #expect(scene.house.basket.all.count == 1)
    }
}

extension Scene {
    var pendingBody: JSON { JSON(members: newUser(north).members.filter { $0.0 != "password" }) }
}

/// What goes over the wire.
@Suite struct `A mail's bytes` {
    private static func mail(subject: String, text: String, name: String = "") throws -> String {
        let from = Mailbox(name: name, address: .ofThisMachine)
        guard let to = MailAddress("una@example.com") else { throw OperatorError("no address") }
        let now = Timestamp(milliseconds: 1_795_694_400_000)
        let mail = try MailMessage(id: .new(at: now), from: from, to: to, subject: subject, text: text, html: Array("<p>\(text)</p>".utf8), at: now)
        return String(decoding: mail.bytes, as: UTF8.self)
    }

    @Test func `are ASCII in lines of at most 78, whatever is written`() throws {
        let long = String(repeating: "Grüße an Zoë 🙂 = ", count: 30)
        let mail = try Self.mail(subject: "Dein Zugang zu " + long, text: long + "\n.\n " + long, name: "Ågot \"A\" Ødegård")
        #expect(mail.utf8.allSatisfy { $0 < 0x80 })
        let lines = mail.components(separatedBy: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 78 && !$0.contains("\n") && !$0.contains("\r") })
        #expect(lines.contains { $0.hasPrefix("Subject: =?UTF-8?B?") })
        #expect(mail.contains("Date: Thu, 26 Nov 2026 12:00:00 +0000"))
    }

    @Test(arguments: ["a\r\nBcc: x@example.com", "a\nb", "a\rb", "a\u{0}b", "a\u{7f}b", "é\r\nx"])
    func `take no header that would end`(_ subject: String) {
        #expect(throws: HeaderRefused.self) { try Self.mail(subject: subject, text: "x") }
        #expect(throws: (any Error).self) { try Self.mail(subject: "x", text: "x", name: subject) }
    }

    @Test func `come from an address that can be read`() {
        #expect(Mailbox("Latchkey <a@example.com>")?.name == "Latchkey")
        #expect(Mailbox("a@example.com")?.address.text == "a@example.com")
        for bad in ["Latchkey <a@example.com> x", "a\r\nb <a@example.com>", "<>", "", "a@b@c"] { #expect(Mailbox(bad) == nil, "\(bad)") }
        let server = MailServer("smtp://us%40er:p%3Aw@mail.example.com:2525")
        #expect(server?.description == "smtp://mail.example.com:2525" && !"\(server as Any)".contains("p:w"))
        for bad in ["http://x", "smtp://", "smtp://h/path", "x", "smtp://h?x=1"] { #expect(MailServer(bad) == nil, "\(bad)") }
    }
}
