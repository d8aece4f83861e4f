import LatchkeyAccess
import LatchkeyDatabase

/// What sessions are found by: the beginnings of words, case-folded, and whole codes and ids.
package enum SessionSearch {
    private static let maxWords = 40
    private static let maxLength = 64

    /// The words of some texts, canonical, each once.
    package static func words(_ texts: [String?]) -> [String] {
        var seen: Set<String> = []
        var words: [String] = []
        for text in texts.compactMap({ $0 }) {
            for word in split(text) where seen.insert(word).inserted && words.count < maxWords { words.append(word) }
        }
        return words
    }

    /// What is asked for: an id, or words of which each must begin a word of the session.
    package enum Query: Sendable, Hashable {
        case id(SessionID)
        case words([String])
    }

    /// Nil where nothing is asked for.
    package static func query(_ text: String) -> Query? {
        let trimmed = text.unicodeScalars.filter { !$0.properties.isWhitespace }
        let compact = String(String.UnicodeScalarView(trimmed))
        if let id = SessionID(compact.lowercased()) { return .id(id) }
        // A telephone number as people write it is one word.
        let digits = trimmed.filter { $0 >= "0" && $0 <= "9" }
        let isPhone = digits.count >= 5 && trimmed.allSatisfy { ($0 >= "0" && $0 <= "9") || "+-()/.".unicodeScalars.contains($0) }
        if isPhone, trimmed.first == "+" || trimmed.count > digits.count || text.unicodeScalars.count > trimmed.count {
            return .words([String(String.UnicodeScalarView(digits))])
        }
        let words = split(text)
        if words.isEmpty { return text.unicodeScalars.allSatisfy(\.properties.isWhitespace) ? nil : .words(["\u{1}"]) }
        return .words(Array(words.prefix(8)))
    }

    private static func split(_ text: String) -> [String] {
        IdentityKey.canonical(text).unicodeScalars
            .split { !($0.properties.isAlphabetic || $0.properties.numericType != nil || $0.properties.generalCategory == .nonspacingMark) }
            .map { String(String.UnicodeScalarView($0.prefix(maxLength))) }
    }
}
