import HistoryFeature
import LatchkeyDatabase
import LatchkeyGate
import Testing

@testable import latchkey

extension TestHouse {
    /// Does as the database's owner what triggers refuse.
    func tamper(_ statements: [SQL]) async throws {
        try await asOwner { tx in
            let triggers: [SQL] =
                tx.dialect == .sqlite
                ? [
                    "history_no_update", "history_no_delete", "history_details_no_update", "history_details_no_delete",
                    "history_erasures_no_update", "history_erasures_no_delete",
                ]
                : [
                    "history_append_only ON history", "history_details_append_only ON history_details",
                    "history_details_stay ON history_details", "history_erasures_append_only ON history_erasures",
                ]
            for trigger in triggers { try tx.execute("DROP TRIGGER IF EXISTS \(fragment: trigger)") }
            for statement in statements { try tx.execute(statement) }
        }
    }
}

/// Tampering with the raw database is found, and the first broken entry is named.
@Suite struct `History that was tampered with` {
    /// Some entries in the enterprise's chain.
    private func house() async throws -> TestHouse {
        let house = try await TestHouse()
        let olive = try await house.olive()
        for index in 0..<8 { _ = try await Cast.make(olive, "groups", ["name": "Group \(index)"]) }
        return house
    }

    private func tamper(_ house: TestHouse, _ statements: [SQL]) async throws { try await house.tamper(statements) }

    private func verdict(_ house: TestHouse) async throws -> (isIntact: Bool, broken: [String]) {
        let report = try await HistoryVerification.run(house.installation.database)
        return (report.isIntact, report.lines.filter { $0.hasPrefix("BROKEN") })
    }

    @Test func `is intact when nobody did`() async throws {
        let house = try await house()
        let report = try await HistoryVerification.run(house.installation.database)
        #expect(report.isIntact && report.entries >= 10, "\(report.lines)")
        try await tamper(house, [])
        #expect(try await verdict(house).isIntact)
    }

    static let changes: [(String, SQL)] = [
        ("id", "UPDATE history SET id = 'his_x' WHERE chain = 'enterprise' AND seq = 5"),
        ("at", "UPDATE history SET at = at + 1 WHERE chain = 'enterprise' AND seq = 5"),
        ("actor_kind", "UPDATE history SET actor_kind = 'system' WHERE chain = 'enterprise' AND seq = 5"),
        ("actor_id", "UPDATE history SET actor_id = 'adm_x' WHERE chain = 'enterprise' AND seq = 5"),
        ("action", "UPDATE history SET action = 'group.renamed' WHERE chain = 'enterprise' AND seq = 5"),
        ("subject_kind", "UPDATE history SET subject_kind = 'role' WHERE chain = 'enterprise' AND seq = 5"),
        ("subject_id", "UPDATE history SET subject_id = 'grp_x' WHERE chain = 'enterprise' AND seq = 5"),
        ("details_hash", "UPDATE history SET details_hash = \([UInt8](repeating: 0, count: 32)) WHERE chain = 'enterprise' AND seq = 5"),
        ("previous", "UPDATE history SET previous = \([UInt8](repeating: 0, count: 32)) WHERE chain = 'enterprise' AND seq = 5"),
        ("hash", "UPDATE history SET hash = \([UInt8](repeating: 0, count: 32)) WHERE chain = 'enterprise' AND seq = 5"),
        ("details", "UPDATE history_details SET details = replace(details, 'Group', 'Grown') WHERE chain = 'enterprise' AND seq = 5"),
        ("details to null", "UPDATE history_details SET details = NULL WHERE chain = 'enterprise' AND seq = 5"),
        ("salt", "UPDATE history_details SET salt = \([UInt8](repeating: 0, count: 16)) WHERE chain = 'enterprise' AND seq = 5"),
        ("details gone", "DELETE FROM history_details WHERE chain = 'enterprise' AND seq = 5"),
    ]

    @Test(arguments: changes.map(\.0)) func `names the entry whose column was changed`(_ column: String) async throws {
        let house = try await house()
        let statements = Self.changes.filter { $0.0 == column }.map(\.1)
        try await tamper(house, statements)
        let (isIntact, broken) = try await verdict(house)
        #expect(!isIntact)
        #expect(broken.count == 1 && broken[0].contains("enterprise: entry 5 "), "\(broken)")
    }

    @Test func `names the entry after one that was deleted, and nothing of other chains`() async throws {
        let house = try await house()
        let olive = try await house.olive()
        _ = try await Cast.make(olive, "accounts", ["name": "North"])
        try await tamper(
            house,
            [
                "DELETE FROM history_details WHERE chain = 'enterprise' AND seq = 5", "DELETE FROM history WHERE chain = 'enterprise' AND seq = 5",
            ])
        let (isIntact, broken) = try await verdict(house)
        #expect(!isIntact && broken.count == 1 && broken[0].contains("enterprise: entry 6 "), "\(broken)")
    }

