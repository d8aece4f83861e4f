import Foundation

/// The forms of a text that password rules look at.
enum PasswordText {
    static let longest = 1_024

    /// The UTF-8 bytes that are hashed, of the NFKC form, so that every way to type a password is the same one (security.md P2).
    static func bytes(_ password: String) throws(PasswordHasher.TooLong) -> [UInt8] {
        guard password.utf8.count <= 4 * longest else { throw PasswordHasher.TooLong() }
        let bytes = Array(nfkc(password).utf8)
        guard bytes.count <= longest else { throw PasswordHasher.TooLong() }
        return bytes
    }

    static func nfkc(_ text: String) -> String { text.precomposedStringWithCompatibilityMapping }

    /// NFKC and case-folded; upper before lower, so that "ß" and "SS", "ς" and "Σ" are the same.
    static func folded(_ text: String) -> String { nfkc(nfkc(text).uppercased().lowercased()) }

    /// Whether the bytes of one text stand in another's; not by Character, where a combining mark would hide a letter.
    static func contains(_ text: String, _ part: String) -> Bool {
        let part = Array(part.utf8)
        var rest = Array(text.utf8)[...]
        while rest.count >= part.count {
            if rest.starts(with: part) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
