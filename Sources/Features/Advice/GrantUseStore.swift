import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// The rows of when people used what they are granted.
enum GrantUseStore {
    /// Since when uses are written down: the first time that this is called.
    static func begin(at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try tx.execute("INSERT INTO uses_begun (id, at) VALUES (1, \(now)) ON CONFLICT (id) DO NOTHING")
    }

    static func begun(_ tx: any Transaction) throws -> Timestamp? { try tx.row("SELECT at FROM uses_begun WHERE id = 1") { try $0[0] } }

    /// Whoever was deleted meanwhile used nothing.
    static func keep(_ use: GrantUses.Use, at time: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO grant_uses (account, user_id, kind, id, used_at)
            SELECT account, id, CAST(\(use.kind.rawValue) AS TEXT), CAST(\(use.id) AS TEXT), CAST(\(time) AS BIGINT) FROM users
            WHERE account = \(use.account) AND id = \(use.user) AND deleted_at IS NULL
            ON CONFLICT (account, user_id, kind, id) DO UPDATE SET used_at = excluded.used_at WHERE grant_uses.used_at < excluded.used_at
            """)
    }

    /// Whether anybody of the account was seen to use one of these since then: a dashboard that never asks Latchkey says nothing of its screens.
    static func hasAny(
        of things: GrantedThings, since: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Bool {
        try tx.row(
            """
            SELECT 1 FROM grant_uses g
            WHERE g.account = \(permit.account) AND g.used_at >= \(since) AND \(fragment: things.condition) LIMIT 1
            """
        ) { _ in true } ?? false
    }

    /// Which things those who hold a role have used since then.
    static func used(byHoldersOf role: RoleID, since: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<GrantedThing> {
        Set(
            try tx.rows(
                """
                SELECT DISTINCT g.kind, g.id FROM user_roles h
                JOIN grant_uses g ON g.account = h.account AND g.user_id = h.user_id
                WHERE h.account = \(permit.account) AND h.role = \(role) AND g.used_at >= \(since)
                """
            ) { row in GrantedThing(kind: GrantUses.Use.Kind(rawValue: try row[0]) ?? .screen, id: try row[1]) })
    }
}

/// A screen or a function that a role grants.
struct GrantedThing: Sendable, Hashable, Comparable {
    var kind: GrantUses.Use.Kind
    var id: String

    static func < (a: Self, b: Self) -> Bool { (a.kind.rawValue, a.id) < (b.kind.rawValue, b.id) }
}

/// Some of them.
struct GrantedThings: Sendable {
    var screens: Set<Screen>
    var functions: Set<Function>

    init(screens: some Sequence<Screen>, functions: some Sequence<Function>) {
        self.screens = Set(screens)
        self.functions = Set(functions)
    }

    init(_ grants: Grants) { self.init(screens: grants.screens.keys, functions: grants.functions.keys) }

    var isEmpty: Bool { screens.isEmpty && functions.isEmpty }

    func isSubset(of other: GrantedThings) -> Bool { screens.isSubset(of: other.screens) && functions.isSubset(of: other.functions) }

    var all: [GrantedThing] {
        (screens.map { GrantedThing(kind: .screen, id: $0.rawValue) } + functions.map { GrantedThing(kind: .function, id: $0.rawValue) }).sorted()
    }

    /// Holds for the uses `g` of one of them.
    var condition: SQL {
        """
        (g.kind = 'screen' AND g.id IN (\(list: screens.map(\.rawValue).sorted())) OR
            g.kind = 'function' AND g.id IN (\(list: functions.map(\.rawValue).sorted())))
        """
    }
}
