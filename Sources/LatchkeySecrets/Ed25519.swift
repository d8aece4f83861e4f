import CSodium

/// A private key that signs by Ed25519 (RFC 8032), and its public half. It never prints itself.
package struct Ed25519Key: Sendable {
    /// The private key's 32 bytes, to be sealed.
    package let seed: [UInt8]
    package let publicKey: [UInt8]
    private let secret: [UInt8]

    /// A new random key.
    package static func make() -> Ed25519Key? { Ed25519Key(seed: Random.bytes(Self.seedLength)) }

    /// One that was made; nil for what is no seed.
    package init?(seed: [UInt8]) {
        Sodium.start()
        guard seed.count == Self.seedLength else { return nil }
        var (publicKey, secret) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 64))
        guard crypto_sign_ed25519_seed_keypair(&publicKey, &secret, seed) == 0 else { return nil }
        self.seed = seed
        self.publicKey = publicKey
        self.secret = secret
    }

    /// Promises the 64 bytes of the message's signature.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Ed25519.signatureLength)
        crypto_sign_ed25519_detached(&signature, nil, message, UInt64(message.count), secret)
        return signature
    }

    private static let seedLength = 32
}

extension Ed25519Key: CustomStringConvertible, CustomReflectable {
    package var description: String { "signing key" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Checking signatures of Ed25519.
package enum Ed25519 {
    package static let signatureLength = 64
    package static let publicKeyLength = 32

    /// Whether the signature is this public key's for the message.
    package static func verifies(_ signature: [UInt8], of message: [UInt8], by publicKey: [UInt8]) -> Bool {
        guard signature.count == signatureLength, publicKey.count == publicKeyLength else { return false }
        return crypto_sign_ed25519_verify_detached(signature, message, UInt64(message.count), publicKey) == 0
    }
}
