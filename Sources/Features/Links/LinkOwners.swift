import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Links by whom they are assigned to, for a hand-over.
extension Links {
    /// The keys that a user's links are under, whether or not the principal holds them.
    package static func keys(assignedTo user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<APIKeyID> {
        try LinkOwnerStore.keys(of: user, permit, tx)
    }

    /// Whether the principal may change every link of a user.
    package static func mayWriteAll(assignedTo user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        let keys = try keys(assignedTo: user, permit, tx)
        return keys.isEmpty || permit.access.level(of: .links) == .full && permit.keys.contains(.only(keys))
    }

    /// How many links a user has.
    package static func count(assignedTo user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try LinkOwnerStore.ids(of: user, permit, tx).count
    }

    /// Assigns to `to` all that is assigned to `from`, with an entry for each link; answers how many. The caller has judged that it may be done.
    package static func handOver(
        from: UserID, to: UserID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Int {
        let ids = try LinkOwnerStore.ids(of: from, permit, tx)
        for id in ids {
            let before = try find(id, at: ledger.now, permit, tx)
            var link = before
            link.user = to
            try LinkStore.update(link, permit, tx)
            try ledger.recordChange("link.changed", link.subject, from: before.details, to: link.details)
        }
        return ids.count
    }
}
