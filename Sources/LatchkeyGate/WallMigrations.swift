import LatchkeyDatabase

/// The wall between accounts that PostgreSQL itself keeps, behind the stores' conditions (docs/adr/0014-postgresql.md).
enum WallMigrations {
    /// Which tables are confined is asked of the catalogue and not listed: those with a column `account`, those of a `chain` of history, and
    /// `accounts`. The driver calls the function after every migration, so that tomorrow's table is among them. Forced: it holds for the owner too.
    ///
    /// The setting is read once for a statement, not for each row, which is what the inner SELECT is for.
    static let wall = Migration(
        number: 9, name: "row-level security", statements: [],
        postgres: [
            """
            CREATE FUNCTION confine_accounts() RETURNS void LANGUAGE plpgsql AS $$
            DECLARE
                confined record;
            BEGIN
                FOR confined IN
                    SELECT DISTINCT ON (c.oid) CAST(c.oid AS regclass) AS name, a.attname AS owner
                    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped AND a.attnum > 0
                    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = to_regnamespace(quote_ident(current_schema()))
                        AND (a.attname IN ('account', 'chain') OR c.relname = 'accounts' AND a.attname = 'id')
                        AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'of_the_account')
                    ORDER BY c.oid, a.attname
                LOOP
                    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', confined.name);
                    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', confined.name);
                    EXECUTE format(
                        'CREATE POLICY of_the_account ON %s USING (%I = (SELECT current_setting(%L, true)) OR (SELECT current_setting(%L, true)) = %L)',
                        confined.name, confined.owner, 'latchkey.account', 'latchkey.account', '*');
                END LOOP;
            END $$
            """,
            "SELECT confine_accounts()",
        ])
}
