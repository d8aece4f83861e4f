import LatchkeyDatabase

/// The words that a search for people compares: the beginning of words, by canonical form.
package enum UserSearch {
    /// The words of a person's names, username and e-mail, each with a space before it and going on to the next white space, so that
    /// `berg`, `berg@` and `example.com` all find `una.berg@example.com`.
    static func text(of user: User) -> String {
        text(firstName: user.firstName, lastName: user.lastName, username: user.username, email: user.email)
    }

    static func text(firstName: String, lastName: String, username: String, email: String) -> String {
        var words: [String] = []
        for word in [firstName, lastName, username, email].flatMap(split) {
            for word in beginnings(in: word) where !words.contains(word) { words.append(word) }
        }
        return words.map { " " + $0 }.joined()
    }

    /// So many scalars of a word stand in the index of words; `text` has it whole.
    static let indexedLength = 64

    /// What a text has in the index of words.
    static func indexed(_ text: String) -> Set<String> { Set(split(text).map(beginning)) }

    /// What is looked up in the index of words for each word that is looked for.
    static func lookedUp(_ search: String) -> [String] { split(search).map(beginning) }

    private static func beginning(of word: String) -> String { String(String.UnicodeScalarView(word.unicodeScalars.prefix(indexedLength))) }

    /// For each word that is looked for, the pattern of `LIKE ... ESCAPE '!'` that finds it at the beginning of one of `text`'s.
    package static func patterns(_ search: String) -> [String] {
        split(search).map { word in
            var pattern = "% "
            for scalar in word.unicodeScalars {
                if scalar == "!" || scalar == "%" || scalar == "_" { pattern.unicodeScalars.append("!") }
                pattern.unicodeScalars.append(scalar)
            }
            return pattern + "%"
        }
    }

    private static func split(_ text: String) -> [String] {
        IdentityKey.canonical(text).unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }
    }

    /// The whole, and what follows from each word within it.
    private static func beginnings(in text: String) -> [String] {
        let scalars = text.unicodeScalars
        var found = [text]
        var wasWord = true
        for index in scalars.indices {
            let isWord = isWord(scalars[index])
            if isWord, !wasWord { found.append(String(scalars[index...])) }
            wasWord = isWord
        }
        return found
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark, .enclosingMark,
            .decimalNumber, .letterNumber, .otherNumber:
            true
        default: false
        }
    }
}
