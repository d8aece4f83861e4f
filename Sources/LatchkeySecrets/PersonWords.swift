/// What is known of the person who gets a password, and of their account: words that their password must not be made of.
package struct PersonWords: Sendable {
    package var username: String?
    package var firstName: String?
    package var lastName: String?
    package var email: String?
    package var accountNames: [String]

    package init(
        username: String? = nil, firstName: String? = nil, lastName: String? = nil, email: String? = nil, accountNames: [String] = []
    ) {
        self.username = username
        self.firstName = firstName
        self.lastName = lastName
        self.email = email
        self.accountNames = accountNames
    }

    /// What a password may not contain, folded: username, first and last name, the e-mail's local part, each of three or more characters.
    var forbidden: [String] {
        own.map { PasswordText.folded(String(String.UnicodeScalarView($0.unicodeScalars.prefix(254)))) }
            .filter { $0.unicodeScalars.count >= 3 }
    }

    /// What libzxcvbn takes as known: all of those, the e-mail's domain, the account's names, and the parts of each.
    var known: [String] {
        let whole = own + [email].compactMap { $0 } + accountNames.prefix(8)
        let folded = whole.map { PasswordText.folded(String(String.UnicodeScalarView($0.unicodeScalars.prefix(254)))) }
        let parts = folded.flatMap { text in
            text.unicodeScalars.split { !$0.properties.isAlphabetic && $0.properties.numericType == nil }.map { String($0) }
        }
        return folded + parts.filter { $0.utf8.count >= 3 }
    }

    private var own: [String] { [username, firstName, lastName, localPart].compactMap { $0 } }

    private var localPart: String? {
        guard let email else { return nil }
        return String(email.unicodeScalars[..<(email.unicodeScalars.lastIndex(of: "@") ?? email.endIndex)])
    }
}
