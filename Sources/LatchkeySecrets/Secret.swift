/// What a secret opens; its name stands in the secret, so that people and scanners see what they found (api.md, Conventions).
package enum SecretKind: String, CaseIterable, Sendable {
    case live, test, client, login, access, setup, password, capture, link, email, step
}

/// A credential that Latchkey made, `lk_<kind>_<36 random base62><6 base62 CRC32>`; it never prints itself (security.md K1, K2, K4).
///
/// Published pattern, for secret scanners: `lk_(live|test|client|login|access|setup|password|capture|link|email|step)_[0-9A-Za-z]{42}`,
/// where the last six characters are the CRC32 (IEEE) of everything before them, in base62 (`0-9A-Za-z`), zero-padded.
package struct Secret: Sendable {
    package let kind: SecretKind
    package let text: String

    /// Promises a new secret with 214 random bits.
    package static func mint(_ kind: SecretKind) -> Secret {
        let body = "lk_\(kind.rawValue)_" + Random.base62(randomLength)
        return Secret(kind: kind, text: body + String(decoding: Base62.six(CRC32.checksum(body.utf8)), as: UTF8.self))
    }

    /// Takes a text only if all of it has the shape and checksum of a secret; nil for a typo or a fake, before any look-up (security.md K1).
    package init?(_ text: String) {
        guard text.utf8.count <= Self.longest else { return nil }
        let bytes = Array(text.utf8)
        guard bytes.starts(with: "lk_".utf8), let end = bytes.dropFirst(3).firstIndex(of: UInt8(ascii: "_")),
            let kind = SecretKind(rawValue: String(decoding: bytes[3..<end], as: UTF8.self))
        else { return nil }
        let tail = bytes[(end + 1)...]
        guard tail.count == Self.randomLength + 6, tail.allSatisfy(Base62.contains),
            tail.suffix(6).elementsEqual(Base62.six(CRC32.checksum(bytes.dropLast(6))))
        else { return nil }
        self.init(kind: kind, text: text)
    }

    /// The SHA-256 under which the secret is stored and looked up: enough for 214 random bits (security.md K2).
    package var hash: [UInt8] { SHA256.hash(Array(text.utf8)) }

    /// The published pattern, anchored at both ends.
    package static let pattern =
        "^lk_(" + SecretKind.allCases.map(\.rawValue).joined(separator: "|") + ")_[0-9A-Za-z]{42}$"

    private init(kind: SecretKind, text: String) {
        self.kind = kind
        self.text = text
    }

    private static let randomLength = 36
    private static let longest = 64
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "lk_\(kind.rawValue)_…" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
