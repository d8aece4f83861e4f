import LatchkeySecrets

/// A short code that can be read over a phone: two letters of the account's name and five characters without look-alikes.
package enum SessionCode {
    /// No 0 and O, 1, I and L, U and V.
    package static let alphabet = Array("23456789ABCDEFGHJKMNPQRSTWXYZ".utf8)

    /// The account's two letters: its words' first ones, else its first two; `LK` where it has none of A to Z.
    package static func prefix(of account: String) -> String {
        let words = account.uppercased().unicodeScalars.split { !$0.properties.isAlphabetic }
        let initials = words.compactMap { $0.first(where: isPlain) }
        if initials.count >= 2 { return String(String.UnicodeScalarView(initials.prefix(2))) }
        let letters = words.joined().filter(isPlain)
        return letters.count >= 2 ? String(String.UnicodeScalarView(letters.prefix(2))) : "LK"
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool { scalar >= "A" && scalar <= "Z" }

    package static func random(account: String, length: Int = 5) -> String {
        let tail = (0..<length).map { _ in alphabet[Int(Random.below(UInt32(alphabet.count)))] }
        return prefix(of: account) + "-" + String(decoding: tail, as: UTF8.self)
    }
}
