import CCrypto

/// A private RSA key that signs (RS256, RFC 7518 section 3.3), and what the public needs to check it. It never prints itself.
package struct SigningKey: Sendable {
    /// The private key as DER, to be sealed.
    package let der: [UInt8]
    /// The modulus and the exponent of the public key, big-endian.
    package let modulus: [UInt8]
    package let exponent: [UInt8]

    /// A new key of 2048 bits; nil where OpenSSL cannot make one. Takes a tenth of a second.
    package static func make() -> SigningKey? {
        guard let key = latchkey_rsa_new(2048) else { return nil }
        defer { EVP_PKEY_free(key) }
        var der = [UInt8](repeating: 0, count: max(0, Int(latchkey_rsa_write(key, nil))))
        return latchkey_rsa_write(key, &der) > 0 ? SigningKey(der: der) : nil
    }

    /// One that was made; nil for what is none.
    package init?(der: [UInt8]) {
        guard let key = latchkey_rsa_read(der, der.count) else { return nil }
        defer { EVP_PKEY_free(key) }
        self.der = der
        modulus = Self.number(of: key, isModulus: true)
        exponent = Self.number(of: key, isModulus: false)
        if modulus.count < 256 || exponent.isEmpty { return nil }
    }

    /// The signature of a message (RSASSA-PKCS1-v1_5 with SHA-256); nil where OpenSSL fails.
    package func sign(_ message: [UInt8]) -> [UInt8]? {
        guard let key = latchkey_rsa_read(der, der.count) else { return nil }
        defer { EVP_PKEY_free(key) }
        var signature = [UInt8](repeating: 0, count: modulus.count)
        let length = latchkey_rsa_sign(key, message, message.count, &signature, signature.count)
        return length > 0 ? Array(signature.prefix(length)) : nil
    }

    private static func number(of key: OpaquePointer, isModulus: Bool) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let length = latchkey_rsa_number(key, isModulus ? 1 : 0, &bytes, Int32(bytes.count))
        return Array(bytes.prefix(max(0, Int(length))))
    }
}

extension SigningKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "signing key" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
