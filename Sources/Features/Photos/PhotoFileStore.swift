import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyGate

/// Which files are photos', in whatever account.
enum PhotoFileStore {
    static func named(_ keys: [BlobKey], _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Set<String> {
        if keys.isEmpty { return [] }
        let wanted = keys.map(\.text)
        return Set(
            try tx.rows(
                """
                SELECT full_blob FROM photos WHERE full_blob IN (\(list: wanted))
                UNION SELECT large_blob FROM photos WHERE large_blob IN (\(list: wanted))
                UNION SELECT thumb_blob FROM photos WHERE thumb_blob IN (\(list: wanted))
                """
            ) { try $0.text(at: 0) })
    }

    /// The files of the next photos after one, in the order of accounts and ids; and where to go on.
    static func page(
        after last: (account: AccountID, photo: PhotoID)?, limit: Int, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> [(account: AccountID, photo: PhotoID, files: [String])] {
        let after: SQL = last.map { "WHERE (account, id) > (\($0.account), \($0.photo))" } ?? ""
        return try tx.rows(
            "SELECT account, id, full_blob, large_blob, thumb_blob FROM photos \(fragment: after) ORDER BY account, id LIMIT \(limit)"
        ) { (try $0[0], try $0[1], [try $0.text(at: 2), try $0.text(at: 3), try $0.text(at: 4)]) }
    }
}
