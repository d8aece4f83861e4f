/// A moment: milliseconds since 1970-01-01T00:00:00Z. It is always handed in, never read from a clock here.
package struct Timestamp: Hashable, Sendable, Comparable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }

    /// The moment `seconds` later; saturates instead of trapping.
    package func adding(seconds: Int64) -> Timestamp { adding(milliseconds: seconds.multipliedClamping(by: 1000)) }

    /// The moment `milliseconds` later; saturates instead of trapping.
    package func adding(milliseconds delta: Int64) -> Timestamp {
        let (sum, overflow) = milliseconds.addingReportingOverflow(delta)
        return Timestamp(milliseconds: overflow ? (delta < 0 ? .min : .max) : sum)
    }
}

extension Int64 {
    fileprivate func multipliedClamping(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}

// RFC 3339, UTC, milliseconds. Days to civil dates after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
extension Timestamp: CustomStringConvertible {
    /// `2026-11-21T09:30:00.000Z`; moments outside the years 0 to 9999 are shown as the nearest end.
    package var description: String { text(length: 24, separator: UInt8(ascii: "T")) }

    /// `2026-11-21 09:30`, with the same ends.
    package var minute: String { text(length: 16, separator: UInt8(ascii: " ")) }

    /// So many characters of the whole form. Every row of every list passes here.
    private func text(length: Int, separator: UInt8) -> String {
        let bounded = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
        let days = (bounded - (bounded < 0 ? 86_399_999 : 0)) / 86_400_000
        let rest = bounded - days * 86_400_000
        let (year, month, day) = Self.civil(fromDays: days)
        return String(unsafeUninitializedCapacity: 24) { buffer in
            var at = 0
            func put(_ number: Int64, width: Int, then mark: UInt8) {
                var rest = number
                for place in (at..<at + width).reversed() {
                    buffer[place] = UInt8(truncatingIfNeeded: 48 + rest % 10)
                    rest /= 10
                }
                at += width
                buffer[at] = mark
                at += 1
            }
            put(year, width: 4, then: UInt8(ascii: "-"))
            put(month, width: 2, then: UInt8(ascii: "-"))
            put(day, width: 2, then: separator)
            put(rest / 3_600_000, width: 2, then: UInt8(ascii: ":"))
            put(rest / 60_000 % 60, width: 2, then: UInt8(ascii: ":"))
            put(rest / 1000 % 60, width: 2, then: UInt8(ascii: "."))
            put(rest % 1000, width: 3, then: UInt8(ascii: "Z"))
            return length
        }
    }

    /// Reads RFC 3339 with `Z` or a numeric offset; nil for anything else. Digits past milliseconds are cut off.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ from: Int, _ count: Int) -> Int64? {
            guard from + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[from..<from + count] {
                guard byte >= 48, byte <= 57 else { return nil }
                value = value * 10 + Int64(byte - 48)
            }
            return value
        }
        func at(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }
        guard bytes.count <= 40, let year = number(0, 4), at(4) == 45, let month = number(5, 2), at(7) == 45, let day = number(8, 2),
            at(10) == 84 || at(10) == 116, let hour = number(11, 2), at(13) == 58, let minute = number(14, 2), at(16) == 58,
            let second = number(17, 2), (1...12).contains(month), hour < 24, minute < 60, second < 60,
            day >= 1, day <= Self.days(in: month, of: year)
        else { return nil }
        var index = 19
        var ms: Int64 = 0
        if at(index) == 46 {
            var scale: Int64 = 100
            index += 1
            guard number(index, 1) != nil else { return nil }
            while let digit = number(index, 1) {
                ms += digit * scale
                scale /= 10
                index += 1
            }
        }
        var offset: Int64 = 0
        switch at(index) {
        case 90, 122: index += 1
        case 43, 45:
            guard let hours = number(index + 1, 2), at(index + 3) == 58, let minutes = number(index + 4, 2), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (at(index) == 45 ? -60 : 60)
            index += 6
        default: return nil
        }
        guard index == bytes.count else { return nil }
        let seconds = Self.days(fromCivil: year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        milliseconds = seconds * 1000 + ms
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted + (shifted < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
