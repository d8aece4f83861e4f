import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The links assigned to a user, all of them.
enum LinkOwnerStore {
    static func keys(of user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<APIKeyID> {
        Set(
            try tx.rows("SELECT DISTINCT api_key FROM links WHERE account = \(permit.account) AND user_id = \(user)") {
                try APIKeyID(row: $0, column: 0)
            })
    }

    static func ids(of user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [LinkID] {
        try tx.rows("SELECT id FROM links WHERE account = \(permit.account) AND user_id = \(user) ORDER BY id") { try $0[0] }
    }
}
