import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// An authenticator and the browser before it, in software: it makes one credential, and signs with it. Every part of an answer can be bent.
package struct VirtualAuthenticator: Sendable {
    package let key: SoftKey
    package let id: [UInt8]
    package var rpID = "localhost"
    package var origin = "http://localhost:8080"
    /// UP, UV, BE and BS.
    package var flags: UInt8 = 0x01 | 0x04 | 0x08 | 0x10
    package var signCount: UInt32 = 0
    package var userHandle: [UInt8]?
    package var isSelfAttesting = false

    /// What is told of the client data, after it was made.
    package var type: String?
    package var crossOrigin: JSON?
    package var topOrigin: String?
    /// Stands behind the authenticator's data before it is signed.
    package var trailing: [UInt8] = []
    package var extensions: [UInt8]?
    package var fmt: String?
    /// In place of the public key.
    package var cose: [UInt8]?

    package init(_ kind: SoftKey.Kind = .es256) {
        key = SoftKey(kind)
        id = Random.bytes(32)
    }

    package func clientData(_ type: String, _ challenge: String) -> [UInt8] {
        var data: JSON = [
            "type": .string(self.type ?? type), "challenge": .string(challenge), "origin": .string(origin), "crossOrigin": crossOrigin ?? false,
        ]
        if let topOrigin { data = data.adding("topOrigin", .string(topOrigin)) }
        return data.encode()
    }

    private func data(attested: [UInt8]) -> [UInt8] {
        let count = (0..<4).map { UInt8(truncatingIfNeeded: signCount >> (24 - 8 * UInt32($0))) }
        let flags = flags | (attested.isEmpty ? 0 : 0x40) | (extensions == nil ? 0 : 0x80)
        return SHA256.hash(Array(rpID.utf8)) + [flags] + count + attested + (extensions ?? []) + trailing
    }

    /// What a browser sends for a new credential.
    package func create(_ challenge: String) -> JSON {
        let client = clientData("webauthn.create", challenge)
        let attested = [UInt8](repeating: 0, count: 16) + [UInt8(id.count >> 8), UInt8(id.count & 255)] + id + (cose ?? key.cose)
        let data = data(attested: attested)
        let statement: [(key: [UInt8], value: [UInt8])] =
            isSelfAttesting
            ? [
                (Bytes.text("alg"), Bytes.int(key.kind.rawValue)),
                (Bytes.text("sig"), Bytes.string(key.sign(data + SHA256.hash(client)))),
            ] : []
        let object = Bytes.map([
            (Bytes.text("fmt"), Bytes.text(fmt ?? (isSelfAttesting ? "packed" : "none"))), (Bytes.text("attStmt"), Bytes.map(statement)),
            (Bytes.text("authData"), Bytes.string(data)),
        ])
        return credential([
            "clientDataJSON": .string(Base64URL.encode(client)), "attestationObject": .string(Base64URL.encode(object)),
            "transports": ["internal", "hybrid"],
        ])
    }

    /// What a browser sends to sign in with it.
    package func get(_ challenge: String) -> JSON {
        let client = clientData("webauthn.get", challenge)
        let data = data(attested: [])
        return credential([
            "clientDataJSON": .string(Base64URL.encode(client)), "authenticatorData": .string(Base64URL.encode(data)),
            "signature": .string(Base64URL.encode(key.sign(data + SHA256.hash(client)))),
            "userHandle": userHandle.map { .string(Base64URL.encode($0)) } ?? .null,
        ])
    }

    private func credential(_ response: JSON) -> JSON {
        [
            "id": .string(Base64URL.encode(id)), "rawId": .string(Base64URL.encode(id)), "type": "public-key", "response": response,
            "authenticatorAttachment": "platform", "clientExtensionResults": [:],
        ]
    }
}
