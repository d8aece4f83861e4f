import CCrypto

/// A key pair of a test, as authenticators have them.
package final class SoftKey: @unchecked Sendable {
    package enum Kind: Int, Sendable, CaseIterable { case es256 = -7, edDSA = -8, rs256 = -257 }

    package let kind: Kind
    private let key: OpaquePointer

    package init(_ kind: Kind) {
        self.kind = kind
        switch kind {
        case .rs256: key = latchkey_rsa_new(2048)
        case .es256, .edDSA:
            let context = EVP_PKEY_CTX_new_from_name(nil, kind == .es256 ? "EC" : "ED25519", nil)
            defer { EVP_PKEY_CTX_free(context) }
            EVP_PKEY_keygen_init(context)
            if kind == .es256 { EVP_PKEY_CTX_set_group_name(context, "P-256") }
            var made: OpaquePointer?
            EVP_PKEY_generate(context, &made)
            guard let made else { fatalError("OpenSSL makes no key") }
            key = made
        }
    }

    deinit { EVP_PKEY_free(key) }

    package func sign(_ message: [UInt8]) -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        EVP_DigestSignInit(context, nil, kind == .edDSA ? nil : EVP_sha256(), nil, key)
        var signature = [UInt8](repeating: 0, count: 1024)
        var length = signature.count
        EVP_DigestSign(context, &signature, &length, message, message.count)
        return Array(signature.prefix(length))
    }

    /// The public key in COSE's form.
    package var cose: [UInt8] {
        switch kind {
        case .es256:
            let point = octets("encoded-pub-key")
            return Bytes.map([
                (Bytes.int(1), Bytes.int(2)), (Bytes.int(3), Bytes.int(-7)), (Bytes.int(-1), Bytes.int(1)),
                (Bytes.int(-2), Bytes.string(Array(point[1..<33]))), (Bytes.int(-3), Bytes.string(Array(point[33..<65]))),
            ])
        case .edDSA:
            return Bytes.map([
                (Bytes.int(1), Bytes.int(1)), (Bytes.int(3), Bytes.int(-8)), (Bytes.int(-1), Bytes.int(6)),
                (Bytes.int(-2), Bytes.string(octets("pub"))),
            ])
        case .rs256:
            return Bytes.map([
                (Bytes.int(1), Bytes.int(3)), (Bytes.int(3), Bytes.int(-257)), (Bytes.int(-1), Bytes.string(number(1))),
                (Bytes.int(-2), Bytes.string(number(0))),
            ])
        }
    }

    private func octets(_ name: String) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 256)
        var length = 0
        EVP_PKEY_get_octet_string_param(key, name, &bytes, bytes.count, &length)
        return Array(bytes.prefix(length))
    }

    private func number(_ isModulus: Int32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let length = latchkey_rsa_number(key, isModulus, &bytes, Int32(bytes.count))
        return Array(bytes.prefix(max(0, Int(length))))
    }
}

/// CBOR, written.
package enum Bytes {
    package static func head(_ major: UInt8, _ number: Int) -> [UInt8] {
        if number < 24 { return [major << 5 | UInt8(number)] }
        if number < 256 { return [major << 5 | 24, UInt8(number)] }
        return [major << 5 | 25, UInt8(number >> 8), UInt8(number & 255)]
    }

    package static func int(_ number: Int) -> [UInt8] { number < 0 ? head(1, -1 - number) : head(0, number) }
    package static func string(_ bytes: [UInt8]) -> [UInt8] { head(2, bytes.count) + bytes }
    package static func text(_ text: String) -> [UInt8] { head(3, text.utf8.count) + Array(text.utf8) }
    package static func map(_ pairs: [(key: [UInt8], value: [UInt8])]) -> [UInt8] { head(5, pairs.count) + pairs.flatMap { $0.key + $0.value } }
}
