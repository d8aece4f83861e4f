import Foundation
import HistoryFeature

/// Where checkpoints are handed on to: a file that is appended to, or standard output.
///
/// The file is opened anew each time, so that it may be moved away meanwhile, and may be one that can only be appended to.
struct CheckpointFile: Sendable {
    let path: String

    /// Appends notes, each with an empty line after it, and returns once they are on disk.
    /// - Throws: `OperatorError` where that fails; a part may then have been written.
    func append(_ notes: [String]) throws {
        let text = notes.map { $0 + "\n" }.joined()
        if path == "-" { return try Self.write(Array(text.utf8), to: STDOUT_FILENO, "standard output") }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw BackupFolder.failure("cannot open \(path)") }
        defer { close(descriptor) }
        try Self.write(Array(text.utf8), to: descriptor, path)
        // What is no file, such as a pipe, cannot be synced.
        if fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP { throw BackupFolder.failure("cannot sync \(path)") }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ name: String) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BackupFolder.failure("cannot write to \(name)") }
            rest = rest.dropFirst(count)
        }
    }
}
