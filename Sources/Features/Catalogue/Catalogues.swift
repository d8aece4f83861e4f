import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import RolesFeature

/// What can be done with an account's catalogue.
package enum Catalogues {
    /// - Throws: `Hidden`.
    package static func find(_ permit: borrowing Permit, _ tx: any Transaction) throws -> Catalogue {
        try AccountFacts.of(permit, tx).catalogue
    }

    /// What another catalogue would change, and what stands against it; it changes nothing.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    package static func preview(
        _ fields: Fields, isBounded: Bool = true, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> CatalogueRevision {
        let before = try find(permit, tx)
        let after = fields.catalogue(over: before)
        try fields.finish()
        return try CatalogueRevision(of: before, to: after, isBounded: isBounded, at: now, permit, tx)
    }

    /// Replaces the account's catalogue and makes its built-in roles what that says; everybody has what they then grant from their next request
    /// on. Security settings that were the old defaults become the new ones.
    /// - Throws: `Hidden`; `Problem` 400, 422, 403, 409 `catalogue_in_use`, `role_in_use`, `role_name_taken`, `excluded_together` or
    ///   `last_manager`, 412.
    package static func replace(
        _ fields: () throws -> Fields, isBounded: Bool = true, match: (ETag) throws -> Void, _ permit: borrowing Permit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> Catalogue {
        let account = try AccountFacts.of(permit, tx)
        let revision = try preview(fields(), isBounded: isBounded, at: ledger.now, permit, tx)
        if let problem = revision.obstacles.first { throw problem }
        try match(account.catalogue.tag)
        if revision.isEmpty { return revision.before }
        try CatalogueStore.replace(
            revision.after, revision: Base64URL.encode(Random.bytes(18)), retired: revision.retired, permit, tx)
        try ledger.record("catalogue.changed", Subject("catalogue", permit.account, account.name), revision.changes)
        try revision.plan.settle(permit, tx, ledger)
        let security = account.security.following(from: revision.before.defaults, to: revision.after.defaults)
        if security != account.security {
            try CatalogueStore.setSecurity(security, permit, tx)
            try ledger.recordChange(
                "settings.changed", Subject("account", permit.account, account.name), from: account.security.json, to: security.json)
        }
        return revision.after
    }
}

extension Catalogue {
    package var tag: ETag { ETag(json) }
}

extension SecuritySettings {
    /// The settings after the defaults have changed: what nobody had chosen follows.
    fileprivate func following(from old: Catalogue.Defaults, to new: Catalogue.Defaults) -> SecuritySettings {
        var settings = self
        if concurrentLogins == old.concurrentLogins { settings.concurrentLogins = new.concurrentLogins }
        if maxLogins == old.maxLogins { settings.maxLogins = new.maxLogins }
        if userDeletion == old.userDeletion { settings.userDeletion = new.userDeletion }
        return settings
    }
}
