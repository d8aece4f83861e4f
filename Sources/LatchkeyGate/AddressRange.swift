import Foundation

/// A network of IP addresses, v4 or v6, in CIDR form (RFC 4632, RFC 4291); a single address is a network of one.
///
/// It is written in one way, however it was typed: without the bits that the prefix leaves open, v6 as RFC 5952 says, v4 that was written as v6
/// (`::ffff:1.2.3.4`) as v4.
package struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    private let network: [UInt8]
    private let bits: Int

    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let address = Self.bytes(of: String(first)) else { return nil }
        let width = address.count * 8
        var bits = width
        if parts.count == 2, let last = parts.last {
            // A v4 network that is written as v6 counts its prefix as v6 does.
            let offset = width == 32 && first.utf8.contains(UInt8(ascii: ":")) ? 96 : 0
            guard last.utf8.count <= 3, last.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let given = Int(last),
                (offset...offset + width).contains(given)
            else { return nil }
            bits = given - offset
        }
        network = address.enumerated().map { $0.element & Self.mask(bits, at: $0.offset) }
        self.bits = bits
    }

    /// Of the byte at this index, the bits that the prefix fixes.
    private static func mask(_ bits: Int, at index: Int) -> UInt8 {
        let rest = bits - index * 8
        return rest >= 8 ? 255 : rest <= 0 ? 0 : ~(255 >> UInt8(rest))
    }

    /// Whether an address lies in this network; an unparsable one lies in none. A v4 address written as v6 (`::ffff:1.2.3.4`) is v4.
    package func contains(_ address: String) -> Bool {
        guard let bytes = Self.bytes(of: address), bytes.count == network.count else { return false }
        return zip(bytes.indices, zip(bytes, network)).allSatisfy { $1.0 & Self.mask(bits, at: $0) == $1.1 }
    }

    package var description: String { Self.text(of: network) + (bits == network.count * 8 ? "" : "/\(bits)") }

    /// The 4 or 16 bytes of an address in network order, a v4 address written as v6 as v4; nil for what is no address.
    package static func bytes(of text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: &six) { Array($0) }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]
        return Array(bytes.prefix(12)) == mapped ? Array(bytes.suffix(4)) : bytes
    }

    /// The one way to write an address (RFC 5952): small letters, no leading zeros, the longest run of zeros, the first of equal ones, as `::`.
    private static func text(of bytes: [UInt8]) -> String {
        if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
        let words = stride(from: 0, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        var longest = 0..<0
        var start = 0
        for (index, word) in words.enumerated() {
            if word != 0 { start = index + 1 } else if index + 1 - start > longest.count { longest = start..<index + 1 }
        }
        func hex(_ words: ArraySlice<UInt16>) -> String { words.map { String($0, radix: 16) }.joined(separator: ":") }
        if longest.count < 2 { return hex(words[...]) }
        return hex(words[..<longest.lowerBound]) + "::" + hex(words[longest.upperBound...])
    }
}
