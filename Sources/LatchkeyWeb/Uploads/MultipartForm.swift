import Foundation

/// A form with at most one file (RFC 7578), read from a file in pieces. Strict: what is not exactly as browsers send it is refused, and the name that
/// a file had on somebody's machine is thrown away.
package struct MultipartForm: Sendable {
    /// The one file: the name of its field, and where its bytes are.
    package struct File: Sendable, Hashable {
        package let field: String
        package let range: Range<Int>
    }

    /// Why a form cannot be read: 400.
    package enum Malformed: Error, Equatable, CaseIterable {
        case cutOff, boundary, head, headTooLong, name, repeatedName, nested, encoding, tooManyParts, fieldTooLong, notUTF8, secondFile, trailing

        var sentence: String {
            switch self {
            case .cutOff: "it was cut off"
            case .boundary: "its parts are not separated as they should be"
            case .head: "the head of a part is not well formed"
            case .headTooLong: "the head of a part is too long"
            case .name: "a part has no proper name"
            case .repeatedName: "a name stands there twice"
            case .nested: "a part has parts of its own"
            case .encoding: "a part is encoded"
            case .tooManyParts: "it has too many parts"
            case .fieldTooLong: "a field is too long"
            case .notUTF8: "a field is not UTF-8"
            case .secondFile: "it has more than one file"
            case .trailing: "something follows its end"
            }
        }
    }

    static let mostParts = 32
    static let longestHead = 4096
    package static let longestField = 8192
    static let longestFields = 65_536

    package let fields: FormData
    package let file: File?

    /// Reads a form of `size` bytes through `read(offset, count)`, which answers fewer only at the end; throws `Malformed`, or what `read` throws.
    package init(boundary: MultipartBoundary, size: Int, longestField: Int = longestField, read: @escaping (Int, Int) throws -> [UInt8]) throws {
        let source = Source(size: size, read: read)
        let delimiter = boundary.delimiter
        var fields: [(name: String, value: String)] = []
        var names: Set<String> = []
        var (parts, fieldBytes) = (0, 0)
        var file: File?
        // The first delimiter has no line before it.
        guard try source.bytes(at: 0, delimiter.count - 2) == Array(delimiter.dropFirst(2)) else { throw size == 0 ? Malformed.cutOff : .boundary }
        var at = delimiter.count - 2
        while true {
            let next = try source.bytes(at: at, 2)
            at += 2
            if next == Array("--".utf8) { break }
            guard next == [0x0D, 0x0A] else { throw next.count < 2 ? Malformed.cutOff : .boundary }
            parts += 1
            guard parts <= Self.mostParts else { throw Malformed.tooManyParts }
            let head = try source.bytes(at: at, Self.longestHead)
            guard let end = head.firstRange(of: Self.emptyLine) else {
                throw head.count < Self.longestHead ? Malformed.cutOff : .headTooLong
            }
            let part = try MultipartHead(head[..<end.lowerBound])
            guard names.insert(part.name).inserted else { throw part.isFile ? Malformed.secondFile : .repeatedName }
            at += end.upperBound
            guard let stop = try source.find(delimiter, from: at) else { throw Malformed.cutOff }
            if part.isFile {
                // A file field that nobody filled is sent empty and without a file name.
                if part.hasFileName || stop > at {
                    guard file == nil else { throw Malformed.secondFile }
                    file = File(field: part.name, range: at..<stop)
                }
            } else {
                fieldBytes += stop - at
                guard stop - at <= longestField, fieldBytes <= max(Self.longestFields, longestField) else { throw Malformed.fieldTooLong }
                guard let value = String(validating: try source.bytes(at: at, stop - at), as: UTF8.self) else { throw Malformed.notUTF8 }
                fields.append((part.name, value))
            }
            at = stop + delimiter.count
        }
        let rest = try source.bytes(at: at, 3)
        guard rest.isEmpty || rest == [0x0D, 0x0A] else { throw Malformed.trailing }
        self.fields = FormData(fields: fields)
        self.file = file
    }

    private static let emptyLine: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
}

/// The bytes of a form, a window at a time.
private struct Source {
    static let window = 128 * 1024

    let size: Int
    let read: (Int, Int) throws -> [UInt8]

    /// At most `count` bytes, fewer only at the end.
    func bytes(at offset: Int, _ count: Int) throws -> [UInt8] { offset >= size ? [] : try read(offset, min(count, size - offset)) }

    /// Where `pattern` begins, from `start` on.
    func find(_ pattern: [UInt8], from start: Int) throws -> Int? {
        var offset = start
        while offset < size {
            let window = try bytes(at: offset, Self.window)
            if let found = Self.find(pattern, in: window) { return offset + found }
            guard window.count == Self.window else { return nil }
            // The pattern may begin in this window and end in the next.
            offset += window.count - (pattern.count - 1)
        }
        return nil
    }

    private static func find(_ pattern: [UInt8], in window: [UInt8]) -> Int? {
        window.withUnsafeBytes { window in
            pattern.withUnsafeBytes { pattern in
                guard let base = window.baseAddress, let wanted = pattern.baseAddress, let first = pattern.first else { return nil }
                var at = 0
                // As far as the first byte is, which is fast; then all of it.
                while window.count - at >= pattern.count, let hit = memchr(base + at, Int32(first), window.count - at - pattern.count + 1) {
                    at = UnsafeRawPointer(hit) - base
                    if memcmp(base + at, wanted, pattern.count) == 0 { return at }
                    at += 1
                }
                return nil
            }
        }
    }
}
