import Foundation
import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets

/// A backup on disk: `latchkey.db`, `blobs/`, perhaps `master.key`, `SHA256SUMS` (as `sha256sum --check` reads it) over all of them, and `manifest.json`,
/// which is written last: a folder without one is no backup.
struct BackupFolder {
    let path: String

    var database: String { path + "/latchkey.db" }
    var blobs: String { path + "/blobs" }
    var masterKey: String { path + "/master.key" }
    private var sums: String { path + "/SHA256SUMS" }
    private var manifestFile: String { path + "/manifest.json" }

    /// What a backup says of itself.
    struct Manifest: Sendable {
        static let format = 1
        let version: String
        let madeAt: Timestamp
        let databaseBytes: Int
        let photos: Int
        let files: Int
        let fileBytes: Int
        let hasMasterKey: Bool

        func json(sums: String) -> JSON {
            [
                "format": JSON(Self.format), "latchkey": .string(version), "made_at": JSON(madeAt), "database_bytes": JSON(databaseBytes),
                "photos": JSON(photos), "blobs": JSON(files), "blob_bytes": JSON(fileBytes), "master_key": .bool(hasMasterKey),
                "sha256sums": .string(sums),
            ]
        }
    }

    /// Makes the folder (0700), which must not be there yet or be empty.
    func make() throws {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw Self.failure("cannot create \(path)") }
        guard try FileManager.default.contentsOfDirectory(atPath: path).isEmpty else {
            throw OperatorError("\(path) is not empty. A backup goes into a folder of its own.")
        }
    }

    /// Writes the sums and, after everything else is on disk, the manifest.
    func finish(_ lines: [(hash: String, file: String)], _ manifest: Manifest) throws {
        let text = lines.map { "\($0.hash)  \($0.file)\n" }.joined()
        try Self.write(Array(text.utf8), to: sums)
        let json = manifest.json(sums: Hex.text(SHA256.hash(Array(text.utf8))))
        try Self.write(json.encode() + [UInt8(ascii: "\n")], to: manifestFile)
    }

    // MARK: Reading

    /// The manifest, once every file has the hash that it names.
    /// - Throws: `OperatorError` saying which file is missing, changed or not named.
    func verified() throws -> Manifest {
        guard let bytes = FileManager.default.contents(atPath: manifestFile), let json = try? JSON.parse(Array(bytes)) else {
            throw OperatorError("\(path) is no backup of Latchkey: it has no manifest.json that can be read. A backup that was cut off has none.")
        }
        guard json["format"]?.integer == Int64(Manifest.format) else {
            throw OperatorError("The backup in \(path) has a format that this version does not know.")
        }
        guard let text = FileManager.default.contents(atPath: sums).map(Array.init), Hex.text(SHA256.hash(text)) == json["sha256sums"]?.text else {
            throw OperatorError("\(sums) is missing or was changed since the backup was made.")
        }
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let parts = String(decoding: line, as: UTF8.self).split(separator: " ", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2, !parts[1].contains(".."), !parts[1].hasPrefix("/") else { throw OperatorError("\(sums) cannot be read.") }
            guard let hash = try? Self.hash(path + "/" + parts[1]), hash == parts[0] else {
                throw OperatorError("\(parts[1]) of the backup is missing or was changed. Nothing was restored.")
            }
        }
        func count(_ name: String) -> Int { Int(clamping: json[name]?.integer ?? 0) }
        return Manifest(
            version: json["latchkey"]?.text ?? "", madeAt: json["made_at"]?.text.flatMap { Timestamp($0) } ?? Timestamp(milliseconds: 0),
            databaseBytes: count("database_bytes"), photos: count("photos"), files: count("blobs"),
            fileBytes: count("blob_bytes"), hasMasterKey: json["master_key"]?.answer ?? false)
    }

    /// The SHA-256 of a file, in hexadecimal digits.
    static func hash(_ path: String) throws -> String {
        guard let file = FileHandle(forReadingAtPath: path) else { throw failure("cannot read \(path)") }
        defer { try? file.close() }
        var stream = SHA256.Stream()
        while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty { stream.update(Array(piece)) }
        return Hex.text(stream.digest())
    }

    // MARK: Files

    /// Copies a small or large file into a new one of mode 0600, which is on disk when this returns.
    static func copy(_ source: String, to target: String) throws {
        guard let reading = FileHandle(forReadingAtPath: source) else { throw failure("cannot read \(source)") }
        defer { try? reading.close() }
        let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("cannot create \(target)") }
        let writing = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        while let piece = try reading.read(upToCount: 1 << 20), !piece.isEmpty { try writing.write(contentsOf: piece) }
        try writing.synchronize()
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("cannot create \(path)") }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data(bytes))
        try file.synchronize()
        try syncFolder(of: path)
    }

    /// Waits until the entry of a file or folder is on disk.
    static func syncFolder(of path: String) throws {
        let parent = open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw failure("cannot open the folder of \(path)") }
        defer { close(parent) }
        guard fsync(parent) == 0 else { throw failure("cannot sync the folder of \(path)") }
    }

    static func failure(_ what: String) -> OperatorError { OperatorError("\(what): \(String(cString: strerror(errno)))") }
}

/// Copies blobs from one store to another, hashing what it copies.
struct BlobCopy {
    let source: any BlobStore
    let target: any BlobStore

    /// Copies what is under a key and answers its size and its SHA-256 in hexadecimal digits; throws `BlobError.missing` where nothing is.
    func copy(_ key: BlobKey) async throws -> (bytes: Int, hash: String) {
        let blob = try await source.open(key)
        let file = try await target.incoming()
        var stream = SHA256.Stream()
        var offset = 0
        while offset < blob.size {
            let piece = try await blob.read(at: offset, upTo: 1 << 20)
            if piece.isEmpty { throw BlobError.unavailable("\(key) ended while it was copied") }
            stream.update(piece)
            try await file.append(piece)
            offset += piece.count
        }
        try await target.keep(file, as: key)
        return (offset, Hex.text(stream.digest()))
    }
}
