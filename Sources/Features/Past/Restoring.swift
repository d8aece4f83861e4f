import HistoryFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import RolesFeature
import UsersFeature

/// Bringing back what was: an edit to an earlier value, judged and recorded like any other.
enum Restoring {
    /// What of a user can be as it was. E-mail and password have ways of their own.
    enum UserField: String, CaseIterable, Sendable {
        case firstName = "first_name", lastName = "last_name", username, roles, apiKeys = "api_keys", places, endsAt = "ends_at"
    }

    enum RoleField: String, CaseIterable, Sendable {
        case name, description, screens, functions
    }

    /// One field of a user before one of their entries, as the body of an edit.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    static func userEdit(_ user: User, _ fields: Fields, _ permit: borrowing Permit, _ tx: any Transaction) throws -> (edit: JSON, HistoryEntry) {
        if fields.isAbsent("field") { fields.invalid("field", "required", "This is required.") }
        let field: UserField? = fields.optionalChoice("field")
        let entry = try entry(about: user.subject, fields, permit, tx)
        let change = field.flatMap { entry?.change(of: $0.rawValue) }
        if let field, entry != nil, change == nil { fields.invalid("field", "not_in_entry", "The entry changed no \(field.rawValue).") }
        try fields.finish()
        guard let field, let entry, let change else { throw Hidden() }
        return (JSON(members: [(field.rawValue, change["from"] ?? .null)]), entry)
    }

    /// Makes a field of a user what it was before one of their entries.
    /// - Throws: as `Users.update`.
    static func user(
        _ id: UserID, _ fields: () throws -> Fields, match: (User) throws -> Void, _ permit: borrowing Permit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> (before: User, after: User) {
        let before = try Users.find(id, permit, tx)
        let edit = try userEdit(before, fields(), permit, tx).edit
        return (before, try Users.update(id, { try Fields(edit) }, match: match, permit, tx, ledger))
    }

    /// A role before one of its entries, as the body of an edit: all of it, or the field that is named.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    static func roleEdit(_ role: RoleDefinition, _ fields: Fields, _ permit: borrowing Permit, _ tx: any Transaction) throws -> (
        edit: JSON, HistoryEntry
    ) {
        let field: RoleField? = fields.optionalChoice("field")
        let entry = try entry(about: role.subject, fields, permit, tx)
        if entry?.action == "role.created" { fields.invalid("entry", "not_in_entry", "Before this entry there was no such role.") }
        try fields.finish()
        guard let entry else { throw Hidden() }
        guard let past = try PastRole.find(role.id, permit, tx, taking: { $0.seq >= entry.seq }) else {
            throw Problem.invalid("entry", "not_known", "What the role was before this entry was erased from the history.")
        }
        let grants = past.role.grants
        let whole: [(RoleField, JSON)] = [
            (.name, .string(past.name)), (.description, .string(past.description)), (.screens, grants.screensJSON),
            (.functions, grants.functionsJSON),
        ]
        return (JSON(members: whole.filter { field == nil || $0.0 == field }.map { ($0.0.rawValue, $0.1) }), entry)
    }

    /// Makes a role what it was before one of its entries.
    /// - Throws: as `Roles.update`.
    static func role(
        _ id: RoleID, _ fields: () throws -> Fields, match: (ETag) throws -> Void, _ permit: borrowing Permit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> RoleDefinition {
        let edit = try roleEdit(Roles.find(id, permit, tx), fields(), permit, tx).edit
        return try Roles.update(id, { try Fields(edit) }, match: match, permit, tx, ledger)
    }

    /// The entry that a body names; one about anything else is an unknown reference.
    private static func entry(
        about subject: Subject, _ fields: Fields, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> HistoryEntry? {
        if fields.isAbsent("entry") { fields.invalid("entry", "required", "This is required.") }
        guard let id = fields.optionalID("entry", HistoryKind.self) else { return nil }
        do {
            let entry = try HistoryPage.entry(id, permit, tx)
            if entry.subjectKind == subject.kind, entry.subjectID == subject.id { return entry }
        } catch is Hidden {}
        fields.unknownReference("entry")
        return nil
    }
}
