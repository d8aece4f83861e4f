import LatchkeyDatabase

/// Row-level security: what is set in a transaction, and what the policies of the tables look at (`WallMigrations` of the gate makes them).
///
/// The setting is the transaction's own and gone with it. In a batch it is set anew for each write. Without it nothing of any account is seen.
enum Wall {
    /// The statement that says from here to the end of the transaction, or until the savepoint is taken back, what is seen.
    static func setting(_ sight: Sight) -> String { "SET LOCAL latchkey.account = '\(value(sight))'" }

    /// The same in a transaction that goes on.
    static func narrowing(to account: String) -> SQL { "SELECT set_config('latchkey.account', \(value(.account(account))), true)" }

    /// What a new connection sees outside of transactions that say otherwise, whatever its role or URL is set to.
    static func beginning(_ sight: Sight) -> String { "SET latchkey.account = '\(value(sight))'" }

    /// An id stands for itself; what is none, such as `*`, for nothing.
    private static func value(_ sight: Sight) -> String {
        switch sight {
        case .nothing: ""
        case .everything: "*"
        case .account(let id): id.utf8.allSatisfy { isPlain($0) } ? id : ""
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Gives tables that a migration has made since their policies, where there are policies yet.
    static let cover = """
        DO $$ BEGIN IF to_regproc('confine_accounts') IS NOT NULL THEN PERFORM confine_accounts(); END IF; END $$
        """

    /// Where the wall does not stand: a role that goes around it, and tables without it.
    static func gaps(_ tx: any Transaction) throws -> [String] {
        try tx.rows(
            """
            SELECT 'the role ' || rolname || ' goes around row-level security: let the server be one that does not (latchkey migrate --serving-role)'
            FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)
            UNION ALL SELECT 'table ' || c.relname || ' is not confined by row-level security'
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
            WHERE (a.attname IN ('account', 'chain') OR c.relname = 'accounts' AND a.attname = 'id') AND c.relkind IN ('r', 'p')
                AND c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND to_regproc('confine_accounts') IS NOT NULL
                AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
            """
        ) { try $0.text(at: 0) }
    }
}
