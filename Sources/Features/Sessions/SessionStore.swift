import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// Reading sessions. Everything goes through `visible`: there is no other way to a row.
enum SessionStore {
    private static let columns: SQL = """
        s.id, s.code, s.status, s.mode, s.api_key, s.owner, s.owner_name, s.source, s.api_key_name,
        s.link_name, s.username, s.first_name, s.last_name, s.phone, s.email, s.vin, s.year, s.make, s.model, s.odometer, s.odometer_unit,
        s.client_id, s.reference, s.language, s.redirect_url, s.invalid_reason, s.created_at, s.started_at, s.captured_at, s.completed_at, s.deadline
        """

    /// Reads columns by type: the generic `row[...]` costs many times as much, and a page of sessions has 1,500 columns.
    private static func session(_ row: Row) throws -> Session {
        func time(_ column: Int) throws -> Timestamp? { try row.isNull(at: column) ? nil : Timestamp(row: row, column: column) }
        return Session(
            id: try SessionID(row: row, column: 0), code: try row.text(at: 1), status: SessionStatus(rawValue: try row.text(at: 2)) ?? .invalid,
            mode: try row.text(at: 3), apiKey: try APIKeyID(row: row, column: 4), owner: try row.isNull(at: 5) ? nil : UserID(row: row, column: 5),
            ownerName: try row.optionalText(at: 6),
            source: Session.Source(rawValue: try row.text(at: 7)) ?? .api, apiKeyName: try row.text(at: 8),
            linkName: try row.optionalText(at: 9), username: try row.optionalText(at: 10),
            contact: Session.Contact(
                firstName: try row.optionalText(at: 11), lastName: try row.optionalText(at: 12), phone: try row.optionalText(at: 13),
                email: try row.optionalText(at: 14)),
            vehicle: Session.Vehicle(
                vin: try row.optionalText(at: 15), year: try row.optionalInteger(at: 16), make: try row.optionalText(at: 17),
                model: try row.optionalText(at: 18), odometer: try row.optionalInteger(at: 19),
                unit: try row.optionalText(at: 20).flatMap(Session.Vehicle.Unit.init)),
            clientID: try row.optionalText(at: 21), reference: try row.optionalText(at: 22), language: try row.optionalText(at: 23),
            redirectURL: try row.optionalText(at: 24), invalidReason: try row.optionalText(at: 25),
            createdAt: try Timestamp(row: row, column: 26), startedAt: try time(27), capturedAt: try time(28), completedAt: try time(29),
            deadline: try time(30))
    }

    /// Sessions with the names that their owners have now. Asked once for each owner, as a join would be for each session.
    private static func sessions(_ sql: SQL, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Session] {
        var sessions = try tx.rows(sql, session)
        var owners: Set<UserID> = []
        for index in sessions.indices { if let owner = sessions[index].owner { owners.insert(owner) } }
        if owners.isEmpty { return sessions }
        var names: [UserID: String] = [:]
        try tx.forEachRow("SELECT id, first_name, last_name FROM users WHERE account = \(permit.account) AND id IN (\(list: owners.sorted()))") {
            row in
            names[try row[0]] = try row.text(at: 1) + " " + row.text(at: 2)
            return true
        }
        for index in sessions.indices {
            if let owner = sessions[index].owner, let name = names[owner] { sessions[index].ownerName = name }
        }
        return sessions
    }

    /// The sessions of the permit's account that its principal sees. Everything else is an AND to it.
    static func visible(_ permit: borrowing Permit, key: SQL = "s.api_key") -> SQL {
        "s.account = \(permit.account) AND \(fragment: permit.visibleSessions.condition(key: key, owner: "s.owner"))"
    }

    static func find(_ id: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Session? {
        try sessions("SELECT \(fragment: columns) FROM sessions s WHERE \(fragment: visible(permit)) AND s.id = \(id)", permit, tx).first
    }

    /// One of those that the principal reaches by another screen.
    static func find(_ id: SessionID, in visibility: Visibility, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Session? {
        try sessions(
            """
            SELECT \(fragment: columns) FROM sessions s
            WHERE s.account = \(permit.account) AND \(fragment: visibility.condition(key: "s.api_key", owner: "s.owner")) AND s.id = \(id)
            """, permit, tx
        ).first
    }

    static func list(
        _ filter: SessionFilter, _ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [Session] {
        // Beyond 10,000 of a million, looking at the newest one by one is quicker than sorting all that the index of words names.
        let wanted = try SessionFilterStore(filter, indexUpTo: 10_000, at: now, permit, tx)
        guard let sql = listing(wanted, page, permit) else { return [] }
        return try sessions(sql, permit, tx)
    }

    /// The statement of one page; nil where nothing can match. Sessions.md says what each form walks.
    static func listing(_ wanted: SessionFilterStore, _ page: PageRequest, _ permit: borrowing Permit) -> SQL? {
        guard let condition = wanted.condition else { return nil }
        let after: SQL = page.after.map { " AND s.id < \($0.key)" } ?? ""
        let limit = page.limit + 1
        guard let keys = wanted.slices else {
            return """
                SELECT \(fragment: columns) FROM sessions s
                WHERE \(fragment: visible(permit, key: wanted.key))\(fragment: condition)\(fragment: after) ORDER BY s.id DESC LIMIT \(limit)
                """
        }
        // A supervisor of some keys: the newest of each key by its own index, then the newest of those.
        let newest = keys.map { key -> SQL in
            """
            SELECT id FROM (SELECT s.id FROM sessions s WHERE s.account = \(permit.account) AND \(fragment: wanted.under(key, permit))
                \(fragment: condition)\(fragment: after) ORDER BY s.id DESC LIMIT \(limit)) AS newest
            """
        }
        return """
            SELECT \(fragment: columns) FROM sessions s
            WHERE \(fragment: visible(permit)) AND s.id IN (\(fragment: newest.joined(separator: " UNION ALL ")))
            ORDER BY s.id DESC LIMIT \(limit)
            """
    }

    static func count(_ filter: SessionFilter, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        let wanted = try SessionFilterStore(filter, indexUpTo: 200_000, at: now, permit, tx)
        guard let condition = wanted.condition else { return 0 }
        return try tx.row(
            "SELECT count(*) FROM sessions s WHERE \(fragment: visible(permit, key: wanted.key))\(fragment: condition)"
        ) { try $0[0] } ?? 0
    }
}
