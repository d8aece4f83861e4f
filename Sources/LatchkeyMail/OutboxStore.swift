import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// The rows of the outbox, as changes write them.
enum OutboxStore {
    static func insert(
        _ id: MailID, _ order: MailOrder, sealed: [UInt8]?, person: OwnPermit.Person?, account: AccountID?, at now: Timestamp, _ tx: any Transaction
    ) throws {
        let (user, administrator) = columns(person)
        try tx.execute(
            """
            INSERT INTO outbox (account, id, template, user_id, administrator, details, sealed, state, attempts, created_at, due_at)
            VALUES (\(account), \(id), \(order.template), \(user), \(administrator), \(order.details), \(sealed), \(MailState.waiting.rawValue), 0,
                \(now), \(now))
            """)
    }

    private static func columns(_ person: OwnPermit.Person?) -> (UserID?, AdministratorID?) {
        switch person {
        case .user(let user, _): (user, nil)
        case .administrator(let administrator): (nil, administrator)
        case nil: (nil, nil)
        }
    }

    static func of(_ person: OwnPermit.Person) -> SQL {
        switch person {
        case .user(let user, let account): "account = \(account) AND user_id = \(user)"
        case .administrator(let administrator): "administrator = \(administrator)"
        }
    }

    static let open: SQL = "state IN ('waiting', 'taken')"

    static func cancel(_ templates: [String], _ person: OwnPermit.Person, at now: Timestamp, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE outbox SET state = \(MailState.cancelled.rawValue), settled_at = \(now), sealed = NULL
            WHERE \(fragment: of(person)) AND \(fragment: open) AND template IN (\(list: templates))
            """)
    }

    static func cancel(inAccount account: AccountID, at now: Timestamp, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE outbox SET state = \(MailState.cancelled.rawValue), settled_at = \(now), sealed = NULL
            WHERE account = \(account) AND \(fragment: open)
            """)
    }

    static func count(_ template: String, _ person: OwnPermit.Person, since: Timestamp, _ tx: any Transaction) throws -> Int {
        try tx.row(
            "SELECT count(*) FROM outbox WHERE \(fragment: of(person)) AND template = \(template) AND created_at > \(since)"
        ) { try $0[0] } ?? 0
    }
}
