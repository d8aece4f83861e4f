import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import Testing
import VirtualAuthenticator

@testable import PasskeysFeature

@Suite struct `The ceremonies of WebAuthn` {
    private static let party = WebAuthn.RelyingParty(id: "localhost", origin: "http://localhost:8080")
    private static let handle = [UInt8](1...32)

    private let challenge = Random.bytes(32)
    private var text: String { Base64URL.encode(challenge) }

    private func expected(uv: Bool = true) -> WebAuthn.Expected {
        .init(party: Self.party, challenge: challenge, needsUserVerification: uv)
    }

    private func register(_ json: JSON, uv: Bool = true) throws(WebAuthn.Refusal) -> WebAuthn.Credential {
        try WebAuthn.verify(WebAuthn.Creation(json), expected(uv: uv))
    }

    private func refusal(ofCreation json: JSON, uv: Bool = true) -> WebAuthn.Refusal? {
        do throws(WebAuthn.Refusal) {
            _ = try register(json, uv: uv)
            return nil
        } catch { return error }
    }

    private func assert(_ json: JSON, _ credential: WebAuthn.Credential, uv: Bool = true) throws(WebAuthn.Refusal) -> WebAuthn.Asserted {
        try WebAuthn.verify(WebAuthn.Assertion(json), expected(uv: uv), by: credential, userHandle: Self.handle)
    }

    private func refusal(ofAssertion json: JSON, _ credential: WebAuthn.Credential, uv: Bool = true) -> WebAuthn.Refusal? {
        do throws(WebAuthn.Refusal) {
            _ = try assert(json, credential, uv: uv)
            return nil
        } catch { return error }
    }

    // MARK: What is good

    @Test(arguments: SoftKey.Kind.allCases, [false, true])
    func `take what each kind of key makes and signs`(kind: SoftKey.Kind, isSelfAttesting: Bool) throws {
        var key = VirtualAuthenticator(kind)
        key.isSelfAttesting = isSelfAttesting
        let credential = try register(key.create(text))
        #expect(credential.id == key.id && credential.key == key.key.cose && credential.isBackupEligible && credential.isBackedUp)
        key.userHandle = Self.handle
        key.signCount = 7
        let asserted = try assert(key.get(text), credential)
        #expect(asserted == .init(signCount: 7, isBackedUp: true, isUserVerified: true, isCounterRegressed: false))
    }

    @Test func `take extensions, and no user handle where the browser was told which credential`() throws {
        var key = VirtualAuthenticator()
        key.extensions = Bytes.map([(Bytes.text("credProtect"), Bytes.int(2))])
        let credential = try register(key.create(text))
        _ = try assert(key.get(text), credential)
    }

    @Test func `flag a counter that did not go up, and take it`() throws {
        var key = VirtualAuthenticator()
        key.signCount = 5
        let credential = try register(key.create(text))
        for (count, isRegressed) in [(6, false), (5, true), (4, true), (0, true)] as [(UInt32, Bool)] {
            key.signCount = count
            #expect(try assert(key.get(text), credential).isCounterRegressed == isRegressed, "\(count) after 5")
        }
        var uncounted = VirtualAuthenticator()
        let other = try register(uncounted.create(text))
        #expect(try !assert(uncounted.get(text), other).isCounterRegressed, "no counter at all")
        uncounted.signCount = 1
        #expect(try !assert(uncounted.get(text), other).isCounterRegressed)
    }

    // MARK: What is not

    private typealias Bend = @Sendable (inout VirtualAuthenticator) -> Void

    private static let bends: [(name: String, refusal: WebAuthn.Refusal, bend: Bend)] = [
        ("another site", .origin, { $0.origin = "http://localhost:8081" }),
        ("the same host over https", .origin, { $0.origin = "https://localhost:8080" }),
        ("a site below", .origin, { $0.origin = "http://localhost:8080.example.com" }),
        ("a trailing slash", .origin, { $0.origin = "http://localhost:8080/" }),
        ("in a frame of another site", .crossOrigin, { $0.crossOrigin = true }),
        ("something in place of no", .crossOrigin, { $0.crossOrigin = "false" }),
        ("on top of it another site", .crossOrigin, { $0.topOrigin = "http://localhost:8080" }),
        ("another relying party", .rpID, { $0.rpID = "example.com" }),
        ("nobody there", .userPresence, { $0.flags &= ~0x01 }),
        ("not verified", .userVerification, { $0.flags &= ~0x04 }),
        ("backed up, and not eligible", .backup, { $0.flags &= ~0x08 }),
        ("another ceremony", .type, { $0.type = "payment.get" }),
        ("bytes behind", .malformed, { $0.trailing = [0] }),
        ("extensions that are none", .malformed, { $0.extensions = [0x01] }),
    ]

