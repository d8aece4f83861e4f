/// An account's rules for passwords (user-management.md, Password criteria; api.md, users; rulings 31 and 32).
package struct PasswordPolicy: Sendable, Hashable {
    package var minLength: Int
    package var requireUpper: Bool
    package var requireLower: Bool
    package var requireDigit: Bool
    package var requireSymbol: Bool

    package init(
        minLength: Int = 12, requireUpper: Bool = true, requireLower: Bool = true, requireDigit: Bool = true, requireSymbol: Bool = false
    ) {
        self.minLength = minLength
        self.requireUpper = requireUpper
        self.requireLower = requireLower
        self.requireDigit = requireDigit
        self.requireSymbol = requireSymbol
    }

    /// A password below this many bits is refused (ruling 32).
    package static let leastBits = 27.0

    /// Promises everything that is wrong with a password for this person, in a fixed order; empty when it may be used.
    package func problems(_ password: String, person: PersonWords) -> [PasswordProblem] {
        guard (try? PasswordText.bytes(password)) != nil else { return [.init(.tooLong, minLength)] }
        let text = PasswordText.nfkc(password)
        let folded = PasswordText.folded(password)
        var codes: [PasswordProblem.Code] = []
        if password.unicodeScalars.count < minLength { codes.append(.tooShort) }
        if requireUpper, !text.unicodeScalars.contains(where: \.properties.isUppercase) { codes.append(.needsUpper) }
        if requireLower, !text.unicodeScalars.contains(where: \.properties.isLowercase) { codes.append(.needsLower) }
        if requireDigit, !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .decimalNumber }) {
            codes.append(.needsDigit)
        }
        if requireSymbol, !text.unicodeScalars.contains(where: Self.isSymbol) { codes.append(.needsSymbol) }
        if person.forbidden.contains(where: { PasswordText.contains(folded, $0) }) { codes.append(.containsPersonal) }
        if PasswordStrength.bits(text, words: person.known) < Self.leastBits { codes.append(.tooGuessable) }
        return codes.map { PasswordProblem($0, minLength) }
    }

    /// Punctuation, symbols (emoji among them) and spaces.
    private static func isSymbol(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol, .spaceSeparator:
            true
        default: false
        }
    }
}
