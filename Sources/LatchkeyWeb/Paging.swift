import LatchkeyAccess
import LatchkeyJSON

/// A place in a list, newest first: the key of the last row that was shown. It stays valid while rows are added.
package struct Cursor: Sendable, Hashable {
    package let key: String

    package init(_ key: String) { self.key = key }

    /// base64url without padding (RFC 4648 section 5).
    package var text: String { Base64URL.encode(Array(key.utf8)) }

    package init?(text: String) {
        // No key of ours holds a NUL, and no database takes one.
        guard let bytes = Base64URL.decode(text), let key = String(validating: bytes, as: UTF8.self), !key.isEmpty, key.utf8.count <= 200,
            !key.utf8.contains(0)
        else { return nil }
        self.key = key
    }
}

/// One page's worth of a list.
package struct PageRequest: Sendable, Hashable {
    package var limit: Int
    package var after: Cursor?
    package var wantsTotal: Bool

    package init(limit: Int = 50, after: Cursor? = nil, wantsTotal: Bool = false) {
        self.limit = limit
        self.after = after
        self.wantsTotal = wantsTotal
    }
}

/// Some rows of a list, and where the next ones begin.
package struct Page<Item: Sendable>: Sendable {
    package var items: [Item]
    package var next: Cursor?
    package var total: Int?

    /// From up to `limit + 1` rows: one more than asked for says that there is a next page.
    package init(_ rows: consuming [Item], limit: Int, total: Int? = nil, key: (Item) -> String) {
        items = rows
        let isLast = items.count <= limit
        items.removeLast(max(0, items.count - limit))
        next = isLast ? nil : items.last.map { Cursor(key($0)) }
        self.total = total
    }

    package func json(_ item: (Item) -> JSON) -> JSON {
        var members: [(String, JSON)] = [("items", .array(items.map(item))), ("next", next.map { .string($0.text) } ?? .null)]
        if let total { members.append(("total", .int(Int64(total)))) }
        return JSON(members: members)
    }
}

/// base64url without padding.
package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    package static func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                out.append(alphabet[Int(buffer >> bits & 63)])
            }
            buffer &= (1 << bits) - 1
        }
        if bits > 0 { out.append(alphabet[Int(buffer << (6 - bits) & 63)]) }
        return String(decoding: out, as: UTF8.self)
    }

    package static func decode(_ text: String) -> [UInt8]? {
        var out: [UInt8] = []
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for byte in text.utf8 {
            guard let value = alphabet.firstIndex(of: byte) else { return nil }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: buffer >> bits))
                buffer &= (1 << bits) - 1
            }
        }
        return bits < 6 && buffer == 0 ? out : nil
    }
}
