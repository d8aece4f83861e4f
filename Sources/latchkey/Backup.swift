import ArgumentParser
import Foundation
import LatchkeyBlobs
import LatchkeyGate
import LatchkeyJSON
import LatchkeySQLite
import LatchkeySecrets
import LatchkeyWeb
import PhotosFeature

/// Copies a data directory, also while it is being served.
struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Back up the data directory into a new folder, also while the server runs.",
        discussion: """
            The folder gets the database as it is at one moment, the photos that it names, and the hashes of all files (check them with \
            `sha256sum --check SHA256SUMS`). The master key is not in it unless asked for: keep it apart, or the backup opens for whoever has it.
            """)

    @OptionGroup var dataOptions: DataOptions
    @Argument(help: "The folder to make.") var folder: String
    @Flag(help: "Put the master key into the backup: whoever has the folder then has everything.") var withMasterKey = false

    func run() async throws {
        let absolute = URL(fileURLWithPath: folder).standardizedFileURL.path
        let answer = try await InstallationControl.run(
            ControlVerb.backUp, ["folder": .string(absolute), "with_master_key": .bool(withMasterKey)], data: dataOptions, publicURL: nil)
        for line in answer["lines"]?.elements ?? [] { print(line.text ?? "") }
    }
}

extension BackupFolder {
    /// Makes a backup of an open installation; reads and writes go on meanwhile. What was written after it began is not in it.
    /// - Throws: `OperatorError` for a folder that is not empty or a file that cannot be written; what the database and the blob store throw.
    static func back(
        up database: SQLiteDatabase, _ house: House, masterKey: [UInt8]?, into path: String
    ) async throws -> BackupFolder.Manifest {
        let folder = BackupFolder(path: path)
        try folder.make()
        let now = house.gate.now
        try await database.copy(to: folder.database)
        // The photos that the copy names, not those of now: a photo's files are there before its row, and stay.
        let blobs = BlobCopy(source: house.blobs, target: try FolderBlobs(path: folder.blobs))
        var sums: [(hash: String, file: String)] = []
        var (photos, bytes) = (0, 0)
        let copy = try SQLiteDatabase(path: folder.database)
        do {
            try await PhotoFiles.forEach(Gate(database: copy, clock: house.gate.clock)) { photo, keys in
                photos += 1
                for key in keys {
                    do {
                        let copied = try await blobs.copy(key)
                        bytes += copied.bytes
                        sums.append((copied.hash, "blobs/\(key.text.prefix(2))/\(key.text.dropFirst(2).prefix(2))/\(key.text)"))
                    } catch BlobError.missing {
                        throw OperatorError("The file \(key) of photo \(photo) is missing, so this would be no whole backup. See `latchkey doctor`.")
                    }
                }
            }
        } catch {
            await copy.close()
            throw error
        }
        await copy.close()
        sums.insert((try hash(folder.database), "latchkey.db"), at: 0)
        if let masterKey {
            try Self.write(masterKey, to: folder.masterKey)
            sums.insert((try hash(folder.masterKey), "master.key"), at: 1)
        }
        let size = try FileManager.default.attributesOfItem(atPath: folder.database)[.size] as? Int ?? 0
        let manifest = Manifest(
            version: Latchkey.version, madeAt: now, databaseBytes: size, photos: photos, files: sums.count - (masterKey == nil ? 1 : 2),
            fileBytes: bytes,
            hasMasterKey: masterKey != nil)
        try folder.finish(sums, manifest)
        return manifest
    }
}
