import LatchkeyAccess
import LatchkeyDatabase
import LatchkeySecrets
import Synchronization

/// The places that the policy's facts are made of.
enum PlaceFacts {
    /// Trees by their version, which is never used twice: what is remembered under it is right in every transaction and on every node.
    private static let remembered = Mutex<[String: PlaceTree]>([:])

    /// The account's tree as this transaction sees it.
    static func tree(of account: AccountID, version: String, _ tx: any Transaction) throws -> PlaceTree {
        // No change yet, no place.
        if version.isEmpty { return .empty }
        if let known = remembered.withLock({ $0[version] }) { return known }
        let places = try tx.rows("SELECT id, parent FROM places WHERE account = \(account) ORDER BY id") {
            (id: try $0[0] as PlaceID, parent: try $0[1] as PlaceID?)
        }
        let tree = PlaceTree(places)
        remembered.withLock { trees in
            if trees.count >= 500 { trees.removeAll() }
            trees[version] = tree
        }
        return tree
    }

    static func granted(to user: UserID, in account: AccountID, _ tx: any Transaction) throws -> Set<PlaceID> {
        Set(try tx.rows("SELECT place FROM user_places WHERE account = \(account) AND user_id = \(user)") { try $0[0] as PlaceID })
    }

    /// A version that nothing had before.
    static func newVersion() -> String { Hex.text(Random.bytes(16)) }
}

extension AccountFacts {
    /// The tree of the permit's account changed in this transaction: nobody goes on with the one that they remember.
    package static func placesChanged(_ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("UPDATE accounts SET places_version = \(PlaceFacts.newVersion()) WHERE id = \(permit.account)")
    }
}
