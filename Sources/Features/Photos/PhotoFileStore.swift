import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyDatabase

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
}
