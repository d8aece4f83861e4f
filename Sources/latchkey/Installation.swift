import Foundation
import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyGate
import LatchkeySQLite
import LatchkeySecrets

/// An open data directory: its lock, its master key, its database at the newest schema, its blobs, its clock.
struct Installation: Sendable {
    let directory: DataDirectory
    let database: SQLiteDatabase
    let blobs: FolderBlobs
    let masterKey: MasterKey
    let clock: Clock

    /// Opens a data directory, making it where that is allowed; `blobs` names a folder elsewhere for the blobs.
    /// - Throws: `OperatorError` for a locked or strange directory, a missing or other master key; `DatabaseError` for the schema.
    static func open(
        _ path: String, blobs: String? = nil, testClock: Bool = false, mayCreate: Bool = true
    ) async throws -> Installation {
        if !mayCreate, !FileManager.default.fileExists(atPath: path + "/latchkey.db") {
            throw OperatorError("There is no Latchkey in \(path).")
        }
        let directory = try DataDirectory(path: path)
        do {
            let isNew = !FileManager.default.fileExists(atPath: directory.file("latchkey.db"))
            let masterKey = try masterKey(directory, isNew: isNew)
            let database = try SQLiteDatabase(path: directory.file("latchkey.db"))
            let real = Clock.system.now()
            try await database.migrate(Composition.migrations, now: real.milliseconds)
            let row = try await self.row(in: database, masterKey: masterKey, testClock: testClock, isNew: isNew, at: real)
            guard masterKey.recognises(canary: row.canary) else {
                throw OperatorError("This is not the master key that the data in \(path) was sealed with. Nothing was changed.")
            }
            let clock = row.usesTestClock ? Clock.test(offsetFile: directory.file("test-clock")) : Clock.system
            let folder = try FolderBlobs(path: blobs ?? directory.file("blobs"))
            return Installation(directory: directory, database: database, blobs: folder, masterKey: masterKey, clock: clock)
        } catch {
            directory.close()
            throw error
        }
    }

    private static func masterKey(_ directory: DataDirectory, isNew: Bool) throws -> MasterKey {
        if let path = ProcessInfo.processInfo.environment["LATCHKEY_MASTER_KEY_FILE"] { return try MasterKey.load(path: path) }
        let path = directory.file("master.key")
        // A key is made for an empty directory only: data without its key must never look like a new installation.
        if isNew, !FileManager.default.fileExists(atPath: path) { return try MasterKey.create(at: path) }
        // Nobody else's business, whatever a copy made of it.
        chmod(path, 0o600)
        return try MasterKey.load(path: path)
    }

    private static func row(
        in database: SQLiteDatabase, masterKey: MasterKey, testClock: Bool, isNew: Bool, at now: Timestamp
    ) async throws -> InstallationRow {
        if let row = try await database.read({ try InstallationStore.find($0) }) {
            if testClock, !row.usesTestClock { throw OperatorError("--test-clock is for a new data directory.") }
            return row
        }
        let row = InstallationRow(usesTestClock: testClock, canary: masterKey.makeCanary())
        return try await database.write { tx in
            if let found = try InstallationStore.find(tx) { return found }
            try InstallationStore.insert(row, at: now, tx)
            return row
        }
    }

    func close() async {
        await database.close()
        directory.close()
    }
}
