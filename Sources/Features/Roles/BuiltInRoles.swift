import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The roles that an account has from its catalogue.
package enum BuiltInRoles {
    /// Gives a new account the built-in roles of its catalogue; the entry of its creation covers them.
    /// - Throws: `DatabaseError.unique` where the account has roles of these names already.
    package static func install(
        _ catalogue: Catalogue, in account: AccountID, at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws {
        // Lists are newest first: the catalogue's first role gets the highest id.
        let ids = catalogue.roles.map { _ in RoleID.new(at: now) }.sorted(by: >)
        for (id, role) in zip(ids, catalogue.roles) {
            let definition = RoleDefinition(
                role: Role(id: id, name: role.name, grants: role.grants, isManager: role.isManager, gives: role.gives),
                description: role.description, isBuiltIn: true, createdAt: now)
            try RoleStore.insert(definition, in: account, permit, tx)
        }
    }
}
