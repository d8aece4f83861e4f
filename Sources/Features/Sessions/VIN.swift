/// A vehicle identification number (ISO 3779): 17 characters of digits and letters without I, O and Q.
package struct VIN: Sendable, Hashable {
    package let text: String
    private let bytes: [UInt8]

    /// Upper-cased; nil for anything that is no VIN.
    package init?(_ raw: String) {
        let upper = raw.utf8.map { (0x61...0x7A).contains($0) ? $0 - 32 : $0 }
        guard upper.count == 17, upper.allSatisfy({ Self.value($0) != nil }) else { return nil }
        bytes = upper
        text = String(decoding: upper, as: UTF8.self)
    }

    /// Whether it was issued in North America (first character 1 to 5), where the ninth character is a check digit (49 CFR 565.15).
    package var isNorthAmerican: Bool { (UInt8(ascii: "1")...UInt8(ascii: "5")).contains(bytes[0]) }

    /// Whether the ninth character is right; only North American VINs promise it.
    package var hasRightCheckDigit: Bool {
        let sum = zip(bytes, Self.weights).reduce(0) { $0 + (Self.value($1.0) ?? 0) * $1.1 }
        let expected = sum % 11 == 10 ? UInt8(ascii: "X") : UInt8(48 + sum % 11)
        return bytes[8] == expected
    }

    private static let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]

    /// What a character counts in the check sum; nil for one that no VIN has. Every row of a list passes here.
    private static func value(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x48: Int(byte) - 0x40  // A to H
        case 0x4A...0x4E: Int(byte) - 0x49  // J to N
        case 0x50: 7  // P
        case 0x52: 9  // R
        case 0x53...0x5A: Int(byte) - 0x51  // S to Z
        default: nil
        }
    }

    /// The model year that the tenth character says; its codes repeat every 30 years, and the latest that is no more than a year ahead counts.
    package func modelYear(now year: Int) -> Int? {
        guard let index = Self.years.firstIndex(of: bytes[9]) else { return nil }
        // A is 1980, 2010, 2040.
        return stride(from: 2040 + index, through: 1980, by: -30).first { $0 <= year + 1 }
    }

    private static let years = Array("ABCDEFGHJKLMNPRSTVWXY123456789".utf8)

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
