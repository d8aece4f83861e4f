/// Codes for whoever has lost their second factor: ten, of 80 bits each, for one use each (security.md P11).
package enum RecoveryCode {
    package static let count = 10
    private static let length = 16
    /// Crockford's: no letter looks like a digit.
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// New ones, as people keep them: `k3f9-0a1b-…`.
    package static func make() -> [String] {
        (0..<count).map { _ in
            let code = Random.pick(length, of: alphabet)
            return stride(from: 0, to: length, by: 4).map { String(decoding: code[$0..<($0 + 4)], as: UTF8.self) }.joined(separator: "-")
        }
    }

    /// The hash under which a holder's code is stored and looked up, however it is typed; nil for what is no code.
    package static func hash(_ typed: String, of holder: String) -> [UInt8]? {
        guard typed.utf8.count <= 100 else { return nil }
        var code: [UInt8] = []
        for byte in typed.lowercased().utf8 {
            switch byte {
            case UInt8(ascii: "o"): code.append(UInt8(ascii: "0"))
            case UInt8(ascii: "i"), UInt8(ascii: "l"): code.append(UInt8(ascii: "1"))
            case UInt8(ascii: "-"), UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): continue
            default:
                guard alphabet.contains(byte) else { return nil }
                code.append(byte)
            }
        }
        return code.count == length ? SHA256.hash(Array("recovery code ".utf8) + Array(holder.utf8) + [0] + code) : nil
    }
}

/// A code of eight digits that is mailed to whoever signs in. So few digits are hashed under a key, and live for minutes.
package enum MailedCode {
    package static let seconds: Int64 = 600
    private static let digits = 8

    package static func make() -> String {
        let text = String(Random.below(100_000_000))
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }

    /// The keyed hash of a code, for one sign-in alone; nil for what is no code.
    package static func hash(_ typed: String, for flow: [UInt8], _ key: MasterKey) -> [UInt8]? {
        let text = Array(typed.unicodeScalars.filter { !$0.properties.isWhitespace }.prefix(digits + 1).flatMap { Array(String($0).utf8) })
        guard text.count == digits, text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return key.fingerprint(flow + text, context: "mailed code")
    }
}
