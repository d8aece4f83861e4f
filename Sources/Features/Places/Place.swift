import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A building, a floor, a room or another part of the account's grounds, in another place or at the top.
package struct Place: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case building, floor, room, area
    }

    package var id: PlaceID
    package var name: String
    package var kind: Kind
    /// The place that it lies in.
    package var parent: PlaceID?
    package var createdAt: Timestamp

    package var subject: Subject { Subject("place", id, name) }

    package var json: JSON {
        ["id": JSON(id), "name": .string(name), "kind": .string(kind.rawValue), "parent": JSON(parent), "created_at": JSON(createdAt)]
    }

    package var tag: ETag { ETag(json) }

    /// What history compares.
    var details: JSON { ["name": .string(name), "kind": .string(kind.rawValue), "parent": JSON(parent)] }
}

/// What keeps a place from being deleted.
struct PlaceHolds: Sendable {
    /// Somebody who is granted it.
    struct Holder: Sendable {
        var id: UserID
        var username: String
        var name: String

        var json: JSON { ["id": JSON(id), "username": .string(username), "name": .string(name)] }
    }

    /// So many of each are named.
    static let most = 100

    var children: [Place]
    var holders: [Holder]

    var isNothing: Bool { children.isEmpty && holders.isEmpty }
}

/// Places by their names as people count: Floor 2 comes before Floor 10.
package struct PlaceOrder: Sendable, Comparable {
    private let text: [UInt8]

    package init(_ name: String) {
        var text: [UInt8] = []
        var digits: [UInt8] = []
        func flush() {
            if digits.isEmpty { return }
            let number = digits.drop { $0 == UInt8(ascii: "0") }
            // The longer number is the greater one. Names have 100 characters at most.
            text += [UInt8(ascii: "0"), UInt8(truncatingIfNeeded: number.count)] + number
            digits = []
        }
        for byte in IdentityKey.canonical(name).utf8 {
            if byte >= 48, byte <= 57 {
                digits.append(byte)
            } else {
                flush()
                text.append(byte)
            }
        }
        flush()
        self.text = text
    }

    package static func < (a: Self, b: Self) -> Bool { a.text.lexicographicallyPrecedes(b.text) }
}
