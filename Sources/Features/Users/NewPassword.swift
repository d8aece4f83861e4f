import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import SignInFeature

/// A password that somebody sets for a person, judged and not hashed yet.
package struct NewPassword: Sendable {
    package let text: String
    package let isGenerated: Bool
    fileprivate let basis: PasswordBasis
}

/// What a password is judged by. Judging takes its time: where this has not changed, the second look in the write need not judge again.
struct PasswordBasis: Sendable, Hashable {
    let policy: PasswordPolicy
    let account: String
    let username: String
    let firstName: String
    let lastName: String
    let email: String

    init(_ account: AccountFacts, username: String, firstName: String, lastName: String, email: String) {
        policy = account.security.password
        self.account = account.name
        self.username = username
        self.firstName = firstName
        self.lastName = lastName
        self.email = email
    }

    var words: PersonWords {
        PersonWords(username: username, firstName: firstName, lastName: lastName, email: email, accountNames: [account])
    }
}

extension Fields {
    /// As `newPassword`, but leaving both out is right too.
    func optionalPassword(generating: String, by basis: PasswordBasis, judged: NewPassword?) -> NewPassword? {
        if isAbsent("password"), optionalFlag(generating) != true { return nil }
        return newPassword(generating: generating, by: basis, judged: judged)
    }

    /// The password that the body has, or a new one where the field `generating` asks for it; nil where neither is right, which is noted.
    /// - Parameter judged: What the first look made of the same body.
    func newPassword(generating: String, by basis: PasswordBasis, judged: NewPassword?) -> NewPassword? {
        let generates = optionalFlag(generating) ?? false
        let isTyped = has("password") && !isNull("password")
        switch (isTyped, generates) {
        case (true, true): invalid("password", "mutually_exclusive", "Give a password or have one generated, not both.")
        case (false, false): invalid("password", "required", "Give a password, or have one generated.")
        case (true, false):
            let text = secret("password")
            if let judged, judged.basis == basis { return judged }
            guard value("password")?.text != nil, text.utf8.count <= 1024 else { return nil }
            PasswordRules.judge(text, field: "password", policy: basis.policy, person: basis.words, self)
            return NewPassword(text: text, isGenerated: false, basis: basis)
        case (false, true):
            if let judged {
                if judged.basis != basis { PasswordRules.judge(judged.text, field: "password", policy: basis.policy, person: basis.words, self) }
                return judged
            }
            return NewPassword(text: PasswordGenerator.generate(basis.policy, person: basis.words), isGenerated: true, basis: basis)
        }
        return nil
    }
}

extension NewPassword? {
    /// The hash of a password, where there is one.
    func hashed(_ house: House) async throws -> String? {
        guard let self else { return nil }
        return try await house.hasher.hash(self.text)
    }
}
