import CZlib

/// The files of a small ZIP archive that somebody sent, by its list at the end. Of the format it takes what every program writes: stored or deflated,
/// unencrypted, in one piece, below 4 GiB.
struct ZipReader {
    enum Failed: Error { case notArchive, encrypted, tooLarge }

    private struct Entry {
        let offset: Int
        let compressed: Int
        let size: Int
        let isDeflated: Bool
        let sum: UInt
    }

    static let mark: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
    /// Files that one archive may have.
    private static let mostFiles = 1000
    /// Times that a file may be larger than its bytes in the archive; tables come nowhere near.
    private static let mostGrowth = 200

    private let bytes: [UInt8]
    private var entries: [String: Entry] = [:]
    /// How many bytes may still be unpacked.
    private var room: Int

    /// - Parameter room: How many bytes may be unpacked in all.
    init(_ bytes: [UInt8], room: Int) throws(Failed) {
        self.bytes = bytes
        self.room = room
        guard let end = Self.end(bytes) else { throw .notArchive }
        let (count, start) = (number(end + 10, 2), number(end + 16, 4))
        guard number(end + 4, 2) == 0, number(end + 6, 2) == 0, number(end + 8, 2) == count, count <= Self.mostFiles else { throw .notArchive }
        var at = start
        for _ in 0..<count {
            guard at + 46 <= end, number(at, 4) == 0x0201_4B50 else { throw .notArchive }
            let (flags, method) = (number(at + 8, 2), number(at + 10, 2))
            let nameLength = number(at + 28, 2)
            guard at + 46 + nameLength <= end, let name = String(validating: bytes[(at + 46)..<(at + 46 + nameLength)], as: UTF8.self)
            else { throw .notArchive }
            if flags & 0x41 != 0 { throw .encrypted }
            guard method == 0 || method == 8, entries[name] == nil else { throw .notArchive }
            entries[name] = Entry(
                offset: number(at + 42, 4), compressed: number(at + 20, 4), size: number(at + 24, 4), isDeflated: method == 8,
                sum: UInt(number(at + 16, 4)))
            at += 46 + nameLength + number(at + 30, 2) + number(at + 32, 2)
        }
    }

    /// Where the record stands that ends every archive, behind which there may be a comment.
    private static func end(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 22 else { return nil }
        let first = max(0, bytes.count - 22 - 65_535)
        for at in stride(from: bytes.count - 22, through: first, by: -1)
        where bytes[at] == 0x50 && bytes[at + 1] == 0x4B && bytes[at + 2] == 5 && bytes[at + 3] == 6 {
            return at
        }
        return nil
    }

    /// A little-endian number; what lies beyond the end is 0.
    private func number(_ at: Int, _ count: Int) -> Int {
        var value = 0
        for index in (0..<count).reversed() { value = value << 8 | (at + index < bytes.count ? Int(bytes[at + index]) : 0) }
        return value
    }

    /// The whole file of this name; nil where there is none.
    mutating func file(_ name: String) throws(Failed) -> [UInt8]? {
        guard let entry = entries[name] else { return nil }
        guard entry.size <= room, entry.size <= (entry.compressed + 64) * Self.mostGrowth else { throw .tooLarge }
        room -= entry.size
        guard number(entry.offset, 4) == 0x0403_4B50 else { throw .notArchive }
        let start = entry.offset + 30 + number(entry.offset + 26, 2) + number(entry.offset + 28, 2)
        guard start + entry.compressed <= bytes.count else { throw .notArchive }
        let packed = bytes[start..<(start + entry.compressed)]
        guard let plain = entry.isDeflated ? Self.inflated(Array(packed), size: entry.size) : Array(packed), plain.count == entry.size,
            crc32(0, plain, uInt(plain.count)) == entry.sum
        else { throw .notArchive }
        return plain
    }

    /// Exactly `size` bytes, or nil: what says more than its list does is no file of it.
    private static func inflated(_ packed: [UInt8], size: Int) -> [UInt8]? {
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var source = packed
        var isWhole = false
        // One byte more than there should be, so that a longer one is seen.
        let plain = [UInt8](unsafeUninitializedCapacity: size + 1) { target, count in
            source.withUnsafeMutableBufferPointer { source in
                stream.next_in = source.baseAddress
                stream.avail_in = uInt(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = uInt(size + 1)
                isWhole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0
                count = size + 1 - Int(stream.avail_out)
            }
        }
        return isWhole && plain.count == size ? plain : nil
    }
}
