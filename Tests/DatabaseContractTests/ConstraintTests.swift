import LatchkeyDatabase
import Testing

/// A broken rule is named, and nothing of its write stays.
@Suite struct ConstraintTests {
    @Test(arguments: Backend.allCases) func uniqueNamesTheKey(_ backend: Backend) async throws {
        try await backend.withThings { database in
            try await database.add("1", words: "w")
            try await database.add("1", to: "b", words: "w")
            let key = await failure { try await database.add("1") }
            let index = await failure { try await database.add("2", words: "w") }
            switch backend {
            case .sqlite:
                #expect(key == .unique("things.account, things.id"))
                #expect(index == .unique("things.account, things.words"))
            case .postgres:
                #expect(key == .unique("things_pkey"))
                #expect(index == .unique("things_words"))
            }
            try await expectEqual(database.things(), 1)
            try await expectEqual(database.things(of: "b"), 1)
        }
    }

    @Test(arguments: Backend.allCases) func otherRulesAreCheck(_ backend: Backend) async throws {
        try await backend.withThings { database in
            let error = await failure { try await database.add("1", number: -1) }
            #expect(error == .check("positive"))
            let null = await failure { try await database.write { try $0.execute("INSERT INTO things (account) VALUES ('a')") } }
            #expect(null?.kind == "check")
            let type = await failure {
                try await database.write { try $0.execute("INSERT INTO things (account, id, number) VALUES ('a', '1', \("word"))") }
            }
            #expect(type?.kind == "check")
            try await expectEqual(database.things(), 0)
        }
    }

    @Test(arguments: Backend.allCases) func aDeferredForeignKeyFailsItsOwnWriteOnly(_ backend: Backend) async throws {
        try await backend.withThings { database in
            let errors = await withTaskGroup(of: (Int, DatabaseError?).self) { group in
                for number in 0..<40 {
                    group.addTask {
                        do {
                            try await database.write { tx in
                                try tx.execute("INSERT INTO parts (account, id, thing) VALUES ('a', \("\(number)"), \("\(number)"))")
                                // Odd ones make the thing that they point at; even ones make it for another account.
                                try tx.add("\(number)", to: number % 2 == 1 ? "a" : "b")
                            }
                            return (number, nil)
                        } catch { return (number, error as? DatabaseError) }
                    }
                }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(errors.count == 20)
            #expect(errors.allSatisfy { $0.key % 2 == 0 && $0.value == .foreignKey })
            try await expectEqual(database.things(), 20)
            try await expectEqual(database.things(of: "b"), 0)
            let orphaning = await failure { try await database.write { try $0.execute("DELETE FROM things WHERE id = '1'") } }
            #expect(orphaning == .foreignKey)
        }
    }

    @Test(arguments: Backend.allCases) func aForeignKeyIsCheckedEvenWhenOnlyTheFirstRowIsWanted(_ backend: Backend) async throws {
        try await backend.withThings { database in
            try await database.add("1", to: "b")
            let error = await failure {
                try await database.write { tx in
                    try tx.row("INSERT INTO notes (account, id, thing) VALUES ('a', 'n', '1') RETURNING id") { try $0[0] as String }
                }
            }
            #expect(error == .foreignKey)
            let notes = try await database.read { try $0.row("SELECT count(*) FROM notes") { try $0[0] as Int } }
            #expect(notes == 0)
        }
    }

    @Test(arguments: Backend.allCases) func nonsenseIsAnError(_ backend: Backend) async throws {
        try await backend.withThings { database in
            for sql in ["SELECT nothing FROM nowhere", "SELECT FROM", "", "SELECT 1; SELECT 2", "SELECT ?"] as [SQL] {
                #expect(await failure { try await database.write { try $0.execute(sql) } } != nil)
            }
            try await database.add("1")
        }
    }
}
