import LatchkeyDatabase
import Testing

/// Statements: every value is a parameter, numbered through all pieces.
@Suite struct SQLTests {
    @Test func valuesAreNumbered() {
        let sql: SQL = "SELECT a FROM t WHERE x = \("v") AND y = \(2) AND z = \(true)"
        #expect(sql.text == "SELECT a FROM t WHERE x = $1 AND y = $2 AND z = $3")
        #expect(sql.template == "SELECT a FROM t WHERE x = ? AND y = ? AND z = ?")
        #expect(sql.values == [.text("v"), .int(2), .int(1)])
    }

    @Test func piecesAreRenumbered() {
        let inner: SQL = "b = \(2) OR é = \(3)"
        let sql: SQL = "a = \(1) AND (\(fragment: inner)) AND c = \(4)"
        #expect(sql.text == "a = $1 AND (b = $2 OR é = $3) AND c = $4")
        #expect((sql + " AND d = \(5)").text == "a = $1 AND (b = $2 OR é = $3) AND c = $4 AND d = $5")
        let conditions: [SQL] = ["a = \(1)", "b = \(2)", "c"]
        #expect(conditions.joined(separator: " AND ").text == "a = $1 AND b = $2 AND c")
        #expect(conditions.joined(separator: " AND ").values == [.int(1), .int(2)])
        #expect([SQL]().joined(separator: ",").text.isEmpty)
    }

    @Test func listsBecomeParameters() {
        let sql: SQL = "x = \(0) AND id IN (\(list: ["a", "b"])) AND n IN (\(list: [Int]()))"
        #expect(sql.text == "x = $1 AND id IN ($2,$3) AND n IN (NULL)")
        #expect(sql.values == [.int(0), .text("a"), .text("b")])
    }

    @Test func aLogLineShowsNoValue() {
        #expect("\("x = \("secret")" as SQL)" == "x = $1")
    }

    @Test(arguments: Backend.allCases) func listsAndPiecesRun(_ backend: Backend) async throws {
        try await backend.withThings { database in
            for id in ["1", "2", "3"] { try await database.add(id) }
            try await database.add("1", to: "b")
            let some = try await database.read {
                try $0.rows("SELECT id FROM things WHERE account = \("a") AND id IN (\(list: ["1", "3", "9"])) ORDER BY id") { try $0[0] as String }
            }
            #expect(some == ["1", "3"])
            let none = try await database.read {
                try $0.rows("SELECT id FROM things WHERE id IN (\(list: [String]()))") { try $0[0] as String }
            }
            #expect(none.isEmpty)
        }
    }

    @Test(arguments: Backend.allCases) func quotesStayText(_ backend: Backend) async throws {
        try await backend.withThings { database in
            try await database.add("1", words: "'; DROP TABLE things; --")
            try await expectEqual(database.things(), 1)
        }
    }
}
