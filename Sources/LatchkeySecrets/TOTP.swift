import CCrypto

/// One-time codes of an authenticator app (RFC 6238) under one secret: HMAC-SHA-1, six digits, steps of 30 seconds, as every app takes them. It never
/// prints itself.
package struct TOTP: Sendable {
    package let secret: [UInt8]

    package static let secondsOfAStep: Int64 = 30
    private static let secretLength = 20
    private static let digits = 6

    package init(secret: [UInt8]) { self.secret = secret }

    /// A new secret of 160 bits, as RFC 4226 recommends.
    package static func make() -> TOTP { TOTP(secret: Random.bytes(secretLength)) }

    /// The step that a time is in.
    package static func step(atMilliseconds time: Int64) -> Int64 { Int64((Double(time) / 1000 / Double(secondsOfAStep)).rounded(.down)) }

    /// The code of a step.
    package func code(at step: Int64) -> String {
        let message = stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: step >> Int64($0)) }
        var hash = [UInt8](repeating: 0, count: 20)
        // OpenSSL documents that this fails for want of memory alone; then the code is one that nobody shows.
        if latchkey_hmac_sha1(secret, Int32(secret.count), message, message.count, &hash) == 0 { return "" }
        let offset = Int(hash[19] & 15)
        let number = hash[offset..<(offset + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let text = String(number % 1_000_000)
        return String(repeating: "0", count: Self.digits - text.utf8.count) + text
    }

    /// The step whose code this is: the present one or one beside it, and later than the last that was used. Nil for a wrong or a used code.
    ///
    /// White space, which apps show in the middle, does not matter. All three are compared, whichever it is.
    package func step(of typed: String, atMilliseconds time: Int64, after last: Int64?) -> Int64? {
        let text = Array(typed.unicodeScalars.filter { !$0.properties.isWhitespace }.prefix(Self.digits + 1).flatMap { Array(String($0).utf8) })
        guard text.count == Self.digits else { return nil }
        let now = Self.step(atMilliseconds: time)
        var found: Int64?
        for step in [now - 1, now + 1, now] where ConstantTime.equal(Array(code(at: step).utf8), text) { found = step }
        guard let found, found > last ?? .min else { return nil }
        return found
    }

    /// The secret as people type it into an app.
    package var text: String { Base32.encode(secret) }

    /// What an app reads from the QR code (Key Uri Format); `issuer` and `account` are percent-encoded by the caller's rule.
    package func url(issuer: String, account: String, encode: (String) -> String) -> String {
        let issuer = encode(issuer)
        return "otpauth://totp/\(issuer):\(encode(account))?secret=\(text)&issuer=\(issuer)&algorithm=SHA1&digits=6&period=30"
    }
}

extension TOTP: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "TOTP …" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Base32 (RFC 4648 section 6) without padding.
package enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var (bits, count): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(alphabet[Int(bits >> count & 31)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << (5 - count) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
