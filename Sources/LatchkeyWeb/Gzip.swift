import CZlib

/// The gzip format (RFC 1952), for answers to browsers that take it.
package enum Gzip {
    /// Promises a gzip stream of the bytes, or nil for a level outside 0...9, more than 1 GiB, or no memory.
    package static func compress(_ bytes: [UInt8], level: Int32 = 1) -> [UInt8]? {
        guard (0...9).contains(level), bytes.count <= 1 << 30, let count = uInt(exactly: bytes.count) else { return nil }
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        guard let most = Int(exactly: deflateBound(&stream, uLong(bytes.count))), let room = uInt(exactly: most) else { return nil }
        var source = bytes
        var done = false
        let compressed = [UInt8](unsafeUninitializedCapacity: most) { target, written in
            source.withUnsafeMutableBufferPointer { source in
                stream.next_in = source.baseAddress
                stream.avail_in = count
                stream.next_out = target.baseAddress
                stream.avail_out = room
                done = deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            written = most - Int(stream.avail_out)
        }
        return done ? compressed : nil
    }
}
