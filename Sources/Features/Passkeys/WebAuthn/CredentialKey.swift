import CCrypto

/// The public key of a passkey, as COSE has it (RFC 9052 section 7): ES256, RS256 or EdDSA.
struct CredentialKey: Sendable, Hashable {
    enum Algorithm: Int, Sendable, CaseIterable {
        case es256 = -7
        case edDSA = -8
        case rs256 = -257
    }

    let algorithm: Algorithm
    /// The key as X.509 writes it (RFC 5280, SubjectPublicKeyInfo), which is what OpenSSL reads.
    private let der: [UInt8]

    /// Nil for other algorithms, for numbers that are none of a key, and for members that do not belong in one.
    init?(cose key: CBOR) {
        guard let pairs = key.pairs, let algorithm = key[3]?.whole.flatMap(Algorithm.init) else { return nil }
        let labels = Set(pairs.compactMap(\.key.whole))
        switch (algorithm, key[1]?.whole) {
        case (.es256, 2):
            guard labels == [1, 3, -1, -2, -3], pairs.count == 5, key[-1]?.whole == 1, let x = key[-2]?.byteString, let y = key[-3]?.byteString,
                x.count == 32, y.count == 32
            else { return nil }
            der = DER.sequence(DER.sequence(DER.ecPublicKey + DER.p256) + DER.bits([4] + x + y))
        case (.edDSA, 1):
            guard labels == [1, 3, -1, -2], pairs.count == 4, key[-1]?.whole == 6, let x = key[-2]?.byteString, x.count == 32 else { return nil }
            der = DER.sequence(DER.sequence(DER.ed25519) + DER.bits(x))
        case (.rs256, 3):
            guard labels == [1, 3, -1, -2], pairs.count == 4, let modulus = key[-1]?.byteString, let exponent = key[-2]?.byteString,
                (256...1024).contains(modulus.count), let top = modulus.first, top >= 0x80, (1...8).contains(exponent.count),
                exponent.first != 0, let last = exponent.last, last & 1 == 1, exponent != [1]
            else { return nil }
            let numbers = DER.sequence(DER.integer(modulus) + DER.integer(exponent))
            der = DER.sequence(DER.sequence(DER.rsaEncryption + DER.null) + DER.bits(numbers))
        default: return nil
        }
        self.algorithm = algorithm
        // A point that is not on its curve is no key.
        guard let key = read() else { return nil }
        EVP_PKEY_free(key)
    }

    /// One that was stored in COSE's form.
    init?(stored bytes: [UInt8]) {
        guard let key = try? CBOR.parse(bytes) else { return nil }
        self.init(cose: key)
    }

    private func read() -> OpaquePointer? {
        der.withUnsafeBufferPointer { buffer in
            var at = buffer.baseAddress
            return d2i_PUBKEY(nil, &at, buffer.count)
        }
    }

    /// Whether this is the key's signature of the message.
    func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard !signature.isEmpty, signature.count <= 1024, let key = read() else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        // EdDSA hashes by itself.
        let digest = algorithm == .edDSA ? nil : EVP_sha256()
        guard EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

/// As much of DER (X.690) as public keys need.
private enum DER {
    static let ecPublicKey: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
    static let p256: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
    static let ed25519: [UInt8] = [0x06, 0x03, 0x2B, 0x65, 0x70]
    static let rsaEncryption: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
    static let null: [UInt8] = [0x05, 0x00]

    static func sequence(_ content: [UInt8]) -> [UInt8] { tagged(0x30, content) }
    static func bits(_ content: [UInt8]) -> [UInt8] { tagged(0x03, [0] + content) }

    /// A positive number, whose first bit would else be a sign.
    static func integer(_ number: [UInt8]) -> [UInt8] { tagged(0x02, (number.first ?? 0) >= 0x80 ? [0] + number : number) }

    private static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] =
            count < 0x80
            ? [UInt8(truncatingIfNeeded: count)]
            : count < 0x100
                ? [0x81, UInt8(truncatingIfNeeded: count)] : [0x82, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
        return [tag] + length + content
    }
}
