import LatchkeyAccess

/// One of Latchkey's words as the company calls it that is looked at: its catalogue's term, else the English one.
package func word(_ word: Word) -> String { Words.own[word] ?? word.english }

/// The same inside of a sentence: with a small first letter, unless it is an abbreviation.
package func wordInside(_ inside: Word) -> String {
    let text = word(inside)
    guard let first = text.unicodeScalars.first, first.properties.isUppercase,
        text.unicodeScalars.dropFirst().first.map({ !$0.properties.isUppercase }) ?? true
    else { return text }
    return text.prefix(1).lowercased() + text.dropFirst()
}

package enum Words {
    /// The terms of the catalogue of whoever looks at the page that is being answered.
    @TaskLocal package static var own: [Word: String] = [:]
}

extension Word {
    /// What Latchkey itself says.
    package var english: String {
        switch self {
        case .account: t("Account")
        case .accounts: t("Accounts")
        case .user: t("User")
        case .users: t("Users")
        case .createUser: t("Create user")
        case .screen: t("Screen")
        case .screens: t("Screens")
        case .function: t("Function")
        case .functions: t("Functions")
        case .role: t("Role")
        case .roles: t("Roles")
        case .createRole: t("Create role")
        case .place: t("Place")
        case .places: t("Places")
        case .placeAccess: t("Places")
        case .login: t("Active session")
        case .logins: t("Active sessions")
        case .integration: t("Integration")
        case .integrations: t("Integrations")
        case .link: t("Sharable link")
        case .links: t("Sharable links")
        case .history: t("History")
        case .actor: t("Who")
        case .disable: t("Disable")
        case .enable: t("Enable")
        case .disabled: t("Disabled")
        case .allowedAddresses: t("Allowed addresses")
        }
    }
}
