/// A kind of thing that has an id, named by the prefix of its ids (`usr`, `ses`, ...).
package protocol IDKind: Sendable { static var prefix: String { get } }

/// A typed id: 128 bits, written as `prefix_` and 26 characters of Crockford base32 (TypeID 0.3).
///
/// New ids are UUIDv7 (RFC 9562 section 5.7), so that they sort by the time they were made. Time and randomness are arguments.
package struct ID<Kind: IDKind>: Hashable, Sendable, Comparable {
    package let bits: UInt128

    package init(bits: UInt128) { self.bits = bits }

    /// Makes a UUIDv7 from milliseconds since 1970 and 74 or more random bits.
    package init(at now: Timestamp, random: UInt128) {
        let time = UInt128(min(UInt64(clamping: now.milliseconds), 0xFFFF_FFFF_FFFF)) << 80
        let version: UInt128 = 0x7 << 76
        let variant: UInt128 = 0b10 << 62
        let randomA = (random >> 64 & 0xFFF) << 64
        let randomB = random & 0x3FFF_FFFF_FFFF_FFFF
        bits = time | version | randomA | variant | randomB
    }

    /// Reads `prefix_…`; nil for anything that this type could not have written.
    package init?(_ text: String) {
        guard let bits = IDText.bits(of: text, prefix: Kind.prefix) else { return nil }
        self.bits = bits
    }

    package static func < (a: Self, b: Self) -> Bool { a.bits < b.bits }
}

extension ID: CustomStringConvertible, LosslessStringConvertible {
    package var description: String { IDText.text(of: bits, prefix: Kind.prefix) }
}

/// Ids as text, without generics: every row of every list passes here.
private enum IDText {
    static func bits(of text: String, prefix: String) -> UInt128? {
        var text = text
        return text.withUTF8 { bytes in
            let start = prefix.utf8.count + 1
            guard bytes.count == start + 26, bytes[start - 1] == UInt8(ascii: "_"), bytes.starts(with: prefix.utf8) else { return nil }
            let values = Crockford.values
            guard values[Int(bytes[start])] < 8 else { return nil }
            var bits: UInt128 = 0
            for index in start..<bytes.count {
                let digit = values[Int(bytes[index])]
                if digit == Crockford.noDigit { return nil }
                bits = bits << 5 | UInt128(digit)
            }
            return bits
        }
    }

    static func text(of bits: UInt128, prefix: String) -> String {
        String(unsafeUninitializedCapacity: prefix.utf8.count + 27) { buffer in
            var at = 0
            for byte in prefix.utf8 {
                buffer[at] = byte
                at += 1
            }
            buffer[at] = UInt8(ascii: "_")
            at += 1
            let alphabet = Crockford.alphabet
            for position in 0..<26 {
                buffer[at] = alphabet[Int(truncatingIfNeeded: bits >> UInt128(125 - position * 5) & 31)]
                at += 1
            }
            return at
        }
    }
}

private enum Crockford {
    static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    static let noDigit: UInt8 = 255
    /// By byte.
    static let values: [UInt8] = {
        var table = [UInt8](repeating: noDigit, count: 256)
        for (value, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(value) }
        return table
    }()
}

package enum AccountKind: IDKind { package static let prefix = "acc" }
package enum GroupKind: IDKind { package static let prefix = "grp" }
package enum AdministratorKind: IDKind { package static let prefix = "adm" }
package enum UserKind: IDKind { package static let prefix = "usr" }
package enum RoleKind: IDKind { package static let prefix = "rol" }
package enum PlaceKind: IDKind { package static let prefix = "plc" }
package enum APIKeyKind: IDKind { package static let prefix = "key" }
package enum LinkKind: IDKind { package static let prefix = "lnk" }
package enum SessionKind: IDKind { package static let prefix = "ses" }
package enum PhotoKind: IDKind { package static let prefix = "pho" }
package enum NoteKind: IDKind { package static let prefix = "not" }
package enum EventKind: IDKind { package static let prefix = "evt" }
package enum LoginKind: IDKind { package static let prefix = "lgn" }
package enum IntegrationKind: IDKind { package static let prefix = "int" }
package enum HistoryKind: IDKind { package static let prefix = "his" }
package enum FactorKind: IDKind { package static let prefix = "fac" }
package enum ReviewKind: IDKind { package static let prefix = "rev" }
package enum RequestKind: IDKind { package static let prefix = "req" }
package enum ExportKind: IDKind { package static let prefix = "exp" }

package typealias AccountID = ID<AccountKind>
package typealias GroupID = ID<GroupKind>
package typealias AdministratorID = ID<AdministratorKind>
package typealias UserID = ID<UserKind>
package typealias RoleID = ID<RoleKind>
package typealias PlaceID = ID<PlaceKind>
package typealias APIKeyID = ID<APIKeyKind>
package typealias LinkID = ID<LinkKind>
package typealias SessionID = ID<SessionKind>
package typealias PhotoID = ID<PhotoKind>
package typealias NoteID = ID<NoteKind>
package typealias EventID = ID<EventKind>
package typealias LoginID = ID<LoginKind>
package typealias IntegrationID = ID<IntegrationKind>
package typealias HistoryID = ID<HistoryKind>
package typealias FactorID = ID<FactorKind>
package typealias RequestID = ID<RequestKind>
package typealias ExportID = ID<ExportKind>
package typealias ReviewID = ID<ReviewKind>
