import LatchkeyAccess
import LatchkeyDatabase

/// What the gate knows of an account without asking its stores.
package struct AccountFacts: Sendable {
    package let id: AccountID
    package let name: String
    package let group: GroupID?
    package let catalogue: Catalogue
    package let security: SecuritySettings
    package let isDisabled: Bool
    package let places: PlaceTree
}

extension AccountFacts {
    /// The facts of the permit's account.
    package static func of(_ permit: borrowing Permit, _ tx: any Transaction) throws -> AccountFacts {
        guard let facts = try Facts.account(permit.account, tx) else { throw Hidden() }
        return facts
    }

    /// The facts of an account in the permit's groups.
    /// - Throws: `Hidden`.
    package static func of(_ account: AccountID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> AccountFacts {
        guard let facts = try Facts.account(account, tx), permit.access.reaches(facts.group) else { throw Hidden() }
        return facts
    }
}
