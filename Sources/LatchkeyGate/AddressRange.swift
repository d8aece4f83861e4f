import Foundation

/// A network of IP addresses, v4 or v6, in CIDR form (RFC 4632, RFC 4291); a single address is a network of one.
package struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    package let description: String
    private let network: [UInt8]
    private let bits: Int

    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let address = Self.bytes(of: String(first)) else { return nil }
        var bits = address.count * 8
        if parts.count == 2, let last = parts.last {
            guard let given = Int(last), last.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), (0...bits).contains(given) else { return nil }
            bits = given
        }
        network = address
        self.bits = bits
        description = text
    }

    /// Whether an address lies in this network; an unparsable one lies in none. A v4 address written as v6 (`::ffff:1.2.3.4`) is v4.
    package func contains(_ address: String) -> Bool {
        guard let bytes = Self.bytes(of: address), bytes.count == network.count else { return false }
        for (index, pair) in zip(bytes, network).enumerated() {
            let rest = bits - index * 8
            if rest <= 0 { return true }
            let mask: UInt8 = rest >= 8 ? 255 : ~(255 >> UInt8(rest))
            if pair.0 & mask != pair.1 & mask { return false }
        }
        return true
    }

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
}
