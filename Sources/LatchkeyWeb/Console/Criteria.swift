import LatchkeySecrets

extension FormView {
    /// The rules that a new password must fulfil, which tick off while it is typed. `words` are known already, `wordsFrom` are fields of the form.
    package func criteria(_ field: StaticString, _ policy: PasswordPolicy, words: [String] = [], wordsFrom fields: String = "") -> HTML {
        let known = words.filter { !$0.isEmpty }.joined(separator: " ")
        return """
            <ul class="criteria" data-criteria="\(literal: field)" id="\(literal: field)-criteria"\(attribute: "data-words-from", fields.isEmpty ? nil : fields)>
            <li data-rule="min-length" data-min="\(policy.minLength)">\(t("At least %1 characters", String(policy.minLength)))</li>
            \(if: policy.requireUpper, "<li data-rule=\"upper\">\(t("An upper-case letter"))</li>")
            \(if: policy.requireLower, "<li data-rule=\"lower\">\(t("A lower-case letter"))</li>")
            \(if: policy.requireDigit, "<li data-rule=\"digit\">\(t("A digit"))</li>")
            \(if: policy.requireSymbol, "<li data-rule=\"symbol\">\(t("A symbol"))</li>")
            <li data-rule="not-guessable">\(t("Not a known or guessable password"))</li>
            <li data-rule="no-words"\(attribute: "data-words", known.isEmpty ? nil : known)>\(t("Not a name or e-mail of this person"))</li></ul>
            """
    }
}
