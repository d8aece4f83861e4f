import CArchive
import LatchkeyAccess

/// Writes a ZIP archive piece by piece: what went in comes out by `take`, and nothing but the list of names stays in memory. Not for several threads
/// at once.
package final class ZipWriter {
    /// What libarchive says went wrong.
    package struct Failed: Error, CustomStringConvertible {
        package let description: String
    }

    private final class Sink { var bytes: [UInt8] = [] }

    private let archive: OpaquePointer
    private let sink = Sink()

    /// Files are stored as they are, for what is compressed already, unless they are to be compressed; then each has less than 4 GiB, and any reader of
    /// ZIP archives takes it.
    package init(compressing: Bool = false) throws {
        guard let archive = archive_write_new() else { throw Failed(description: "no memory for an archive") }
        self.archive = archive
        try require(archive_write_set_format_zip(archive))
        if compressing {
            try require(archive_write_set_options(archive, "zip:compression=deflate,zip:compression-level=1,zip:!zip64"))
        } else {
            try require(archive_write_zip_set_compression_store(archive))
        }
        // Handed on at once: whoever reads has buffers of their own.
        try require(archive_write_set_bytes_per_block(archive, 0))
        try require(
            archive_write_open(
                archive, Unmanaged.passUnretained(sink).toOpaque(), nil,
                { _, sink, bytes, count in
                    guard let sink, let bytes else { return -1 }
                    Unmanaged<Sink>.fromOpaque(sink).takeUnretainedValue().bytes += UnsafeRawBufferPointer(start: bytes, count: count)
                    return count
                }, nil))
    }

    deinit { archive_write_free(archive) }

    /// Begins a file of so many bytes, which `write` must then bring; nil where nobody knows yet how many.
    /// - Parameter name: ASCII, with `/` between folders.
    package func begin(_ name: String, size: Int?, at time: Timestamp) throws {
        guard let entry = archive_entry_new() else { throw Failed(description: "no memory for an archive's entry") }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, name)
        archive_entry_set_filetype(entry, 0o100000)
        archive_entry_set_perm(entry, 0o644)
        if let size { archive_entry_set_size(entry, Int64(size)) }
        archive_entry_set_mtime(entry, time_t(time.milliseconds / 1000), 0)
        try require(archive_write_header(archive, entry))
    }

    package func write(_ bytes: [UInt8]) throws {
        let done = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
        guard done == bytes.count else { throw Failed(description: said(done < 0 ? "" : "more bytes than the file has")) }
    }

    /// Writes the list of files, with which the archive ends.
    package func close() throws { try require(archive_write_close(archive)) }

    /// What is ready to go out, once.
    package func take() -> [UInt8] {
        defer { sink.bytes = [] }
        return sink.bytes
    }

    private func require(_ result: Int32) throws { if result != ARCHIVE_OK { throw Failed(description: said("code \(result)")) } }

    private func said(_ otherwise: String) -> String { archive_error_string(archive).map { String(cString: $0) } ?? otherwise }
}
