import Foundation
import LatchkeySecrets
import LatchkeyWeb

/// What a new password must be, for whoever sets one: people themselves, managers, links.
package enum PasswordRules {
    /// Notes on `fields`, under `field`, everything that the policy refuses in this password of this person.
    package static func judge(_ password: String, field: String, policy: PasswordPolicy, person: PersonWords, _ fields: Fields) {
        for problem in policy.problems(password, person: person) { fields.invalid(field, problem.code.rawValue, problem.message) }
    }

    /// Notes on `fields`, under `field`, that a new password is the current one.
    static func requireAnother(than current: String, _ password: String, field: String, _ fields: Fields) {
        if password.precomposedStringWithCompatibilityMapping.utf8.elementsEqual(current.precomposedStringWithCompatibilityMapping.utf8) {
            fields.invalid(field, "same_password", "Choose another password than the current one.")
        }
    }
}
