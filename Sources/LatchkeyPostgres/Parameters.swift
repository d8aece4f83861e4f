import CPostgres
import LatchkeyDatabase

/// A statement's values in the binary format, in one piece of memory.
struct Parameters {
    /// The values' types; 0, which the server works out, for NULL.
    private(set) var types: [Oid] = []
    /// Begins with a byte of its own, so that even an empty value has an address.
    private var bytes: [UInt8] = [0]
    private var spans: [(offset: Int, length: Int)?] = []

    /// - Throws: `.check` for text with a NUL, which the server cannot store.
    init(_ values: [SQLValue]) throws {
        types.reserveCapacity(values.count)
        spans.reserveCapacity(values.count)
        for value in values {
            let offset = bytes.count
            switch value {
            case .null:
                types.append(0)
                spans.append(nil)
                continue
            case .int(let number):
                types.append(Type.int8)
                withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
            case .text(var text):
                types.append(Type.text)
                try text.withUTF8 { utf8 in
                    if utf8.contains(0) { throw DatabaseError.check("text with a NUL") }
                    bytes.append(contentsOf: utf8)
                }
            case .blob(let blob):
                types.append(Type.bytes)
                bytes.append(contentsOf: blob)
            }
            spans.append((offset, bytes.count - offset))
        }
    }

    /// Whether a statement that was prepared for `other` types takes these values.
    func fit(_ other: [Oid]) -> Bool {
        types.count == other.count && zip(types, other).allSatisfy { $0 == 0 || $0 == $1 }
    }

    /// Hands addresses, lengths and formats to `body` as libpq wants them.
    func withPointers<T>(_ body: (_ values: [UnsafePointer<CChar>?], _ lengths: [CInt], _ formats: [CInt]) -> T) throws -> T {
        var lengths: [CInt] = []
        for span in spans {
            guard let length = CInt(exactly: span?.length ?? 0) else { throw DatabaseError.check("a value of over 2 GiB") }
            lengths.append(length)
        }
        return bytes.withUnsafeBytes { memory in
            let values = spans.map { span in
                span.flatMap { span in memory.baseAddress.map { UnsafePointer(($0 + span.offset).assumingMemoryBound(to: CChar.self)) } }
            }
            return body(values, lengths, [CInt](repeating: 1, count: spans.count))
        }
    }
}