    @Test func `names the first of two that were swapped`() async throws {
        let house = try await house()
        try await tamper(
            house,
            [
                "CREATE TEMPORARY TABLE kept AS SELECT * FROM history_details WHERE chain = 'enterprise' AND seq IN (5, 6)",
                "DELETE FROM history_details WHERE chain = 'enterprise' AND seq IN (5, 6)",
                "UPDATE history SET seq = 1000 WHERE chain = 'enterprise' AND seq = 5",
                "UPDATE history SET seq = 5 WHERE chain = 'enterprise' AND seq = 6",
                "UPDATE history SET seq = 6 WHERE chain = 'enterprise' AND seq = 1000",
                "INSERT INTO history_details (chain, seq, salt, details) SELECT chain, 11 - seq, salt, details FROM kept",
            ])
        let (isIntact, broken) = try await verdict(house)
        #expect(!isIntact && broken.count == 1 && broken[0].contains("enterprise: entry 5 "), "\(broken)")
    }

    /// A forger who knows the format makes an entry that follows from the one before it; the one after it gives it away.
    @Test func `names what comes after an entry that was inserted`() async throws {
        let house = try await house()
        try await tamper(
            house,
            [
                "CREATE TEMPORARY TABLE kept AS SELECT * FROM history_details WHERE chain = 'enterprise' AND seq >= 6",
                "DELETE FROM history_details WHERE chain = 'enterprise' AND seq >= 6",
                "UPDATE history SET seq = seq + 1000 WHERE chain = 'enterprise' AND seq >= 6",
                "UPDATE history SET seq = seq - 999 WHERE chain = 'enterprise' AND seq >= 1000",
                "INSERT INTO history_details (chain, seq, salt, details) SELECT chain, seq + 1, salt, details FROM kept",
                "UPDATE history_heads SET seq = seq + 1 WHERE chain = 'enterprise'",
            ])
        try await house.asOwner { tx in
            let previous = try tx.row("SELECT hash FROM history WHERE chain = 'enterprise' AND seq = 5") { try $0[0] as [UInt8] } ?? []
            let salt = [UInt8](repeating: 1, count: 16)
            let link = HistoryChain.Link(
                chain: "enterprise", seq: 6, id: "his_forged", at: 1, actorKind: "administrator", actorID: "adm_x", action: "group.created",
                subjectKind: "group", subjectID: "grp_x", detailsHash: HistoryChain.detailsHash(salt: salt, details: "{}"), previous: previous)
            try tx.execute(
                """
                INSERT INTO history (chain, seq, id, at, actor_kind, actor_id, action, subject_kind, subject_id, details_hash, previous, hash)
                VALUES (\(link.chain), 6, \(link.id), 1, \(link.actorKind), \(link.actorID), \(link.action), \(link.subjectKind), \(link.subjectID),
                    \(link.detailsHash), \(link.previous), \(link.hash))
                """)
            try tx.execute("INSERT INTO history_details (chain, seq, salt, details) VALUES ('enterprise', 6, \(salt), '{}')")
        }
        let (isIntact, broken) = try await verdict(house)
        #expect(!isIntact && broken.count == 1 && broken[0].contains("enterprise: entry 7 "), "\(broken)")
    }

    @Test func `names the end where the head was moved or the tail was cut`() async throws {
        let moved = try await house()
        try await tamper(moved, ["UPDATE history_heads SET hash = \([UInt8](repeating: 0, count: 32)) WHERE chain = 'enterprise'"])
        #expect(try await verdict(moved).broken.count == 1)
        let cut = try await house()
        try await tamper(
            cut,
            [
                "DELETE FROM history_details WHERE chain = 'enterprise' AND seq >= 8", "DELETE FROM history WHERE chain = 'enterprise' AND seq >= 8",
            ])
        let broken = try await verdict(cut).broken
        #expect(broken.count == 1 && broken[0].contains("enterprise: entry 7 "), "\(broken)")
        let headless = try await house()
        try await tamper(headless, ["DELETE FROM history_heads WHERE chain = 'enterprise'"])
        #expect(try await verdict(headless).broken.count == 1)
    }

    @Test func `was refused by the database before the triggers went`() async throws {
        let house = try await house()
        let statements: [SQL] = [
            "UPDATE history SET action = 'x' WHERE seq = 5", "DELETE FROM history WHERE seq = 5",
            "UPDATE history_details SET details = '{}' WHERE seq = 5",
            "DELETE FROM history_details WHERE seq = 5",
        ]
        for statement in statements {
            await #expect(throws: DatabaseError.self) {
                try await house.installation.database.write(seeing: .everything) { try $0.execute(statement) }
            }
        }
        #expect(try await verdict(house).isIntact)
    }

    @Test func `is intact after a crowd wrote at once`() async throws {
        let scene = try await Scene.assemble()
        _ = try await atOnce(64) { index in
            switch index % 4 {
            case 0: _ = await scene.cast.una.client.post("/api/v1/sessions", ["api_key": .string(scene.north.key)])
            case 1: _ = await scene.cast.adam.client.post("/api/v1/roles", scene.newRole())
            case 2: _ = await scene.cast.mallory.client.post("/api/v1/api-keys", scene.newKey())
            default: _ = await scene.cast.olive.post("/api/v1/groups", ["name": .string(scene.unique("Group "))])
            }
        }
        let report = try await HistoryVerification.run(scene.database)
        #expect(report.isIntact, "\(report.lines)")
    }
}
