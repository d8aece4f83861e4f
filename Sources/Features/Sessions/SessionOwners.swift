import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// Sessions by who owns them, for a hand-over: the one exception to the rule that an owner never changes.
extension Sessions {
    /// The keys that a user's sessions are under, whether or not the principal holds them.
    package static func keys(ownedBy user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<APIKeyID> {
        try SessionOwnerStore.keys(of: user, permit, tx)
    }

    /// Whether the principal may write every session of a user.
    package static func mayWriteAll(ownedBy user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        try !SessionOwnerStore.hasMore(than: permit.writableSessions, of: user, permit, tx)
    }

    /// Makes `to` the owner of all that `from` owns, with an event in each session; answers how many. The caller has judged that it may be
    /// done, and records it.
    package static func handOver(
        from: UserID, to: UserID, named name: String, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Int {
        let sessions = try SessionOwnerStore.setOwner(to, named: name, ofAllOf: from, permit, tx)
        let data: JSON = ["from": JSON(from), "to": JSON(to), "name": .string(name)]
        for session in sessions {
            try SessionRecordStore.append(event: "session.handed_over", to: session, data: data, at: ledger.now, permit, tx)
        }
        return sessions.count
    }
}
