import CSodium

/// Randomness of cryptographic quality, from the operating system through libsodium.
package enum Random {
    /// Promises `n` random bytes (none where `n` is not positive).
    package static func bytes(_ n: Int) -> [UInt8] {
        Sodium.start()
        var bytes = [UInt8](repeating: 0, count: max(0, n))
        randombytes_buf(&bytes, bytes.count)
        return bytes
    }

    /// Promises `n` characters of `0-9A-Za-z`, each as likely as any other (security.md K1).
    package static func base62(_ n: Int) -> String {
        String(decoding: pick(n, of: Base62.alphabet), as: UTF8.self)
    }

    /// Promises a number from 0 up to but not including `n`, each as likely as any other (0 where `n` is 0).
    package static func below(_ n: UInt32) -> UInt32 {
        Sodium.start()
        return randombytes_uniform(n)
    }

    /// `n` bytes drawn evenly from an alphabet of at most 256: bytes beyond its largest multiple are thrown away, not folded back.
    static func pick(_ n: Int, of alphabet: [UInt8]) -> [UInt8] {
        guard !alphabet.isEmpty, alphabet.count <= 256 else { return [] }
        let fair = 256 - 256 % alphabet.count
        var picked: [UInt8] = []
        while picked.count < n {
            for byte in bytes(n - picked.count) where Int(byte) < fair { picked.append(alphabet[Int(byte) % alphabet.count]) }
        }
        return picked
    }
}

/// The digits of secrets: `0-9A-Za-z`.
enum Base62 {
    static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    static func contains(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// Six digits, zero-padded: enough for every 32-bit number.
    static func six(_ number: UInt32) -> [UInt8] {
        var rest = Int(number)
        var digits: [UInt8] = []
        for _ in 0..<6 {
            digits.append(alphabet[rest % 62])
            rest /= 62
        }
        return digits.reversed()
    }
}
