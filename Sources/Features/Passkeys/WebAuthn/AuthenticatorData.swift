/// What an authenticator says and signs (WebAuthn section 6.1).
struct AuthenticatorData: Sendable, Hashable {
    struct Flags: OptionSet, Sendable, Hashable {
        let rawValue: UInt8

        static let userPresent = Flags(rawValue: 0x01)
        static let userVerified = Flags(rawValue: 0x04)
        static let backupEligible = Flags(rawValue: 0x08)
        static let backedUp = Flags(rawValue: 0x10)
        static let attested = Flags(rawValue: 0x40)
        static let extended = Flags(rawValue: 0x80)
    }

    /// A new credential: its id, and its public key as it came.
    struct Attested: Sendable, Hashable {
        var model: [UInt8]
        var id: [UInt8]
        var key: CredentialKey
        var cose: [UInt8]
    }

    var rpIDHash: [UInt8]
    var flags: Flags
    var signCount: UInt32
    var attested: Attested?

    /// Reads the whole of it; what stands behind it, or lacks, is malformed.
    init(_ bytes: [UInt8]) throws(WebAuthn.Refusal) {
        guard bytes.count >= 37, bytes.count <= CBOR.mostBytes else { throw .malformed }
        rpIDHash = Array(bytes.prefix(32))
        flags = Flags(rawValue: bytes[32])
        signCount = bytes[33..<37].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        var rest = bytes.dropFirst(37)
        if flags.contains(.attested) { attested = try Self.attested(&rest) }
        if flags.contains(.extended) {
            do throws(CBOR.Malformed) { if try CBOR.read(&rest).pairs == nil { throw CBOR.Malformed() } } catch { throw .malformed }
        }
        if !rest.isEmpty { throw .malformed }
    }

    private static func attested(_ rest: inout ArraySlice<UInt8>) throws(WebAuthn.Refusal) -> Attested {
        guard rest.count > 18 else { throw .malformed }
        let model = Array(rest.prefix(16))
        let length = rest.dropFirst(16).prefix(2).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(18)
        // Section 5.8.3 and step 25 of section 7.1.
        guard (1...WebAuthn.longestID).contains(length), rest.count > length else { throw .malformed }
        let id = Array(rest.prefix(length))
        rest = rest.dropFirst(length)
        let before = rest
        let cose: CBOR
        do throws(CBOR.Malformed) { cose = try CBOR.read(&rest) } catch { throw .malformed }
        guard let key = CredentialKey(cose: cose) else { throw .unknownKey }
        return Attested(model: model, id: id, key: key, cose: Array(before.prefix(before.count - rest.count)))
    }
}
