import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// What is looked up for a link before its account is known.
enum LinkDoorStore {
    /// The link whose token this is, in whatever account.
    static func find(
        _ hash: [UInt8], _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> (account: AccountID, id: LinkID, name: String, apiKey: APIKeyID)? {
        try tx.row("SELECT account, id, name, api_key FROM links WHERE hash = \(hash)") {
            (account: try $0[0], id: try $0[1], name: try $0[2], apiKey: try $0[3])
        }
    }
}