    @Test func `refuse an answer with anything in it that is not as expected`() throws {
        var key = VirtualAuthenticator()
        key.userHandle = Self.handle
        let credential = try register(key.create(text))
        for (name, refusal, bend) in Self.bends {
            var bent = key
            bend(&bent)
            #expect(self.refusal(ofCreation: bent.create(text)) == refusal, "a creation: \(name)")
            #expect(self.refusal(ofAssertion: bent.get(text), credential) == refusal, "an assertion: \(name)")
        }
    }

    @Test func `refuse one ceremony's answer in the other, and another challenge`() throws {
        var key = VirtualAuthenticator()
        let credential = try register(key.create(text))
        for challenge in [Base64URL.encode(Random.bytes(32)), "", text + "A", String(text.dropLast()), text + "="] {
            #expect(refusal(ofCreation: key.create(challenge)) == .challenge)
            #expect(refusal(ofAssertion: key.get(challenge), credential) == .challenge)
        }
        key.type = "webauthn.create"
        #expect(refusal(ofAssertion: key.get(text), credential) == .type)
        key.type = "webauthn.get"
        #expect(refusal(ofCreation: key.create(text)) == .type)
    }

    @Test func `want the holder verified only where that is asked`() throws {
        var key = VirtualAuthenticator()
        key.flags &= ~0x04
        let credential = try register(key.create(text), uv: false)
        #expect(!credential.isUserVerified)
        #expect(try !assert(key.get(text), credential, uv: false).isUserVerified)
        #expect(refusal(ofAssertion: key.get(text), credential, uv: true) == .userVerification)
    }

    @Test func `hold a credential to what it was`() throws {
        var key = VirtualAuthenticator()
        let credential = try register(key.create(text))
        key.flags &= ~(0x08 | 0x10)
        #expect(refusal(ofAssertion: key.get(text), credential) == .backup, "it may be copied now, or may not")
        let other = VirtualAuthenticator()
        #expect(refusal(ofAssertion: other.get(text), credential) == .credentialID)
        key = VirtualAuthenticator()
        let second = try register(key.create(text))
        key.userHandle = [9]
        #expect(refusal(ofAssertion: key.get(text), second) == .userHandle, "another person's")
        var swapped = credential
        swapped.key = second.key
        key.userHandle = nil
        swapped.id = key.id
        #expect(refusal(ofAssertion: key.get(text), swapped) == nil)
        swapped.key = credential.key
        #expect(refusal(ofAssertion: key.get(text), swapped) == .signature, "another key's signature")
    }

