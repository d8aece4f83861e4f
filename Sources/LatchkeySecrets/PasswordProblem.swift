/// One reason why a password is refused: a stable code for programs and a sentence for people.
package struct PasswordProblem: Sendable, Hashable {
    package let code: Code
    package let message: String

    /// The codes of field errors on a password; they never change.
    package enum Code: String, CaseIterable, Sendable {
        case tooShort = "too_short"
        case tooLong = "too_long"
        case needsUpper = "needs_upper"
        case needsLower = "needs_lower"
        case needsDigit = "needs_digit"
        case needsSymbol = "needs_symbol"
        case containsPersonal = "contains_personal"
        case tooGuessable = "too_guessable"
    }

    init(_ code: Code, _ minLength: Int) {
        self.code = code
        message =
            switch code {
            case .tooShort: "Use at least \(minLength) characters."
            case .tooLong: "Use at most 1,024 bytes of text."
            case .needsUpper: "Use at least one upper-case letter."
            case .needsLower: "Use at least one lower-case letter."
            case .needsDigit: "Use at least one digit."
            case .needsSymbol: "Use at least one symbol, such as - or !."
            case .containsPersonal: "Do not use the person's username, name or e-mail address in the password."
            case .tooGuessable: "This password is too easy to guess. Add unusual words or make it longer."
            }
    }
}
