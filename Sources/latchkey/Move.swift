import ArgumentParser
import Foundation
import HistoryFeature
import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyPostgres
import LatchkeySQLite
import LatchkeySecrets
import PhotosFeature

/// Copies an installation from the database inside its data directory to PostgreSQL.
struct Move: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy an installation from SQLite to an empty PostgreSQL database.",
        discussion: """
            The server must be stopped. Tables, photos and the master key are copied, counts, hashes and the history are verified, and the old directory is left as \
            it was. The new data directory is then what `serve --database` takes; more nodes take a copy of its master key and share its blobs.
            """)

    @Option(help: ArgumentHelp("The data directory to copy.", valueName: "dir")) var from: String
    @Option(help: ArgumentHelp("The PostgreSQL database, postgres://…; better in LATCHKEY_DATABASE_FILE.", valueName: "url")) var to: String?
    @Option(help: ArgumentHelp("The new data directory, new or empty.", valueName: "dir")) var data: String
    @Option(help: ArgumentHelp("The new folder of photos' bytes, new or empty (default blobs in the new data directory).", valueName: "dir"))
    var blobs: String?
    @Option(help: ArgumentHelp("A YAML file with options.", valueName: "file")) var config: String?

    /// The copy has its own; a lease is nobody's once it is copied.
    private static let left: Set<String> = ["migrations", "leases"]

    func run() async throws {
        let sources = try OptionSources(config: config)
        guard let url = try sources.value("database", flag: to) else {
            throw OperatorError("Say where to: --to postgres://… (or LATCHKEY_DATABASE).")
        }
        let address = try Installation.parsed(url, besides: data + "/latchkey.db")
        try Restore.requireEmpty(data, "The new data directory")
        if let blobs { try Restore.requireEmpty(blobs, "The folder of blobs") }

        // At the newest schema, with its key, and nobody else at it.
        let source = try await Installation.open(from, blobs: sources.value("blobs", flag: nil), mayCreate: false)
        let target = PostgresDatabase(address)
        do {
            let lines = try await copy(source, to: target, keyFile: Self.keyFile(from))
            await target.close()
            await source.close()
            lines.forEach { print($0) }
            print("Moved. Start it with: latchkey serve --data \(data) --database …. The old directory \(from) is as it was: put it away.")
        } catch {
            await target.close()
            await source.close()
            switch error {
            case DatabaseError.unavailable(let reason), DatabaseError.misuse(let reason):
                throw OperatorError("The database (\(address)) cannot be used: \(reason)")
            default: throw error
            }
        }
    }

    /// Where the key is, unless the environment names one, which the new installation then needs too.
    private static func keyFile(_ directory: String) -> String? {
        ProcessInfo.processInfo.environment["LATCHKEY_MASTER_KEY_FILE"] == nil ? directory + "/master.key" : nil
    }

    private func copy(_ source: Installation, to target: PostgresDatabase, keyFile: String?) async throws -> [String] {
        try await target.migrate(Composition.migrations, now: Clock.system.now().milliseconds)
        guard try await target.read({ try InstallationStore.find($0) }) == nil else {
            throw OperatorError("There is an installation in this database already. Move into a new one.")
        }
        let file = source.directory.file("latchkey.db")
        let tables = try await target.fill { sink in try SQLiteDatabase.copy(fileAt: file, without: Self.left, to: sink) }
        if mkdir(data, 0o700) != 0, errno != EEXIST { throw BackupFolder.failure("cannot create \(data)") }
        if let keyFile { try BackupFolder.copy(keyFile, to: data + "/master.key") }

        let blobs = try FolderBlobs(path: blobs ?? data + "/blobs")
        let copying = BlobCopy(source: source.blobs, target: blobs)
        let checking = Gate(database: target, clock: source.clock)
        var files = 0
        try await PhotoFiles.forEach(checking) { photo, keys in
            for key in keys {
                do {
                    let copied = try await copying.copy(key)
                    guard try await Self.hash(key, in: blobs) == copied.hash else {
                        throw OperatorError("The file \(key) of photo \(photo) was copied wrongly.")
                    }
                } catch BlobError.missing { throw OperatorError("The file \(key) of photo \(photo) is missing. See `latchkey doctor`.") }
                files += 1
            }
        }
        let row = try await target.read { try InstallationStore.find($0) }
        guard let row, source.masterKey.recognises(canary: row.canary) else { throw OperatorError("The copy is not sealed by the same master key.") }
        let history = try await HistoryVerification.run(target)
        guard history.isIntact else { throw OperatorError("The history of the copy is broken:\n" + history.lines.joined(separator: "\n")) }
        let rows = tables.reduce(0) { $0 + $1.rows }
        return [
            "\(rows) rows of \(tables.count) tables, as many here as there.", "\(files) files of photos, the same bytes here as there.",
            "\(history.entries) entries of history, every chain intact.",
        ]
    }

    private static func hash(_ key: BlobKey, in blobs: FolderBlobs) async throws -> String {
        let blob = try await blobs.open(key)
        var stream = SHA256.Stream()
        var offset = 0
        while offset < blob.size {
            let piece = try await blob.read(at: offset, upTo: 1 << 20)
            if piece.isEmpty { break }
            stream.update(piece)
            offset += piece.count
        }
        return Hex.text(stream.digest())
    }
}
