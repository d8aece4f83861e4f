import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The events and notes of sessions, read only where the session is visible. Both are only ever added to.
enum SessionRecordStore {
    static func append(
        event type: String, to session: SessionID, data: JSON, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        let actor = permit.actor
        try tx.execute(
            """
            INSERT INTO session_events (account, session, seq, id, at, type, actor_kind, actor_id, actor_name, data)
            VALUES (\(permit.account), \(session),
                (SELECT coalesce(max(seq), 0) + 1 FROM session_events WHERE account = \(permit.account) AND session = \(session)),
                \(EventID.new(at: now)), \(now), \(type), \(actor.kind.rawValue), \(actor.id), \(actor.name), \(data))
            """)
    }

    static func append(_ note: SessionNote, to session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO session_notes (account, session, seq, id, at, author_kind, author_id, author_name, text)
            VALUES (\(permit.account), \(session),
                (SELECT coalesce(max(seq), 0) + 1 FROM session_notes WHERE account = \(permit.account) AND session = \(session)),
                \(note.id), \(note.at), \(note.author.kind.rawValue), \(note.author.id), \(note.author.name), \(note.text))
            """)
    }

    static func events(
        of session: SessionID, before seq: Int64?, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [SessionEvent] {
        let after: SQL = seq.map { "AND seq < \($0)" } ?? ""
        return try tx.rows(
            """
            SELECT seq, id, at, type, actor_kind, actor_id, actor_name, data FROM session_events
            WHERE account = \(permit.account) AND session = \(session) AND \(fragment: isVisible(session, permit)) \(fragment: after)
            ORDER BY seq DESC LIMIT \(limit)
            """
        ) { row in
            SessionEvent(
                seq: try row[0], id: try row[1], at: try row[2], type: try row[3], actor: try actor(row, from: 4), data: try row[7])
        }
    }

    static func notes(
        of session: SessionID, before seq: Int64?, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [SessionNote] {
        let after: SQL = seq.map { "AND seq < \($0)" } ?? ""
        return try tx.rows(
            """
            SELECT seq, id, at, author_kind, author_id, author_name, text FROM session_notes
            WHERE account = \(permit.account) AND session = \(session) AND \(fragment: isVisible(session, permit)) \(fragment: after)
            ORDER BY seq DESC LIMIT \(limit)
            """
        ) { row in
            SessionNote(seq: try row[0], id: try row[1], at: try row[2], author: try actor(row, from: 3), text: try row[6])
        }
    }

    static func count(notes: Bool, of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        let table: SQL = notes ? "session_notes" : "session_events"
        return try tx.row(
            """
            SELECT count(*) FROM \(fragment: table)
            WHERE account = \(permit.account) AND session = \(session) AND \(fragment: isVisible(session, permit))
            """
        ) { try $0[0] } ?? 0
    }

    /// How often something happened to a session.
    static func count(event type: String, of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row(
            """
            SELECT count(*) FROM session_events
            WHERE account = \(permit.account) AND session = \(session) AND type = \(type) AND \(fragment: isVisible(session, permit))
            """
        ) { try $0[0] } ?? 0
    }

    private static func isVisible(_ session: SessionID, _ permit: borrowing Permit) -> SQL {
        "EXISTS (SELECT 1 FROM sessions s WHERE \(fragment: SessionStore.visible(permit)) AND s.id = \(session))"
    }

    private static func actor(_ row: Row, from index: Int) throws -> Actor {
        Actor(kind: Actor.Kind(rawValue: try row[index]) ?? .system, id: try row[index + 1], name: try row[index + 2])
    }
}

/// Something that happened to a session.
package struct SessionEvent: Sendable {
    package var seq: Int64
    package var id: EventID
    package var at: Timestamp
    package var type: String
    package var actor: Actor
    package var data: JSON

    package var json: JSON { ["id": JSON(id), "at": JSON(at), "type": .string(type), "actor": actor.json, "data": data] }
}

/// Something that somebody wrote about a session. Never changed, never removed.
package struct SessionNote: Sendable {
    package var seq: Int64
    package var id: NoteID
    package var at: Timestamp
    package var author: Actor
    package var text: String

    package var json: JSON { ["id": JSON(id), "at": JSON(at), "author": author.json, "text": .string(text)] }
}

extension Actor {
    var json: JSON { ["kind": .string(kind.rawValue), "id": .string(id), "name": .string(name)] }
}
