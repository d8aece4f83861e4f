import CSodium

/// The key under which recoverable secrets are sealed; it lives in a file outside the database and never prints itself (security.md K6, K7).
///
/// A sealed value is one byte with the key's number, a random 24-byte nonce, and the XChaCha20-Poly1305 ciphertext with its tag.
/// The file may hold several keys: the one with the highest number seals, all of them open.
package struct MasterKey: Sendable {
    private let keys: [UInt8: [UInt8]]
    private let current: UInt8

    /// Nil unless there is a key and all have 32 bytes and a number above 0, which stays free for another format.
    init?(_ keys: [UInt8: [UInt8]]) {
        guard let current = keys.keys.max(), keys[0] == nil else { return nil }
        guard keys.values.allSatisfy({ $0.count == Self.keyLength }) else { return nil }
        self.keys = keys
        self.current = current
    }

    /// Promises a value that only this key and the same context (table, column, account, row) open again.
    package func seal(_ plain: [UInt8], context: String) -> [UInt8] {
        let nonce = Random.bytes(Self.nonceLength)
        let associated = Array(context.utf8)
        var cipher = [UInt8](repeating: 0, count: plain.count + Self.tagLength)
        var length: UInt64 = 0
        let status = crypto_aead_xchacha20poly1305_ietf_encrypt(
            &cipher, &length, plain, UInt64(plain.count), associated, UInt64(associated.count), nil, nonce, keys[current] ?? [])
        precondition(status == 0, "libsodium documents that sealing cannot fail")
        return [current] + nonce + cipher
    }

    /// Promises what was sealed, or throws `SealError`: too short, of a key that is not in the file, or changed, of another context or key.
    package func open(_ sealed: [UInt8], context: String) throws(SealError) -> [UInt8] {
        guard let number = sealed.first, sealed.count >= 1 + Self.nonceLength + Self.tagLength else { throw .malformed }
        guard let key = keys[number] else { throw .unknownKey(number) }
        let nonce = Array(sealed[1..<(1 + Self.nonceLength)])
        let cipher = Array(sealed.dropFirst(1 + Self.nonceLength))
        let associated = Array(context.utf8)
        var plain = [UInt8](repeating: 0, count: cipher.count - Self.tagLength)
        var length: UInt64 = 0
        let status = crypto_aead_xchacha20poly1305_ietf_decrypt(
            &plain, &length, nil, cipher, UInt64(cipher.count), associated, UInt64(associated.count), nonce, key)
        guard status == 0 else { throw .refused }
        return plain
    }

    /// Promises a record to keep in the database, by which a wrong key is noticed at start (security.md K7).
    package func makeCanary() -> [UInt8] { seal(Self.canary, context: Self.canaryContext) }

    /// Whether a canary was made under this key file; `serve` refuses to start where it was not.
    package func recognises(canary: [UInt8]) -> Bool {
        (try? open(canary, context: Self.canaryContext)) == Self.canary
    }

    var fingerprintKey: [UInt8] { keys[current] ?? [] }

    static let keyLength = 32
    private static let nonceLength = 24
    private static let tagLength = 16
    private static let canary = Array("latchkey".utf8)
    private static let canaryContext = "latchkey/canary"
}

extension MasterKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "master key \(current)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a sealed value stays closed.
package enum SealError: Error, Equatable {
    case malformed
    case unknownKey(UInt8)
    case refused
}

extension MasterKey {
    /// A keyed fingerprint (HMAC-SHA-256): equal for equal bytes, and of no use for guessing them to who has the database alone.
    package func fingerprint(_ bytes: [UInt8], context: String) -> [UInt8] {
        SHA256.keyed(fingerprintKey, Array(context.utf8) + [0] + bytes)
    }
}
