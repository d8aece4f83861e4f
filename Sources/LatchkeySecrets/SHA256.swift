import CSodium

/// SHA-256: how secrets are kept at rest (security.md K2) and how history is chained.
package enum SHA256 {
    /// Promises the 32-byte digest of the bytes.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
        return digest
    }

    /// HMAC-SHA-256 (RFC 2104) under a key of 32 bytes.
    package static func keyed(_ key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        guard key.count == 32 else { return hash(key + bytes) }
        crypto_auth_hmacsha256(&code, bytes, UInt64(bytes.count), key)
        return code
    }

    /// The same digest over bytes that come in pieces; a value, so that a copy of it goes its own way.
    package struct Stream {
        private var state = crypto_hash_sha256_state()

        package init() { crypto_hash_sha256_init(&state) }

        /// Takes the next piece.
        package mutating func update(_ bytes: [UInt8]) {
            crypto_hash_sha256_update(&state, bytes, UInt64(bytes.count))
        }

        /// Promises the 32-byte digest of everything taken so far; more may be taken afterwards.
        package func digest() -> [UInt8] {
            var last = state
            var digest = [UInt8](repeating: 0, count: 32)
            crypto_hash_sha256_final(&last, &digest)
            return digest
        }
    }
}
