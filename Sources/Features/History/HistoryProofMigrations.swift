import LatchkeyDatabase

/// What proves history: the tree over each chain, its newest checkpoint, the keys that sign checkpoints, and what was erased.
package enum HistoryProofMigrations {
    package static let all = [proofs, erasures]

    /// A tile is the hash of a complete subtree over 256 entries (level 1), 65,536 (level 2), and so on; all between them is made anew when it is
    /// asked for. Tiles follow from the entries: they may be behind, and are never changed.
    static let proofs = Migration(
        number: 92, name: "checkpoints of history",
        statements: [
            """
            CREATE TABLE history_tiles (
                chain TEXT NOT NULL, level INTEGER NOT NULL, tile BIGINT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (chain, level, tile))
            """,
            "CREATE TABLE history_checkpoints (chain TEXT NOT NULL PRIMARY KEY, size BIGINT NOT NULL, note TEXT NOT NULL)",
            """
            CREATE TABLE checkpoint_keys (
                id TEXT NOT NULL PRIMARY KEY, origin TEXT NOT NULL, public_key BLOB NOT NULL, sealed BLOB NOT NULL, created_at BIGINT NOT NULL,
                retired_at BIGINT)
            """,
        ])

    /// The details of an entry may go if there is a mark for it, which names the entry of the erasure, and stays.
    static let erasures = Migration(
        number: 93, name: "erased details of history",
        statements: [
            """
            CREATE TABLE history_erasures (
                chain TEXT NOT NULL, seq BIGINT NOT NULL, erasure BIGINT NOT NULL, PRIMARY KEY (chain, seq),
                FOREIGN KEY (chain, seq) REFERENCES history (chain, seq), FOREIGN KEY (chain, erasure) REFERENCES history (chain, seq))
            """,
            "CREATE INDEX history_erasures_by_erasure ON history_erasures (chain, erasure, seq)",
        ],
        sqlite: [
            "DROP TRIGGER history_details_no_delete",
            """
            CREATE TRIGGER history_details_no_delete BEFORE DELETE ON history_details
            WHEN NOT EXISTS (SELECT 1 FROM history_erasures e WHERE e.chain = OLD.chain AND e.seq = OLD.seq)
            BEGIN SELECT RAISE(ABORT, 'history is append-only'); END
            """,
            "CREATE TRIGGER history_erasures_no_update BEFORE UPDATE ON history_erasures BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
            "CREATE TRIGGER history_erasures_no_delete BEFORE DELETE ON history_erasures BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
        ],
        postgres: [
            "DROP TRIGGER history_details_append_only ON history_details",
            """
            CREATE TRIGGER history_details_append_only BEFORE UPDATE OR TRUNCATE ON history_details
            FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()
            """,
            """
            CREATE FUNCTION history_details_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NOT EXISTS (SELECT FROM history_erasures e WHERE e.chain = OLD.chain AND e.seq = OLD.seq) THEN
                    RAISE EXCEPTION 'history is append-only' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN OLD;
            END $$
            """,
            """
            CREATE TRIGGER history_details_stay BEFORE DELETE ON history_details FOR EACH ROW EXECUTE FUNCTION history_details_stay()
            """,
            """
            CREATE TRIGGER history_erasures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history_erasures
            FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()
            """,
            // The serving role may delete no details. This it may call: it does as the owner, behind the same wall, and takes marked ones alone.
            """
            DO $make$ BEGIN
                EXECUTE format(
                    'CREATE FUNCTION erase_history_details(of_chain text, by_erasure bigint) RETURNS bigint LANGUAGE plpgsql
                    SECURITY DEFINER SET search_path = %I, pg_temp AS $body$
                    DECLARE
                        count bigint;
                    BEGIN
                        DELETE FROM history_details d USING history_erasures e
                        WHERE e.chain = of_chain AND e.erasure = by_erasure AND d.chain = e.chain AND d.seq = e.seq;
                        GET DIAGNOSTICS count = ROW_COUNT;
                        RETURN count;
                    END $body$', current_schema());
            END $make$
            """,
        ])
}
