import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import SignInFeature

/// A password that somebody sets for an administrator, judged and not hashed yet.
package struct NewPassword: Sendable {
    package let text: String
    package let isGenerated: Bool
    fileprivate let basis: PasswordBasis

    static let missing = Problem.invalid("password", "required", "Give a password, or have one generated.")
}

/// What a password is judged by. Judging takes its time: where this has not changed, the second look in the write need not judge again.
private struct PasswordBasis: Sendable, Hashable {
    let name: String
    let email: String
    let enterprise: String

    /// An administrator has one name; its words count like a first and a last name.
    var words: PersonWords {
        let parts = name.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }
        return PersonWords(
            username: email, firstName: parts.first, lastName: parts.count > 1 ? parts.last : nil, email: email, accountNames: [enterprise])
    }
}

extension Fields {
    /// As `newPassword`, but leaving both out is right too.
    func optionalPassword(generating: String, of administrator: Administrator, enterprise: String, judged: NewPassword?) -> NewPassword? {
        if isAbsent("password"), optionalFlag(generating) != true { return nil }
        return newPassword(generating: generating, of: administrator, enterprise: enterprise, judged: judged)
    }

    /// The password that the body has, or a new one where the field `generating` asks for it; nil where neither is right, which is noted.
    /// - Parameter judged: What the first look made of the same body.
    func newPassword(generating: String, of administrator: Administrator, enterprise: String, judged: NewPassword?) -> NewPassword? {
        let basis = PasswordBasis(name: administrator.name, email: administrator.email, enterprise: enterprise)
        let generates = optionalFlag(generating) ?? false
        let isTyped = has("password") && !isNull("password")
        switch (isTyped, generates) {
        case (true, true): invalid("password", "mutually_exclusive", "Give a password or have one generated, not both.")
        case (false, false): invalid("password", "required", "Give a password, or have one generated.")
        case (true, false):
            let text = secret("password")
            guard value("password")?.text != nil, text.utf8.count <= 1024 else { return nil }
            if let judged, judged.basis == basis { return judged }
            PasswordRules.judge(text, field: "password", policy: PasswordPolicy(), person: basis.words, self)
            return NewPassword(text: text, isGenerated: false, basis: basis)
        case (false, true):
            guard let judged else {
                return NewPassword(text: PasswordGenerator.generate(PasswordPolicy(), person: basis.words), isGenerated: true, basis: basis)
            }
            if judged.basis != basis {
                PasswordRules.judge(judged.text, field: "password", policy: PasswordPolicy(), person: basis.words, self)
            }
            return judged
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
