import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// The two ceremonies of WebAuthn (W3C, Level 3, sections 7.1 and 7.2), as far as they are pure: what a browser sent against what was expected.
enum WebAuthn {
    /// Who is signed in to, as browsers name it.
    struct RelyingParty: Sendable, Hashable {
        /// The host of the public URL.
        var id: String
        var origin: String

        init(id: String, origin: String) {
            self.id = id
            self.origin = origin
        }

        /// Nil where browsers know no passkeys: at an address in numbers, and over plain http anywhere but on this machine.
        init?(_ url: PublicURL) {
            let isNumeric = url.host.utf8.contains(UInt8(ascii: ":")) || url.host.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
            guard !isNumeric, url.isSecure || url.isLoopback else { return nil }
            self.init(id: url.host, origin: url.origin)
        }
    }

    /// What is wrong. It is for the log and for tests: whoever asks is told no more than that it is not right.
    enum Refusal: String, Error, Sendable, CaseIterable {
        case malformed, type, challenge, origin, crossOrigin = "cross_origin", rpID = "rp_id", userPresence = "user_presence",
            userVerification = "user_verification", backup, attestation, credentialID = "credential_id", unknownKey = "unknown_key",
            userHandle = "user_handle", signature
    }

    static let longestID = 1023
    static let challengeLength = 32
    static let userHandleLength = 32

    /// What a ceremony must come back with.
    struct Expected: Sendable {
        var party: RelyingParty
        var challenge: [UInt8]
        /// Whether the authenticator must have made sure who holds it, by a PIN or a finger.
        var needsUserVerification: Bool
    }

    /// A credential as it is kept.
    struct Credential: Sendable, Hashable {
        var id: [UInt8]
        /// The public key in COSE's form.
        var key: [UInt8]
        var signCount: UInt32
        /// Whether it may be copied to other devices; that never changes.
        var isBackupEligible: Bool
        var isBackedUp: Bool
        /// Whether its holder was once verified by it.
        var isUserVerified: Bool
        /// The model of its authenticator, which many leave out.
        var model: [UInt8]
    }

    /// What a good assertion tells.
    struct Asserted: Sendable, Hashable {
        var signCount: UInt32
        var isBackedUp: Bool
        var isUserVerified: Bool
        /// The counter did not go up where there is one: perhaps there is a copy of the key.
        var isCounterRegressed: Bool
    }

    // MARK: What a browser sends

    /// The result of `navigator.credentials.create()`, as its `toJSON()` has it.
    struct Creation: Sendable {
        var id: [UInt8]
        var clientData: [UInt8]
        var attestation: [UInt8]
        var transports: [String]

        init(_ json: JSON) throws(Refusal) {
            (id, _) = try WebAuthn.credential(json)
            guard let response = json["response"], let client = bytes(response["clientDataJSON"]),
                let attestation = bytes(response["attestationObject"])
            else { throw .malformed }
            (clientData, self.attestation) = (client, attestation)
            let known = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"]
            transports = (response["transports"]?.elements ?? []).compactMap(\.text).filter(known.contains)
        }
    }

    /// The result of `navigator.credentials.get()`.
    struct Assertion: Sendable {
        var id: [UInt8]
        var clientData: [UInt8]
        var authenticatorData: [UInt8]
        var signature: [UInt8]
        var userHandle: [UInt8]?

        init(_ json: JSON) throws(Refusal) {
            let response: JSON
            (id, response) = try WebAuthn.credential(json)
            guard let client = bytes(response["clientDataJSON"]), let data = bytes(response["authenticatorData"]),
                let signature = bytes(response["signature"])
            else { throw .malformed }
            (clientData, authenticatorData, self.signature) = (client, data, signature)
            if let handle = response["userHandle"], !handle.isNull {
                guard let handle = bytes(handle), (1...64).contains(handle.count) else { throw .malformed }
                userHandle = handle
            }
        }
    }

    private static let mostText = 24_000

    private static func bytes(_ json: JSON?) -> [UInt8]? {
        guard let text = json?.text, text.utf8.count <= mostText else { return nil }
        return Base64URL.decode(text)
    }

    private static func credential(_ json: JSON) throws(Refusal) -> (id: [UInt8], response: JSON) {
        guard json["type"]?.text == "public-key", let id = bytes(json["id"]), (1...longestID).contains(id.count),
            json["rawId"] == nil || bytes(json["rawId"]) == id, let response = json["response"], response.isObject
        else { throw .malformed }
        return (id, response)
    }

