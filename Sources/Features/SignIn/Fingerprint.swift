import LatchkeyDatabase
import LatchkeyGate
import LatchkeySecrets
import LatchkeyWeb

/// 128 bits that stand for a person's name, an address or a browser, so that what is counted has a small and fixed size.
struct Fingerprint: Hashable, Sendable {
    let bytes: [UInt8]

    static let length = 16

    private init(_ domain: String, _ bytes: [UInt8]) { self.bytes = Array(SHA256.hash(Array(domain.utf8) + bytes).prefix(Self.length)) }

    /// One that was written down; nil for another length.
    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = Array(bytes)
    }

    /// Every way to write a username is the same person, known or not (P6).
    static func person(_ username: String) -> Fingerprint { Fingerprint("person ", Array(canonical(username).utf8)) }

    /// Clients are counted apart from people.
    static func client(_ id: String) -> Fingerprint { Fingerprint("client ", Array(IdentityKey.canonical(id).utf8)) }

    static func canonical(_ username: String) -> String { IdentityKey.canonical(username.trimmingWhitespace()) }

    /// An IPv6 address counts as its /64: whoever has one of those addresses has all of them.
    static func address(_ address: String) -> Fingerprint {
        guard let bytes = AddressRange.bytes(of: address) else { return Fingerprint("text ", Array(address.utf8)) }
        return Fingerprint("address ", bytes.count == 16 ? Array(bytes.prefix(8)) : bytes)
    }

    static func browser(_ nonce: [UInt8]) -> Fingerprint { Fingerprint("browser ", nonce) }
}
