import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyGate

/// The photos of sessions that the verbs have found visible.
enum PhotoStore {
    private static let columns: SQL = "id, session, step, client_id, width, height, bytes, full_blob, large_blob, thumb_blob, created_at"

    private static func photo(_ row: Row) throws -> Photo {
        func key(_ column: Int) throws -> BlobKey {
            guard let key = BlobKey(try row.text(at: column)) else { throw DatabaseError.corrupt("not a blob's key") }
            return key
        }
        return Photo(
            id: try PhotoID(row: row, column: 0), session: try SessionID(row: row, column: 1), step: try row.text(at: 2),
            clientID: try row.text(at: 3), width: try row[4], height: try row[5], bytes: try row[6],
            blobs: [.full: try key(7), .large: try key(8), .thumb: try key(9)], createdAt: try Timestamp(row: row, column: 10))
    }

    /// In the order in which they came.
    static func all(of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Photo] {
        try tx.rows(
            "SELECT \(fragment: columns) FROM photos WHERE account = \(permit.account) AND session = \(session) ORDER BY id", photo)
    }

    static func find(_ id: PhotoID, of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Photo? {
        try tx.row(
            "SELECT \(fragment: columns) FROM photos WHERE account = \(permit.account) AND session = \(session) AND id = \(id)", photo)
    }

    static func find(clientID: String, of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Photo? {
        try tx.row(
            "SELECT \(fragment: columns) FROM photos WHERE account = \(permit.account) AND session = \(session) AND client_id = \(clientID)", photo)
    }

    static func steps(of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<String> {
        Set(try tx.rows("SELECT DISTINCT step FROM photos WHERE account = \(permit.account) AND session = \(session)") { try $0.text(at: 0) })
    }

    static func count(of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT count(*) FROM photos WHERE account = \(permit.account) AND session = \(session)") { try $0[0] } ?? 0
    }

    /// One photo of each of these sessions that has any: its front, else its outside, else the first that came.
    static func faces(
        of sessions: [SessionID], _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [SessionID: (session: SessionID, id: PhotoID)] {
        if sessions.isEmpty { return [:] }
        var faces: [SessionID: (session: SessionID, id: PhotoID)] = [:]
        // The least of all, where a digit before the id says how welcome it is.
        let best: SQL = """
            min(CASE WHEN step = 'front' THEN '0' WHEN step IN ('vin', 'odometer', 'interior', 'tires') THEN '2' ELSE '1' END || id)
            """
        try tx.forEachRow(
            """
            SELECT session, \(fragment: best) FROM photos
            WHERE account = \(permit.account) AND session IN (\(list: sessions)) GROUP BY session
            """
        ) { row in
            let session = try SessionID(row: row, column: 0)
            if let id = PhotoID(String(try row.text(at: 1).dropFirst())) { faces[session] = (session, id) }
            return true
        }
        return faces
    }

    /// Bytes of what a link's sessions have taken after a time.
    static func bytes(of link: LinkID, since: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row(
            """
            SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM photos
            WHERE account = \(permit.account) AND link = \(link) AND link IS NOT NULL AND created_at > \(since)
            """
        ) { try $0[0] } ?? 0
    }

    /// Bytes of what the account has taken after a time.
    static func bytes(since: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row(
            "SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM photos WHERE account = \(permit.account) AND created_at > \(since)"
        ) { try $0[0] } ?? 0
    }

    static func insert(_ photo: Photo, of link: LinkID?, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO photos
                (account, id, session, step, client_id, width, height, bytes, full_blob, large_blob, thumb_blob, created_at, link)
            VALUES (\(permit.account), \(photo.id), \(photo.session), \(photo.step), \(photo.clientID), \(photo.width), \(photo.height),
                \(photo.bytes), \(photo.blobs[.full]?.text), \(photo.blobs[.large]?.text), \(photo.blobs[.thumb]?.text), \(photo.createdAt), \(link))
            """)
    }
}
