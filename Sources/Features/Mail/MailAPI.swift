import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb

/// The JSON face of mail, for administrators: where mails go, how they stand, and a test.
package enum MailAPI {
    package static let routes: [Route] = [
        .get("/api/v1/mail", .need(.enterprise(nil)), handler: show),
        .post("/api/v1/mail/test", .need(.enterprise(nil)), handler: test),
    ]

    private static func show(_ call: Call) async throws -> Answer {
        try call.noQuery()
        let standing = try await call.enterpriseRead { permit, tx in try MailStandingStore.find(permit, tx) }
        let room = call.house.mail
        return .json([
            "server": JSON(room.server), "from": .string(room.from.address.text), "waiting": .int(Int64(standing.waiting)),
            "last_reason": JSON(standing.lastReason), "given_up": .array(standing.givenUp.map(\.json)),
        ])
    }

    private static func test(_ call: Call) async throws -> Answer {
        try call.noInput()
        return .json(try await MailTest.run(call).json)
    }
}

extension MailStanding.GivenUp {
    fileprivate var json: JSON {
        [
            "id": JSON(id), "template": .string(template), "state": .string(state), "account": JSON(account), "created_at": JSON(createdAt),
            "given_up_at": JSON(settledAt), "attempts": .int(Int64(attempts)), "reason": JSON(reason),
        ]
    }
}
