import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// Reading sessions. Everything goes through `visible`: there is no other way to a row.
enum SessionStore {
    private static let columns: SQL = """
        s.id, s.code, s.status, s.mode, s.api_key, s.owner, coalesce(u.first_name || ' ' || u.last_name, s.owner_name), s.source, s.api_key_name,
        s.link_name, s.username, s.first_name, s.last_name, s.phone, s.email, s.vin, s.year, s.make, s.model, s.odometer, s.odometer_unit,
        s.client_id, s.reference, s.language, s.redirect_url, s.invalid_reason, s.created_at, s.started_at, s.captured_at, s.completed_at, s.deadline
        """

    private static let tables: SQL = "sessions s LEFT JOIN users u ON u.account = s.account AND u.id = s.owner"

    private static func session(_ row: Row) throws -> Session {
        Session(
            id: try row[0], code: try row[1], status: SessionStatus(rawValue: try row[2]) ?? .invalid, mode: try row[3], apiKey: try row[4],
            owner: try row[5], ownerName: try row[6], source: Session.Source(rawValue: try row[7]) ?? .api, apiKeyName: try row[8],
            linkName: try row[9], username: try row[10],
            contact: Session.Contact(firstName: try row[11], lastName: try row[12], phone: try row[13], email: try row[14]),
            vehicle: Session.Vehicle(
                vin: try row[15], year: try row[16], make: try row[17], model: try row[18], odometer: try row[19],
                unit: (try row[20] as String?).flatMap(Session.Vehicle.Unit.init)),
            clientID: try row[21], reference: try row[22], language: try row[23], redirectURL: try row[24], invalidReason: try row[25],
            createdAt: try row[26], startedAt: try row[27], capturedAt: try row[28], completedAt: try row[29], deadline: try row[30])
    }

    /// The sessions of the permit's account that its principal sees. Everything below is an AND to it.
    private static func visible(_ permit: borrowing Permit) -> SQL {
        "s.account = \(permit.account) AND \(fragment: permit.visibleSessions.condition(key: "s.api_key", owner: "s.owner"))"
    }

    static func find(_ id: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Session? {
        try tx.row(
            "SELECT \(fragment: columns) FROM \(fragment: tables) WHERE \(fragment: visible(permit)) AND s.id = \(id)", session)
    }

    static func list(
        _ filter: SessionFilter, _ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [Session] {
        guard let wanted = wanted(filter, at: now, permit) else { return [] }
        let after: SQL = page.after.map { " AND s.id < \($0.key)" } ?? ""
        let limit = page.limit + 1
        let keys = slices(filter, permit)
        if keys.isEmpty {
            return try tx.rows(
                """
                SELECT \(fragment: columns) FROM \(fragment: tables)
                WHERE \(fragment: visible(permit))\(fragment: wanted)\(fragment: after) ORDER BY s.id DESC LIMIT \(limit)
                """, session)
        }
        // A supervisor of some keys: the newest of each key by its own index, then the newest of those.
        let newest = keys.map { key -> SQL in
            """
            SELECT id FROM (SELECT s.id FROM sessions s WHERE \(fragment: visible(permit)) AND s.api_key = \(key)\(fragment: wanted)\(fragment: after)
                ORDER BY s.id DESC LIMIT \(limit))
            """
        }
        return try tx.rows(
            """
            SELECT \(fragment: columns) FROM \(fragment: tables)
            WHERE s.account = \(permit.account) AND s.id IN (\(fragment: newest.joined(separator: " UNION ALL ")))
            ORDER BY s.id DESC LIMIT \(limit)
            """, session)
    }

    static func count(_ filter: SessionFilter, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        guard let wanted = wanted(filter, at: now, permit) else { return 0 }
        return try tx.row("SELECT count(*) FROM sessions s WHERE \(fragment: visible(permit))\(fragment: wanted)") { try $0[0] } ?? 0
    }

    /// The keys to look under one by one: where that is quicker than one walk over everything.
    private static func slices(_ filter: SessionFilter, _ permit: borrowing Permit) -> [APIKeyID] {
        guard filter.apiKey == nil, filter.search == nil, case .all(keys: .only(let keys)) = permit.visibleSessions, (2...32).contains(keys.count)
        else { return [] }
        return keys.sorted()
    }

    // MARK: Filters

    /// What the filter adds; nil where it can match nothing.
    private static func wanted(_ filter: SessionFilter, at now: Timestamp, _ permit: borrowing Permit) -> SQL? {
        var sql: SQL = ""
        if let mode = filter.mode { sql = sql + " AND s.mode = \(mode.rawValue)" }
        switch filter.apiKey {
        case .id(let key): sql = sql + " AND s.api_key = \(key)"
        case .matchesNothing: return nil
        case nil: break
        }
        switch filter.owner {
        case .id(let owner): sql = sql + " AND s.owner = \(owner)"
        case .matchesNothing: return nil
        case nil: break
        }
        if let source = filter.source { sql = sql + " AND s.source = \(source.rawValue)" }
        if let from = filter.from { sql = sql + " AND s.created_at >= \(from)" }
        if let to = filter.to { sql = sql + " AND s.created_at < \(to)" }
        if !filter.statuses.isEmpty { sql = sql + " AND (\(fragment: statuses(filter.statuses, at: now)))" }
        switch filter.search {
        case .id(let id): sql = sql + " AND s.id = \(id)"
        case .words(let words): for word in words { sql = sql + " AND \(fragment: found(word, permit))" }
        case nil: break
        }
        return sql
    }

    /// The status at this moment, as `Session.status(at:)` has it.
    private static func statuses(_ statuses: Set<SessionStatus>, at now: Timestamp) -> SQL {
        let parts = statuses.sorted { $0.rawValue < $1.rawValue }.map { status -> SQL in
            if SessionStatus.underWay.contains(status) {
                return "(s.status = \(status.rawValue) AND (s.deadline IS NULL OR s.deadline > \(now)))"
            }
            guard status == .expired else { return "s.status = \(status.rawValue)" }
            let underWay = SessionStatus.underWay.map(\.rawValue)
            return "(s.status = \(status.rawValue) OR (s.status IN (\(list: underWay)) AND s.deadline <= \(now)))"
        }
        return parts.joined(separator: " OR ")
    }

    /// Sessions with a word that begins so. Who sees only their own looks through those; who sees all asks the index of words.
    private static func found(_ word: String, _ permit: borrowing Permit) -> SQL {
        let end = word + "\u{10FFFF}"
        if case .own = permit.visibleSessions {
            return """
                EXISTS (SELECT 1 FROM session_words w
                    WHERE w.account = s.account AND w.session = s.id AND w.word >= \(word) AND w.word < \(end))
                """
        }
        return """
            s.id IN (SELECT w.session FROM session_words w WHERE w.account = \(permit.account) AND w.word >= \(word) AND w.word < \(end))
            """
    }
}
