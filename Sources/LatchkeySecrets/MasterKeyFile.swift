import Foundation

extension MasterKey {
    /// Makes a new key in a new file of mode 0600, on disk when this returns; throws `MasterKeyFileError`, also where a file is already there.
    @discardableResult
    package static func create(at path: String) throws(MasterKeyFileError) -> MasterKey {
        let key = Random.bytes(keyLength)
        guard let master = MasterKey([1: key]) else { throw MasterKeyFileError(path: path, reason: "cannot be made") }
        try DurableFile.writeNew(Array("1 \(Base64.encode(key))\n".utf8), to: path)
        return master
    }

    /// Reads a key file (lines of a number, a space and 32 bytes in base64); throws `MasterKeyFileError` and never makes a key (security.md K7).
    package static func load(path: String) throws(MasterKeyFileError) -> MasterKey {
        let bytes = try DurableFile.contents(of: path, limit: 16 * 1024)
        guard let master = parse(bytes) else { throw MasterKeyFileError(path: path, reason: "is not a master key of Latchkey") }
        return master
    }

    private static func parse(_ bytes: [UInt8]) -> MasterKey? {
        var keys: [UInt8: [UInt8]] = [:]
        for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let parts = line.split(separator: 0x20, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
            guard parts.count == 2, let number = UInt8(parts[0]), let key = Base64.decode(parts[1]), keys[number] == nil else { return nil }
            keys[number] = key
        }
        return MasterKey(keys)
    }
}

/// Why a master key file was not made or read, in a sentence for the operator.
package struct MasterKeyFileError: Error, CustomStringConvertible {
    package let path: String
    package let reason: String

    package var description: String { "The master key file \(path) \(reason)." }

    static func system(_ path: String) -> MasterKeyFileError {
        MasterKeyFileError(path: path, reason: "cannot be used: \(String(cString: strerror(errno)))")
    }
}
