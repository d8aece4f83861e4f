import Foundation

/// What an operator hands to a command: a file, or standard input for `-`.
enum InputFile {
    /// All of it, where it has no more than so many bytes; nobody waits for the end of what has none.
    /// - Throws: `OperatorError` for what cannot be read, such as a folder, and for more.
    static func read(_ path: String, atMost most: Int) throws -> Data {
        let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path)
        guard let handle else { throw OperatorError("The file \(path) cannot be read.") }
        var bytes = Data()
        do {
            while bytes.count <= most, let next = try handle.read(upToCount: 65_536), !next.isEmpty { bytes += next }
        } catch { throw OperatorError("The file \(path) cannot be read.") }
        guard bytes.count <= most else { throw OperatorError("The file may have at most \(most) bytes.") }
        return bytes
    }
}