    /// Every bit of the signed bytes and of the signature counts.
    @Test(arguments: SoftKey.Kind.allCases) func `refuse an assertion with any bit flipped`(kind: SoftKey.Kind) throws {
        var key = VirtualAuthenticator(kind)
        key.userHandle = Self.handle
        let credential = try register(key.create(text))
        let good = key.get(text)
        for field in ["clientDataJSON", "authenticatorData", "signature", "userHandle"] {
            let bytes = try #require(good["response"]?[field]?.text.flatMap(Base64URL.decode))
            for at in bytes.indices {
                var bent = bytes
                bent[at] ^= 1 << UInt8(at % 8)
                #expect(
                    refusal(ofAssertion: replacing(field, by: .string(Base64URL.encode(bent)), in: good), credential) != nil, "\(field), byte \(at)")
            }
            for short in [Array(bytes.dropLast()), Array(bytes.dropFirst()), bytes + [0]] {
                #expect(refusal(ofAssertion: replacing(field, by: .string(Base64URL.encode(short)), in: good), credential) != nil, "\(field)")
            }
        }
    }

    @Test func `refuse a creation with any bit of its key or id flipped that leaves no key, or another id`() throws {
        var key = VirtualAuthenticator()
        key.isSelfAttesting = true
        let good = key.create(text)
        let bytes = try #require(good["response"]?["attestationObject"]?.text.flatMap(Base64URL.decode))
        for at in bytes.indices {
            var bent = bytes
            bent[at] ^= 1 << UInt8(at % 8)
            let json = replacing("attestationObject", by: .string(Base64URL.encode(bent)), in: good)
            #expect(refusal(ofCreation: json) != nil, "byte \(at)")
        }
    }

    private func replacing(_ field: String, by value: JSON, in credential: JSON) -> JSON {
        let response = JSON(members: (credential["response"]?.members ?? []).map { ($0.0, $0.0 == field ? value : $0.1) })
        return JSON(members: credential.members.map { ($0.0, $0.0 == "response" ? response : $0.1) })
    }

    @Test func `take no attestation but none and the key's own`() {
        var key = VirtualAuthenticator()
        for format in ["fido-u2f", "android-safetynet", "tpm", "packed", ""] {
            key.fmt = format
            #expect(refusal(ofCreation: key.create(text)) == .attestation, "\(format)")
        }
        key.isSelfAttesting = true
        key.fmt = "none"
        #expect(refusal(ofCreation: key.create(text)) == .attestation, "none, with a statement")
    }

    @Test func `take no key of another kind, or off its curve`() {
        var key = VirtualAuthenticator()
        let x = [UInt8](repeating: 7, count: 32)
        func es256(_ more: [(key: [UInt8], value: [UInt8])] = [], alg: Int = -7, crv: Int = 1, x: [UInt8], y: [UInt8]) -> [UInt8] {
            Bytes.map(
                [
                    (Bytes.int(1), Bytes.int(2)), (Bytes.int(3), Bytes.int(alg)), (Bytes.int(-1), Bytes.int(crv)), (Bytes.int(-2), Bytes.string(x)),
                    (Bytes.int(-3), Bytes.string(y)),
                ] + more)
        }
        let good = key.key.cose
        let (px, py) = (Array(good[10..<42]), Array(good[45..<77]))
        #expect(CredentialKey(stored: es256(x: px, y: py)) != nil, "the bytes are where this test takes them from")
        let bad: [(String, [UInt8])] = [
            ("off the curve", es256(x: x, y: x)), ("ES384", es256(alg: -35, x: px, y: py)), ("another curve", es256(crv: 2, x: px, y: py)),
            ("a private key", es256([(Bytes.int(-4), Bytes.string(x))], x: px, y: py)), ("half a point", es256(x: px, y: [])),
            (
                "a weak RSA key",
                Bytes.map([
                    (Bytes.int(1), Bytes.int(3)), (Bytes.int(3), Bytes.int(-257)),
                    (Bytes.int(-1), Bytes.string([UInt8](repeating: 0xFF, count: 128))),
                    (Bytes.int(-2), Bytes.string([1, 0, 1])),
                ])
            ),
            (
                "an RSA key that signs anything",
                Bytes.map([
                    (Bytes.int(1), Bytes.int(3)), (Bytes.int(3), Bytes.int(-257)),
                    (Bytes.int(-1), Bytes.string([UInt8](repeating: 0xFF, count: 256))),
                    (Bytes.int(-2), Bytes.string([1])),
                ])
            ),
        ]
        for (name, cose) in bad {
            key.cose = cose
            #expect(refusal(ofCreation: key.create(text)) == .unknownKey, "\(name)")
        }
        key.cose = []
        #expect(refusal(ofCreation: key.create(text)) == .malformed, "none at all")
    }

    @Test func `refuse what no browser sends`() {
        let key = VirtualAuthenticator()
        let good = key.create(text)
        for (name, value) in [
            ("type", "password"), ("id", ""), ("id", "!"), ("rawId", "AAAA"), ("response", []), ("response", [:]), ("id", .null),
            ("id", .string(Base64URL.encode([UInt8](repeating: 1, count: 1024)))),
        ] as [(String, JSON)] {
            let json = JSON(members: good.members.map { ($0.0, $0.0 == name ? value : $0.1) })
            #expect(refusal(ofCreation: json) == .malformed, "\(name)")
        }
        #expect(refusal(ofCreation: .null) == .malformed && refusal(ofCreation: [:]) == .malformed)
    }

    @Test(
        arguments: [
            ("https://id.example.com", "id.example.com"), ("https://example.com:8443", "example.com"), ("http://localhost:8080", "localhost"),
            ("http://192.0.2.1:8080", nil), ("https://192.0.2.1", nil), ("https://[2001:db8::1]", nil), ("http://example.com", nil),
            ("http://127.0.0.1:8080", nil),
        ] as [(String, String?)])
    func `are held where browsers hold them`(url: String, id: String?) throws {
        #expect(WebAuthn.RelyingParty(try #require(PublicURL(url)))?.id == id)
    }
}
