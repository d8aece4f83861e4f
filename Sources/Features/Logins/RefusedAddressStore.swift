import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// The rows of addresses from which programs called in vain: the last so many of each account.
enum RefusedAddressStore {
    static let kept = 20

    static func list(_ permit: borrowing Permit, _ tx: any Transaction) throws -> [RefusedAddress] {
        let keys = permit.keys
        return try tx.rows(
            """
            SELECT r.address, r.kind, r.principal, r.at, r.calls, coalesce(k.name, i.name) FROM refused_addresses r
            LEFT JOIN api_keys k ON k.account = r.account AND k.id = r.principal
            LEFT JOIN integrations i ON i.account = r.account AND i.id = r.principal
            WHERE r.account = \(permit.account) ORDER BY r.at DESC, r.address LIMIT \(kept)
            """
        ) { row in
            let id = try row[2] as String
            let isHidden = APIKeyID(id).map { !keys.contains($0) } ?? false
            let program = try (row[5] as String?).map { RefusedAddress.Program(kind: try row[1], id: id, name: $0) }
            return RefusedAddress(address: try row[0], program: isHidden ? nil : program, at: try row[3], calls: try row[4])
        }
    }

    static func keep(
        _ place: RefusedAddresses.Place, _ count: RefusedAddresses.Count, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO refused_addresses (account, address, principal, kind, at, calls)
            VALUES (\(place.account), \(place.address), \(place.principal), \(place.kind.rawValue), \(count.at), \(count.calls))
            ON CONFLICT (account, address, principal) DO UPDATE SET at = excluded.at, calls = refused_addresses.calls + excluded.calls
            """)
    }

    /// Lets go of the oldest.
    static func trim(_ account: AccountID, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            DELETE FROM refused_addresses WHERE account = \(account) AND at < (
                SELECT min(n.at) FROM (SELECT at FROM refused_addresses WHERE account = \(account) ORDER BY at DESC LIMIT \(kept)) n)
            """)
    }
}
