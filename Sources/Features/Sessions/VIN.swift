/// A vehicle identification number (ISO 3779): 17 characters of digits and letters without I, O and Q.
package struct VIN: Sendable, Hashable {
    package let text: String
    private let bytes: [UInt8]

    /// Upper-cased; nil for anything that is no VIN.
    package init?(_ raw: String) {
        let upper = raw.utf8.map { (0x61...0x7A).contains($0) ? $0 - 32 : $0 }
        let forbidden: Set<UInt8> = [UInt8(ascii: "I"), UInt8(ascii: "O"), UInt8(ascii: "Q")]
        guard upper.count == 17, upper.allSatisfy({ ((0x30...0x39).contains($0) || (0x41...0x5A).contains($0)) && !forbidden.contains($0) })
        else { return nil }
        bytes = upper
        text = String(decoding: upper, as: UTF8.self)
    }

    /// Whether it was issued in North America (first character 1 to 5), where the ninth character is a check digit (49 CFR 565.15).
    package var isNorthAmerican: Bool { (UInt8(ascii: "1")...UInt8(ascii: "5")).contains(bytes[0]) }

    /// Whether the ninth character is right; only North American VINs promise it.
    package var hasRightCheckDigit: Bool {
        let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
        let sum = zip(bytes, weights).reduce(0) { $0 + Self.value($1.0) * $1.1 }
        let expected = sum % 11 == 10 ? UInt8(ascii: "X") : UInt8(48 + sum % 11)
        return bytes[8] == expected
    }

    private static func value(_ byte: UInt8) -> Int {
        if (0x30...0x39).contains(byte) { return Int(byte) - 48 }
        let values: [UInt8: Int] = [
            0x41: 1, 0x42: 2, 0x43: 3, 0x44: 4, 0x45: 5, 0x46: 6, 0x47: 7, 0x48: 8, 0x4A: 1, 0x4B: 2, 0x4C: 3, 0x4D: 4, 0x4E: 5, 0x50: 7, 0x52: 9,
            0x53: 2, 0x54: 3, 0x55: 4, 0x56: 5, 0x57: 6, 0x58: 7, 0x59: 8, 0x5A: 9,
        ]
        return values[byte] ?? 0
    }

    /// The model year that the tenth character says; its codes repeat every 30 years, and the latest that is no more than a year ahead counts.
    package func modelYear(now year: Int) -> Int? {
        let codes = Array("ABCDEFGHJKLMNPRSTVWXY123456789".utf8)
        guard let index = codes.firstIndex(of: bytes[9]) else { return nil }
        // A is 1980, 2010, 2040.
        return stride(from: 2040 + index, through: 1980, by: -30).first { $0 <= year + 1 }
    }

    /// The region of the maker (ISO 3780).
    package var region: String? {
        switch bytes[0] {
        case 0x41...0x48: "Africa"
        case 0x4A...0x52: "Asia"
        case 0x53...0x5A: "Europe"
        case 0x31...0x35: "North America"
        case 0x36...0x37: "Oceania"
        case 0x38...0x39: "South America"
        default: nil
        }
    }
}
