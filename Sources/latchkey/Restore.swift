import ArgumentParser
import Foundation
import HistoryFeature
import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import PhotosFeature

/// Makes a data directory from a backup.
struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a new data directory from a backup.",
        discussion: """
            Every hash is checked before anything is made, and the history after. All logins, access tokens and mailed links end unless \
            --keep-logins is given; mails that \
            waited are given up, since they may have been sent after the backup. Users, keys and links are as they were when the backup was made.
            """)

    @OptionGroup var dataOptions: DataOptions
    @Argument(help: "The backup's folder.") var backup: String
    @Option(help: ArgumentHelp("The folder of photos' bytes, new or empty (default blobs in the data directory).", valueName: "dir")) var blobs:
        String?
    @Option(help: ArgumentHelp("The master key, where the backup has none.", valueName: "file")) var masterKey: String?
    @Flag(help: "Let those who were signed in when the backup was made stay so.") var keepLogins = false

    func run() async throws {
        let sources = try dataOptions.sources()
        let target = URL(fileURLWithPath: try sources.data(flag: dataOptions.data)).standardizedFileURL.path
        let folder = BackupFolder(path: backup)
        let manifest = try folder.verified()
        let key = try masterKeyFile(folder, manifest)
        try Self.requireEmpty(target, "The data directory")
        let blobs = try sources.value("blobs", flag: blobs)
        if let blobs { try Self.requireEmpty(blobs, "The folder of blobs") }

        // Made beside its place and moved there when it is whole: a restore that is cut off leaves no installation behind.
        let part = target + ".restoring"
        guard mkdir(part, 0o700) == 0 else {
            throw errno == EEXIST
                ? OperatorError("\(part) is there from a restore that was cut off. Remove it, then try again.")
                : BackupFolder.failure("cannot create \(part)")
        }
        let lines: [String]
        do {
            try BackupFolder.copy(folder.database, to: part + "/latchkey.db")
            if let key { try BackupFolder.copy(key, to: part + "/master.key") }
            try await copyBlobs(from: folder, to: blobs ?? part + "/blobs")
            lines = try await finish(part, blobs: blobs, manifest)
        } catch {
            await Self.remove(part)
            throw OperatorError.explained(error)
        }
        if FileManager.default.fileExists(atPath: target) { rmdir(target) }
        guard rename(part, target) == 0 else { throw BackupFolder.failure("cannot move \(part) to \(target)") }
        try BackupFolder.syncFolder(of: target)
        lines.forEach { print($0) }
        print("Restored into \(target), as it was at \(manifest.madeAt).")
        if lines.contains(where: { $0.hasPrefix("BROKEN") }) { throw ExitCode(1) }
    }

    /// Which file has the key; nil where the environment names one.
    private func masterKeyFile(_ folder: BackupFolder, _ manifest: BackupFolder.Manifest) throws -> String? {
        if ProcessInfo.processInfo.environment["LATCHKEY_MASTER_KEY_FILE"] != nil { return nil }
        if let masterKey { return masterKey }
        if manifest.hasMasterKey { return folder.masterKey }
        throw OperatorError("The backup has no master key in it. Name the one of that installation with --master-key FILE.")
    }

    static func requireEmpty(_ path: String, _ what: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        let names = try? FileManager.default.contentsOfDirectory(atPath: path)
        guard names?.isEmpty == true else { throw OperatorError("\(what) \(path) is not empty. A restore goes into an empty place.") }
    }

    /// Removes a folder, in which a store may still be tidying up after itself.
    private static func remove(_ path: String) async {
        for _ in 0..<100 where FileManager.default.fileExists(atPath: path) {
            do { try FileManager.default.removeItem(atPath: path) } catch { try? await Task.sleep(for: .milliseconds(20)) }
        }
    }

    private func copyBlobs(from folder: BackupFolder, to path: String) async throws {
        guard FileManager.default.fileExists(atPath: folder.blobs) else { return }
        let source = try FolderBlobs(path: folder.blobs)
        let copy = BlobCopy(source: source, target: try FolderBlobs(path: path))
        var last: BlobKey?
        while true {
            let keys = try await source.keys(untouchedFor: .zero, after: last, limit: 500)
            for key in keys { _ = try await copy.copy(key) }
            guard let end = keys.last else { return }
            last = end
        }
    }

    /// Ends what must not come back, verifies, and says so.
    private func finish(_ part: String, blobs: String?, _ manifest: BackupFolder.Manifest) async throws -> [String] {
        guard let url = PublicURL("http://localhost:8080") else { return [] }
        let installation = try await Installation.open(part, blobs: blobs, mayCreate: false)
        do {
            let house = House(installation: installation, settings: ServerSettings(publicURL: url, version: Latchkey.version))
            let ended = try await end(house.gate, madeAt: manifest.madeAt)
            var files = 0
            try await PhotoFiles.forEach(house.gate) { photo, keys in
                for key in keys {
                    do { _ = try await house.blobs.open(key) } catch BlobError.missing {
                        throw OperatorError("The backup lacks the file \(key) of photo \(photo).")
                    }
                    files += 1
                }
            }
            let history = try await HistoryVerification.run(installation.database)
            await installation.close()
            return [
                keepLogins
                    ? "Logins, access tokens and mailed links were kept."
                    : "\(ended.logins) logins, \(ended.tokens) access tokens and \(ended.links) mailed links were ended.",
                "\(ended.mails) mails that waited were given up.", "\(files) files of \(manifest.photos) photos are there.",
            ] + history.lines
        } catch {
            await installation.close()
            throw error
        }
    }

    private func end(_ gate: Gate, madeAt: Timestamp) async throws -> RestoreStore.Ended {
        let keepLogins = keepLogins
        return try await gate.write(door: .command, origin: .ofThisMachine(at: gate.now)) { permit, tx, book in
            var ended = RestoreStore.Ended()
            if keepLogins {
                ended.mails = try RestoreStore.giveUpMails(at: book.now, permit, tx)
            } else {
                ended = try RestoreStore.endAll(at: book.now, permit, tx)
            }
            try book.record(
                "installation.restored", Subject("installation", "installation", "Latchkey"), in: .enterprise, by: .system,
                [
                    Change("made_at", to: JSON(madeAt)), Change("logins_ended", to: JSON(ended.logins)),
                    Change("tokens_ended", to: JSON(ended.tokens)), Change("links_ended", to: JSON(ended.links)),
                    Change("mails_given_up", to: JSON(ended.mails)),
                ])
            return ended
        }
    }
}
