import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import RolesFeature

/// The fields of a user's body. What each may give, the verbs judge after all of it is well-formed.
extension Fields {
    /// The name that signs in; the e-mail where none is given.
    func username(or email: String) -> String {
        guard let text = optionalText("username", 1...254) else { return email }
        if text.unicodeScalars.contains("@") {
            if IdentityKey.canonical(text) != IdentityKey.canonical(email) {
                invalid("username", "not_own_email", "A username with an @ must be the person's own e-mail.")
            }
        } else if text.unicodeScalars.count > 64 {
            invalid("username", "too_long", "This must have 1 to 64 characters; it has \(text.unicodeScalars.count).")
        } else if !text.unicodeScalars.allSatisfy(\.isOfUsernames) || IdentityKey.canonical(text).isEmpty {
            invalid("username", "invalid_character", "A username is made of letters, digits and . _ - + alone, or is the person's own e-mail.")
        }
        return text
    }

    /// One or more roles of the account, by id.
    func roles(_ permit: borrowing Permit, _ tx: any Transaction) throws -> [Role] {
        guard let ids = ids("roles", RoleKind.self) else {
            if !has("roles") || isNull("roles") { invalid("roles", "required", "Give one or more roles.") }
            return []
        }
        if ids.isEmpty { invalid("roles", "required", "Give one or more roles.") }
        let roles = try Roles.existing(Set(ids), permit, tx)
        if roles.count < ids.count { unknownReference("roles") }
        return roles
    }

    /// `"all"` or keys of the account, those too that the caller does not hold (ruling 2); none where none are given.
    func keys(_ permit: borrowing Permit, _ tx: any Transaction) throws -> Scope<APIKeyID> {
        let keys = scope("api_keys", APIKeyKind.self) ?? .nothing
        if case .only(let ids) = keys, try APIKeys.existing(ids, permit, tx).count < ids.count { unknownReference("api_keys") }
        return keys
    }

    /// `"all"`, current and future, or places of the account; none where none are given.
    func places(_ tree: PlaceTree) -> Scope<PlaceID> {
        let places = scope("places", PlaceKind.self) ?? .nothing
        if case .only(let ids) = places, !ids.allSatisfy(tree.contains) { unknownReference("places") }
        return places
    }

    /// A moment to come, or the one that stands there already.
    func end(at now: Timestamp, before: Timestamp? = nil) -> Timestamp? {
        let end = optionalTime("ends_at")
        if let end, end <= now, end != before { invalid("ends_at", "out_of_range", "This must be in the future.") }
        return end
    }
}

extension Unicode.Scalar {
    /// Letters, marks, digits and `._-+`.
    fileprivate var isOfUsernames: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark, .enclosingMark,
            .decimalNumber:
            true
        default: self == "." || self == "_" || self == "-" || self == "+"
        }
    }
}
