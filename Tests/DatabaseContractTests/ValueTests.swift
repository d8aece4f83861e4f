import LatchkeyDatabase
import Testing

/// What goes in comes out, and what cannot come out is an error, never a trap.
@Suite struct ValueTests {
    @Test(
        arguments: Backend.allCases,
        [
            "", " ", "plain", "a'b\"c;--", "\u{e9} \u{65}\u{301}", "\u{1F511}\u{1F469}\u{200D}\u{1F4BB}", "\u{10FFFF}", "\r\n\t\u{1}",
            String(repeating: "long ", count: 50_000),
        ])
    func text(_ backend: Backend, _ text: String) async throws {
        try await backend.withThings { database in
            try await database.write {
                try $0.execute("INSERT INTO things (account, id, prose) VALUES ('a', '1', \(text)), ('b', '1', 'other')")
            }
            let found = try await database.read {
                try $0.rows("SELECT prose FROM things WHERE prose = \(text)") { try $0[0] as String }
            }
            #expect(found.map { Array($0.utf8) } == [Array(text.utf8)])
        }
    }

    @Test(arguments: Backend.allCases, [[], [0], [1, 0, 2], [0xff, 0xfe, 0, 0], [UInt8](repeating: 7, count: 100_000)] as [[UInt8]])
    func bytes(_ backend: Backend, _ bytes: [UInt8]) async throws {
        try await backend.withThings { database in
            try await database.write { try $0.execute("INSERT INTO things (account, id, bytes) VALUES ('a', '1', \(bytes))") }
            let found = try await database.read { try $0.row("SELECT bytes FROM things") { try $0[0] as [UInt8]? } }
            #expect(found == bytes)
        }
    }

    @Test(arguments: Backend.allCases, [Int64.min, -2, 0, 1, Int64(Int32.max) + 1, Int64.max])
    func integers(_ backend: Backend, _ number: Int64) async throws {
        try await backend.withThings { database in
            try await database.write {
                try $0.execute("INSERT INTO things (account, id, number) VALUES ('a', '1', \(number)), ('a', '2', \(Int(number)))")
            }
            let found = try await database.read {
                try $0.rows("SELECT number, number FROM things WHERE number = \(number)") { (try $0[0] as Int64, try $0[1] as Int) }
            }
            #expect(found.map(\.0) == [number, number])
            #expect(found.map(\.1) == [Int(number), Int(number)])
        }
    }

    @Test(arguments: Backend.allCases) func boolsAndNulls(_ backend: Backend) async throws {
        try await backend.withThings { database in
            try await database.write { tx in
                try tx.execute("INSERT INTO things (account, id, number, words) VALUES ('a', '1', \(true), \(nil as String?))")
                try tx.execute("INSERT INTO things (account, id, number, words) VALUES ('a', '2', \(false), \("x" as String?))")
                try tx.execute("INSERT INTO things (account, id, number, words) VALUES ('a', '3', 2, 'y')")
            }
            let found = try await database.read {
                try $0.rows("SELECT number, words FROM things WHERE id < '3' ORDER BY id") { (try $0[0] as Bool, try $0[1] as String?) }
            }
            #expect(found.map(\.0) == [true, false])
            #expect(found.map(\.1) == [nil, "x"])
            let error = await failure {
                _ = try await database.read { try $0.row("SELECT number FROM things WHERE id = '3'") { try $0[0] as Bool } }
            }
            #expect(error == .typeMismatch(column: 0))
        }
    }

    @Test(arguments: Backend.allCases) func textWithNULIsRefused(_ backend: Backend) async throws {
        try await backend.withThings { database in
            let error = await failure { try await database.add("1", words: "a\0b") }
            #expect(error?.kind == "check")
            try await expectEqual(database.things(), 0)
        }
    }

    @Test(arguments: Backend.allCases) func wrongReadsThrow(_ backend: Backend) async throws {
        try await backend.withThings { database in
            try await database.add("1", number: 5)
            let reads: [Misreading] = [
                .init(0) { _ = try $0[0] as Int }, .init(0) { _ = try $0[0] as [UInt8] }, .init(0) { _ = try $0[0] as Int? },
                .init(1) { _ = try $0[1] as String }, .init(1) { _ = try $0[1] as Bool }, .init(1) { _ = try $0[1] as [UInt8] },
                .init(2) { _ = try $0[2] as String }, .init(2) { _ = try $0[2] as Int }, .init(2) { _ = try $0[2] as [UInt8] },
                .init(3) { _ = try $0[3] as String }, .init(3) { _ = try $0[3] as String? }, .init(-1) { _ = try $0[-1] as Int },
                .init(.max) { _ = try $0[.max] as Int }, .init(.min) { _ = try $0[.min] as Int }, .init(1 << 32) { _ = try $0[1 << 32] as String },
                .init(0) { _ = try $0[0] as Colour }, .init(1) { _ = try $0[1] as Shade },
            ]
            for misreading in reads {
                let error = await failure {
                    _ = try await database.read { try $0.row("SELECT id, number, words FROM things") { try misreading.read($0) } }
                }
                #expect(error == .typeMismatch(column: misreading.column))
            }
        }
    }

    @Test(arguments: Backend.allCases) func ownTypesConformByRawValue(_ backend: Backend) async throws {
        try await backend.withThings { database in
            try await database.write { try $0.execute("INSERT INTO things (account, id, number) VALUES ('a', \(Colour.red), \(Shade.dark))") }
            let found = try await database.read {
                try $0.row("SELECT id, number, words FROM things") { (try $0[0] as Colour, try $0[1] as Shade?, try $0[2] as Colour?) }
            }
            #expect(found?.0 == .red)
            #expect(found?.1 == .dark)
            #expect(found?.2 == nil)
        }
    }
}

private enum Colour: String, SQLConvertible { case red }
private enum Shade: Int, SQLConvertible { case dark = 3 }

/// A read that must fail, and the column that the error must name.
private struct Misreading: Sendable {
    let column: Int
    let read: @Sendable (Row) throws -> Void

    init(_ column: Int, _ read: @escaping @Sendable (Row) throws -> Void) {
        self.column = column
        self.read = read
    }
}
