import LatchkeySecrets

/// Where the bytes of photos are: whole files under random keys. Who may see which is the business of rows in the database; a row is written after
/// its bytes, so that a crash leaves bytes without a row (`keys(untouchedFor:after:limit:)` finds them) and never a row without bytes.
package protocol BlobStore: Sendable {
    /// A new, empty file of this store, on its way in. It is gone with the last reference to it, unless it was put.
    func incoming() async throws -> IncomingFile

    /// Moves files in, each under a new key, in their order; all of them are on disk when this returns, and none is kept where it throws.
    func put(_ files: [IncomingFile]) async throws -> [BlobKey]

    /// Moves a file in under a key that another store gave it, in the place of what was there; it is on disk when this returns. For copying a whole
    /// store, as backups do: whatever is new comes in by `put`.
    func keep(_ file: IncomingFile, as key: BlobKey) async throws

    /// Opens what is under a key; throws `BlobError.missing` where nothing is.
    func open(_ key: BlobKey) async throws -> Blob

    /// Removes what is under a key; nothing happens where nothing is. A power failure may bring it back, as bytes without a row.
    func delete(_ key: BlobKey) async throws

    /// Keys in their order, after one, of what was written longer ago than `age`: for collecting what no row names.
    ///
    /// The age is by the clock of the files, not by the house's: a test clock that was moved must not make an upload under way look forgotten.
    func keys(untouchedFor age: Duration, after: BlobKey?, limit: Int) async throws -> [BlobKey]

    /// Removes what was on its way into processes that have ended.
    func tidy() async throws
}

extension BlobStore {
    /// Moves one file in.
    package func put(_ file: IncomingFile) async throws -> BlobKey {
        guard let key = try await put([file]).first else { throw BlobError.missing }
        return key
    }

    /// All bytes under a key; throws `BlobError.missing` also for more than `limit`.
    package func contents(of key: BlobKey, limit: Int) async throws -> [UInt8] {
        let blob = try await open(key)
        guard blob.size <= limit else { throw BlobError.missing }
        return try await blob.read(at: 0, upTo: blob.size)
    }
}

/// The name of a blob: 40 hexadecimal digits, 160 random bits, made here and never outside. Knowing one lets nobody in.
package struct BlobKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let text: String

    /// A key that was kept as text; nil for what cannot be one.
    package init?(_ text: String) {
        guard text.utf8.count == 40, text.utf8.allSatisfy(Self.isDigit) else { return nil }
        self.text = text
    }

    package var description: String { text }
    package static func < (a: BlobKey, b: BlobKey) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }

    /// New keys that share their first four digits, which name the folder; the rest is 144 random bits for each.
    static func fresh(_ count: Int) -> [BlobKey] {
        let folder = Hex.text(Random.bytes(2))
        return (0..<max(0, count)).compactMap { _ in BlobKey(folder + Hex.text(Random.bytes(18))) }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
}

/// What can go wrong with files.
package enum BlobError: Error, Equatable, CustomStringConvertible {
    /// There is nothing under this key.
    case missing
    /// The disk has no room: answer 503.
    case full
    /// The system refused; for the log.
    case unavailable(String)

    package var description: String {
        switch self {
        case .missing: "there is no such blob"
        case .full: "the disk for blobs is full"
        case .unavailable(let why): why
        }
    }
}
