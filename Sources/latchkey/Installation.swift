import Foundation
import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyPostgres
import LatchkeySQLite
import LatchkeySecrets

/// An open data directory: its lock, its master key, its database at the newest schema (a file in it, or elsewhere a PostgreSQL database that
/// other nodes may share), its blobs, its clock.
struct Installation: Sendable {
    let directory: DataDirectory
    let database: any Database
    let blobs: FolderBlobs
    let masterKey: MasterKey
    let clock: Clock

    /// Opens a data directory, making it where that is allowed; `blobs` names a folder elsewhere for the blobs.
    /// - Parameter database: the URL of a PostgreSQL database; nil for a file in the directory.
    /// - Throws: `OperatorError` for a locked or strange directory, a missing or other master key; `DatabaseError` for the schema.
    static func open(
        _ path: String, database url: String? = nil, blobs: String? = nil, testClock: Bool = false, mayCreate: Bool = true,
        postgres options: PostgresDatabase.Options = .init()
    ) async throws -> Installation {
        let file = path + "/latchkey.db"
        let address = try url.flatMap { $0.isEmpty ? nil : $0 }.map { try parsed($0, besides: file) }
        if !mayCreate, !FileManager.default.fileExists(atPath: address == nil ? file : path) {
            throw OperatorError("There is no Latchkey in \(path).")
        }
        let directory = try DataDirectory(path: path)
        do {
            guard let address else {
                let isNew = !FileManager.default.fileExists(atPath: file)
                let masterKey = try masterKey(directory, isNew: isNew)
                let database = try SQLiteDatabase(path: file)
                return try await open(directory, database, masterKey: { _ in masterKey }, blobs, testClock, mayCreate: true)
            }
            let database = PostgresDatabase(address, options: options)
            do {
                return try await open(directory, database, masterKey: { try masterKey(directory, isNew: $0) }, blobs, testClock, mayCreate: mayCreate)
            } catch {
                await database.close()
                throw explained(error, address)
            }
        } catch {
            directory.close()
            throw error
        }
    }

    /// What a person at the command line reads of it.
    static func explained(_ error: any Error, _ address: PostgresAddress) -> any Error {
        switch error {
        case DatabaseError.unavailable(let reason), DatabaseError.misuse(let reason):
            OperatorError("The database (\(address)) cannot be used: \(reason)")
        case DatabaseError.newerSchema(let found, let known):
            OperatorError(
                "The database (\(address)) was brought to migration \(found) by a newer Latchkey; this one knows them up to \(known). Nothing was changed."
            )
        default: error
        }
    }

    /// - Throws: `OperatorError` for what is no such URL, or beside a database in the data directory.
    static func parsed(_ url: String, besides file: String) throws -> PostgresAddress {
        // Whoever forgets the option once, or sets it by mistake, must not find an empty house.
        if FileManager.default.fileExists(atPath: file) {
            throw OperatorError("There is a database in this data directory, \(file), and --database names another. Choose one.")
        }
        do { return try PostgresAddress(url) } catch {
            throw OperatorError("--database must be postgres://user:password@host:5432/name, user and password percent-encoded where needed.")
        }
    }

    /// - Parameter masterKey: loads the key; makes one where it is told that the database is new.
    private static func open(
        _ directory: DataDirectory, _ database: any Database, masterKey: (_ isNew: Bool) throws -> MasterKey, _ blobs: String?, _ testClock: Bool,
        mayCreate: Bool
    ) async throws -> Installation {
        let real = Clock.system.now()
        try await database.migrate(Composition.migrations, now: real.milliseconds)
        let found = try await database.read { try InstallationStore.find($0) }
        if found == nil, !mayCreate { throw OperatorError("There is no Latchkey in this database yet.") }
        let masterKey = try masterKey(found == nil)
        let row = try await row(found, in: database, masterKey: masterKey, testClock: testClock, at: real)
        guard masterKey.recognises(canary: row.canary) else {
            throw OperatorError("This is not the master key that the data in \(directory.path) was sealed with. Nothing was changed.")
        }
        let clock = row.usesTestClock ? Clock.test(offsetFile: directory.file("test-clock")) : Clock.system
        let folder = try FolderBlobs(path: blobs ?? directory.file("blobs"))
        return Installation(directory: directory, database: database, blobs: folder, masterKey: masterKey, clock: clock)
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
        _ found: InstallationRow?, in database: any Database, masterKey: MasterKey, testClock: Bool, at now: Timestamp
    ) async throws -> InstallationRow {
        if let found {
            if testClock, !found.usesTestClock { throw OperatorError("--test-clock is for a new data directory.") }
            return found
        }
        let row = InstallationRow(usesTestClock: testClock, canary: masterKey.makeCanary())
        return try await database.write { tx in
            try tx.lock("installation")
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