    // MARK: Registration (section 7.1)

    /// - Throws: the first thing that is wrong.
    static func verify(_ creation: Creation, _ expected: Expected) throws(Refusal) -> Credential {
        try verify(clientData: creation.clientData, type: "webauthn.create", expected)
        let object: CBOR
        do throws(CBOR.Malformed) { object = try CBOR.parse(creation.attestation) } catch { throw .malformed }
        guard object.pairs?.count == 3, let bytes = object["authData"]?.byteString, let format = object["fmt"]?.words,
            let statement = object["attStmt"], statement.pairs != nil
        else { throw .malformed }
        let data = try AuthenticatorData(bytes)
        try verify(data, expected)
        guard let made = data.attested else { throw .malformed }
        guard made.id == creation.id else { throw .credentialID }
        try verify(format, statement, made, signed: bytes + SHA256.hash(creation.clientData))
        return Credential(
            id: made.id, key: made.cose, signCount: data.signCount, isBackupEligible: data.flags.contains(.backupEligible),
            isBackedUp: data.flags.contains(.backedUp), isUserVerified: data.flags.contains(.userVerified), model: made.model)
    }

    /// Attestation is not asked for, and who made an authenticator is of no account: none, or the key's own signature.
    private static func verify(
        _ format: String, _ statement: CBOR, _ made: AuthenticatorData.Attested, signed: [UInt8]
    ) throws(Refusal) {
        switch format {
        case "none": if statement.pairs?.isEmpty != true { throw .attestation }
        case "packed":
            guard statement["x5c"] == nil, statement.pairs?.count == 2, statement["alg"]?.whole == made.key.algorithm.rawValue,
                let signature = statement["sig"]?.byteString, made.key.verifies(signature, of: signed)
            else { throw .attestation }
        default: throw .attestation
        }
    }

    // MARK: Assertion (section 7.2)

    /// - Parameter userHandle: of the person whose credential it is; one that comes back must be it.
    /// - Throws: the first thing that is wrong.
    static func verify(
        _ assertion: Assertion, _ expected: Expected, by credential: Credential, userHandle: [UInt8]
    ) throws(Refusal) -> Asserted {
        guard assertion.id == credential.id else { throw .credentialID }
        if let handle = assertion.userHandle, handle != userHandle { throw .userHandle }
        try verify(clientData: assertion.clientData, type: "webauthn.get", expected)
        let data = try AuthenticatorData(assertion.authenticatorData)
        try verify(data, expected)
        if data.flags.contains(.backupEligible) != credential.isBackupEligible { throw .backup }
        guard let key = CredentialKey(stored: credential.key) else { throw .unknownKey }
        let message = assertion.authenticatorData + SHA256.hash(assertion.clientData)
        guard key.verifies(assertion.signature, of: message) else { throw .signature }
        let counts = data.signCount != 0 || credential.signCount != 0
        return Asserted(
            signCount: data.signCount, isBackedUp: data.flags.contains(.backedUp), isUserVerified: data.flags.contains(.userVerified),
            isCounterRegressed: counts && data.signCount <= credential.signCount)
    }

    // MARK: What both share

    private static func verify(clientData bytes: [UInt8], type: String, _ expected: Expected) throws(Refusal) {
        let data: JSON
        do throws(JSONError) { data = try JSON.parse(bytes) } catch { throw .malformed }
        guard data.isObject else { throw .malformed }
        guard data["type"]?.text == type else { throw .type }
        guard expected.challenge.count >= 16, let challenge = data["challenge"]?.text, challenge == Base64URL.encode(expected.challenge) else {
            throw .challenge
        }
        guard data["origin"]?.text == expected.party.origin else { throw .origin }
        // Nobody embeds our pages.
        if data["crossOrigin"].map({ $0.answer != false }) ?? false || data["topOrigin"] != nil { throw .crossOrigin }
    }

    private static func verify(_ data: AuthenticatorData, _ expected: Expected) throws(Refusal) {
        guard data.rpIDHash == SHA256.hash(Array(expected.party.id.utf8)) else { throw .rpID }
        guard data.flags.contains(.userPresent) else { throw .userPresence }
        if expected.needsUserVerification, !data.flags.contains(.userVerified) { throw .userVerification }
        if data.flags.contains(.backedUp), !data.flags.contains(.backupEligible) { throw .backup }
    }
}
