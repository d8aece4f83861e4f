import Foundation

/// Small files that must be on disk, and nobody else's, before anything depends on them.
enum DurableFile {
    /// Writes a file that must not exist yet, mode 0600, and returns once it and its folder entry are on disk.
    static func writeNew(_ bytes: [UInt8], to path: String) throws(MasterKeyFileError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .system(path) }
        do throws(MasterKeyFileError) {
            defer { close(file) }
            try writeAll(bytes, to: file, path)
            guard fchmod(file, 0o600) == 0, fsync(file) == 0 else { throw .system(path) }
        } catch {
            unlink(path)
            throw error
        }
        try syncFolder(of: path)
    }

    /// Reads at most `limit` bytes of a file.
    static func contents(of path: String, limit: Int) throws(MasterKeyFileError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .system(path) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = read(file, &piece, min(piece.count, limit - bytes.count))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(path) }
            if count == 0 { break }
            bytes += piece.prefix(count)
        }
        return bytes
    }

    private static func writeAll(_ bytes: [UInt8], to file: Int32, _ path: String) throws(MasterKeyFileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system(path) }
            rest = rest.dropFirst(count)
        }
    }

    private static func syncFolder(of path: String) throws(MasterKeyFileError) {
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .system(parent) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw .system(parent) }
    }
}
