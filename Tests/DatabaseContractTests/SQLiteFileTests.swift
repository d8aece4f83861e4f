import Foundation
import LatchkeyDatabase
import LatchkeySQLite
import Testing

/// What only the embedded database promises: its files, their modes, its backups and its lock.
@Suite struct SQLiteFileTests {
    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }

    private let table = Migration(number: 1, name: "t", statements: ["CREATE TABLE t (id TEXT PRIMARY KEY, filler TEXT) STRICT"])

    @Test func filesArePrivateEvenWhenTheyWereNot() async throws {
        try await withFolder { folder in
            let path = folder + "/a.db"
            let first = try SQLiteDatabase(path: path)
            try await first.migrate([table], now: 1)
            for file in [path, path + "-wal", path + "-shm"] { try expectEqual(mode(file), 0o600) }
            await first.close()
            #expect(chmod(path, 0o644) == 0)
            let second = try SQLiteDatabase(path: path)
            try await second.check()
            try expectEqual(mode(path), 0o600)
            await second.close()
        }
    }

    @Test func whatWasWrittenIsThereAfterReopening() async throws {
        try await withFolder { folder in
            let path = folder + "/a.db"
            let first = try SQLiteDatabase(path: path)
            try await first.migrate([table], now: 1)
            for number in 0..<20 { try await first.write { try $0.execute("INSERT INTO t (id) VALUES (\("\(number)"))") } }
            await first.close()
            await first.close()
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
            for error in [
                await failure { try await first.read { _ in } }, await failure { try await first.write { _ in } },
                await failure { try await first.migrate([], now: 2) }, await failure { try await first.check() },
            ] { #expect(error?.kind == "unavailable") }
            let second = try SQLiteDatabase(path: path)
            let count = try await second.read { try $0.row("SELECT count(*) FROM t") { try $0[0] as Int } }
            #expect(count == 20)
            await second.close()
        }
    }

    /// A copy of the files at the moment of the answer is what a killed process leaves behind.
    @Test func anAnsweredWriteIsInTheFiles() async throws {
        try await withFolder { folder in
            let database = try SQLiteDatabase(path: folder + "/a.db")
            try await database.migrate([table], now: 1)
            for number in 0..<50 {
                try await database.write { try $0.execute("INSERT INTO t (id) VALUES (\("\(number)"))") }
                if number % 10 != 9 { continue }
                let copy = folder + "/copy-\(number).db"
                for suffix in ["", "-wal"] {
                    try FileManager.default.copyItem(atPath: folder + "/a.db" + suffix, toPath: copy + suffix)
                }
                let recovered = try SQLiteDatabase(path: copy)
                let count = try await recovered.read { try $0.row("SELECT count(*) FROM t") { try $0[0] as Int } }
                #expect(count == number + 1)
                await recovered.close()
            }
            await database.close()
        }
    }

    @Test func aBackupIsMadeBeforeMigratingWhatHoldsSomething() async throws {
        try await withFolder { folder in
            let path = folder + "/a.db"
            let database = try SQLiteDatabase(path: path)
            try await database.migrate([table], now: 1)
            #expect(!FileManager.default.fileExists(atPath: path + ".before-1"))
            try await database.write { try $0.execute("INSERT INTO t (id) VALUES ('1')") }
            let more = Migration(number: 7, name: "more", statements: ["DROP TABLE t"])
            try await database.migrate([table, more], now: 2)
            try await database.migrate([table, more], now: 3)
            await database.close()
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains("before") }
            #expect(names == ["a.db.before-7"])
            try expectEqual(mode(path + ".before-7"), 0o600)
            let backup = try SQLiteDatabase(path: path + ".before-7")
            let ids = try await backup.read { try $0.rows("SELECT id FROM t") { try $0[0] as String } }
            #expect(ids == ["1"])
            try await backup.migrate([table], now: 4)
            await backup.close()
        }
    }

    @Test func whatIsNoDatabaseIsRefused() async throws {
        try await withFolder { folder in
            let path = folder + "/a.db"
            try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: path))
            let error = await failure { _ = try SQLiteDatabase(path: path) }
            #expect(error?.kind == "corrupt")
            let missing = await failure { _ = try SQLiteDatabase(path: folder + "/none/a.db") }
            #expect(missing?.kind == "unavailable")
        }
    }

    @Test(arguments: ["SELECT CAST(x'610062' AS TEXT)", "SELECT CAST(x'61ff' AS TEXT)", "SELECT 1.5"] as [SQL])
    func whatAnotherProgramMayHaveWrittenIsNoText(_ sql: SQL) async throws {
        try await withFolder { folder in
            let database = try SQLiteDatabase(path: folder + "/a.db")
            let error = await failure { try await database.read { try $0.row(sql) { try $0[0] as String } } }
            #expect(error == .typeMismatch(column: 0))
            await database.close()
        }
    }

    @Test func theLogDoesNotGrowForever() async throws {
        try await withFolder { folder in
            let path = folder + "/a.db"
            let database = try SQLiteDatabase(path: path, options: .init(synchronous: .off))
            try await database.migrate([table], now: 1)
            let filler = String(repeating: "x", count: 40_000)
            for number in 0..<600 {
                try await database.write { try $0.execute("INSERT INTO t (id, filler) VALUES (\("\(number)"), \(filler))") }
            }
            let attributes = try FileManager.default.attributesOfItem(atPath: path + "-wal")
            let size = (attributes[.size] as? NSNumber)?.intValue ?? .max
            #expect(size < 12 << 20)
            await database.close()
        }
    }

    @Test func theFolderIsPrivateAndHeldByOne() async throws {
        try await withFolder { folder in
            let path = folder + "/data"
            let first = try DataDirectory(path: path)
            try expectEqual(mode(path), 0o700)
            try expectEqual(mode(first.file("lock")), 0o600)
            let held = await failure { _ = try DataDirectory(path: path) }
            guard case .unavailable(let message) = held else { return }
            #expect(message.contains("process \(getpid())"))
            first.close()
            first.close()
            #expect(chmod(path, 0o755) == 0)
            do {
                _ = try DataDirectory(path: path)
                try expectEqual(mode(path), 0o700)
            }
            _ = try DataDirectory(path: path)  // the one before went out of scope
            try Data().write(to: URL(fileURLWithPath: folder + "/file"))
            let file = await failure { _ = try DataDirectory(path: folder + "/file") }
            #expect(file?.kind == "unavailable")
        }
    }
}
