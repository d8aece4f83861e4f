import LatchkeyBlobs
import LatchkeySecrets

/// A file that is sealed piece by piece under the master key, each bound to the export, its place and whether it is the last: nothing of it can be read,
/// swapped, left out or cut off by whoever has the folder of blobs alone.
struct SealingWriter {
    private static let piece = 64 * 1024

    private let key: MasterKey
    private let context: String
    private var waiting: [UInt8] = []
    private var index = 0

    init(_ key: MasterKey, context: String) {
        self.key = key
        self.context = context
    }

    /// Takes bytes, and answers what can be written.
    mutating func add(_ bytes: [UInt8]) -> [UInt8] {
        waiting += bytes
        if waiting.count <= Self.piece { return [] }
        var sealed: [UInt8] = []
        var at = 0
        while waiting.count - at > Self.piece {
            sealed += frame(Array(waiting[at..<(at + Self.piece)]), isLast: false)
            at += Self.piece
        }
        waiting.removeFirst(at)
        return sealed
    }

    /// The rest.
    mutating func finish() -> [UInt8] { frame(waiting, isLast: true) }

    private mutating func frame(_ plain: [UInt8], isLast: Bool) -> [UInt8] {
        let sealed = key.seal(plain, context: Self.context(context, index, isLast: isLast))
        index += 1
        let count = UInt32(truncatingIfNeeded: sealed.count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + sealed
    }

    fileprivate static func context(_ context: String, _ index: Int, isLast: Bool) -> String { "\(context)/\(index)\(isLast ? "/last" : "")" }
}

/// Reads such a file back, one piece at a time.
actor SealedReader {
    /// The file is not as it was written.
    struct Damaged: Error {}

    private let blob: Blob
    private let key: MasterKey
    private let context: String
    private var offset = 0
    private var index = 0

    init(_ blob: Blob, _ key: MasterKey, context: String) {
        self.blob = blob
        self.key = key
        self.context = context
    }

    /// The next piece; nil after the last.
    func next() async throws -> [UInt8]? {
        if offset >= blob.size { return nil }
        let head = try await blob.read(at: offset, upTo: 4)
        let count = head.reduce(0) { $0 << 8 | Int($1) }
        guard head.count == 4, count <= 1 << 20, offset + 4 + count <= blob.size else { throw Damaged() }
        let sealed = try await blob.read(at: offset + 4, upTo: count)
        offset += 4 + count
        let plain = try key.open(sealed, context: SealingWriter.context(context, index, isLast: offset == blob.size))
        index += 1
        return plain
    }
}
