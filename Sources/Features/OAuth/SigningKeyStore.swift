import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The rows of signing keys.
enum SigningKeyStore {
    static func all(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> [SigningKeys.Stored] {
        try tx.rows("SELECT id, sealed, modulus, exponent, created_at, signs_from FROM signing_keys ORDER BY signs_from, id") { row in
            SigningKeys.Stored(
                id: try row[0], sealed: try row[1], modulus: try row[2], exponent: try row[3], createdAt: try row[4], signsFrom: try row[5])
        }
    }

    static func insert(_ key: SigningKeys.Stored, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO signing_keys (id, sealed, modulus, exponent, created_at, signs_from)
            VALUES (\(key.id), \(key.sealed), \(key.modulus), \(key.exponent), \(key.createdAt), \(key.signsFrom))
            """)
    }

    static func delete(_ ids: [String], _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        if !ids.isEmpty { try tx.execute("DELETE FROM signing_keys WHERE id IN (\(list: ids))") }
    }
}
