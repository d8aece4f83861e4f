import CSodium

/// libsodium, started once; every use in this module goes through `start()` first.
enum Sodium {
    /// Makes libsodium ready, thread-safely; a machine without a working random source cannot run Latchkey at all.
    static func start() { precondition(started, "libsodium cannot start: the system has no random source") }

    private static let started = sodium_init() >= 0
}

/// Comparison whose time does not depend on where two byte strings differ (security.md K2).
package enum ConstantTime {
    /// Promises true exactly for equal bytes; only the lengths, which are public, may be told from the time.
    package static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count == b.count && sodium_memcmp(a, b, a.count) == 0
    }
}

/// Base64 (RFC 4648 section 4) without padding, as PHC strings and the master key's file have it.
enum Base64 {
    static func encode(_ bytes: [UInt8], as variant: Int32 = sodium_base64_VARIANT_ORIGINAL_NO_PADDING) -> String {
        var text = [CChar](repeating: 0, count: sodium_base64_encoded_len(bytes.count, variant))
        sodium_bin2base64(&text, text.count, bytes, bytes.count, variant)
        return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Nil for anything but canonical base64 of at most `limit` bytes.
    static func decode(
        _ text: some StringProtocol, limit: Int = 256, as variant: Int32 = sodium_base64_VARIANT_ORIGINAL_NO_PADDING
    ) -> [UInt8]? {
        let source = text.utf8.map { CChar(bitPattern: $0) }
        var bytes = [UInt8](repeating: 0, count: limit)
        var length = 0
        let status = sodium_base642bin(&bytes, limit, source, source.count, nil, &length, nil, variant)
        guard status == 0, length <= limit else { return nil }
        let decoded = Array(bytes.prefix(length))
        return encode(decoded, as: variant).utf8.elementsEqual(text.utf8) ? decoded : nil
    }
}

/// Base64 with padding (RFC 4648 section 4), as signed notes have it.
package enum PaddedBase64 {
    package static func encode(_ bytes: [UInt8]) -> String { Base64.encode(bytes, as: sodium_base64_VARIANT_ORIGINAL) }

    /// Nil for anything but what `encode` makes of at most 256 bytes.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? { Base64.decode(text, as: sodium_base64_VARIANT_ORIGINAL) }
}
