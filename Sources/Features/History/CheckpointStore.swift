import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// A chain of history that whoever has it may read as a whole: the permit's own, any for an administrator of all groups, or behind a door of the server.
struct ReadableChain: Sendable, Hashable {
    let name: String

    init(_ permit: borrowing Permit) { name = Chain.account(permit.account).name }
    init(_ name: String, _ permit: borrowing DoorPermit) { self.name = name }

    /// - Throws: `DatabaseError.misuse` for whoever has some groups only.
    init(_ chain: Chain, _ permit: borrowing EnterprisePermit) throws {
        if permit.access.groups != .all { throw DatabaseError.misuse("a whole chain for an administrator of some groups") }
        name = chain.name
    }
}

/// The trees over the chains, their newest checkpoints, and the keys that sign them.
enum CheckpointStore {
    // MARK: Keys

    static func keys(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> [CheckpointKeys.Stored] {
        try tx.rows("SELECT id, origin, public_key, sealed, created_at, retired_at FROM checkpoint_keys ORDER BY created_at, id") { row in
            CheckpointKeys.Stored(
                id: try row[0], origin: try row[1], publicKey: try row[2], sealed: try row[3], createdAt: try row[4], retiredAt: try row[5])
        }
    }

    static func insert(_ key: CheckpointKeys.Stored, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO checkpoint_keys (id, origin, public_key, sealed, created_at, retired_at)
            VALUES (\(key.id), \(key.origin), \(key.publicKey), \(key.sealed), \(key.createdAt), \(key.retiredAt))
            """)
    }

    static func retireKeys(at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try tx.execute("UPDATE checkpoint_keys SET retired_at = \(now) WHERE retired_at IS NULL")
    }

    // MARK: Trees

    /// How many entries a chain has.
    static func size(of chain: ReadableChain, _ tx: any Transaction) throws -> Int64 {
        try tx.row("SELECT seq FROM history_heads WHERE chain = \(chain.name)") { try $0[0] } ?? 0
    }

    /// The hashes of so many entries from a leaf on.
    static func entries(of chain: ReadableChain, from leaf: Int64, count: Int64, _ tx: any Transaction) throws -> [[UInt8]] {
        try tx.rows(
            "SELECT hash FROM history WHERE chain = \(chain.name) AND seq > \(leaf) AND seq <= \(leaf + count) ORDER BY seq"
        ) { try $0[0] }
    }

    /// Those tiles of a level that are stored, in their order.
    static func tiles(
        of chain: ReadableChain, level: Int, from tile: Int64, count: Int64, _ tx: any Transaction
    ) throws -> [(tile: Int64, hash: [UInt8])] {
        try tx.rows(
            """
            SELECT tile, hash FROM history_tiles
            WHERE chain = \(chain.name) AND level = \(level) AND tile >= \(tile) AND tile < \(tile + count) ORDER BY tile
            """
        ) { (tile: try $0[0], hash: try $0[1]) }
    }

    static func lastTile(of chain: ReadableChain, level: Int, _ tx: any Transaction) throws -> Int64? {
        try tx.row("SELECT tile FROM history_tiles WHERE chain = \(chain.name) AND level = \(level) ORDER BY tile DESC LIMIT 1") { try $0[0] }
    }

    static func insert(_ tile: HistoryTree.Tile, of chain: String, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO history_tiles (chain, level, tile, hash) VALUES (\(chain), \(tile.level), \(tile.index), \(tile.hash))
            ON CONFLICT (chain, level, tile) DO NOTHING
            """)
    }

    // MARK: Checkpoints

    /// Chains that grew since their newest checkpoint.
    static func grown(limit: Int, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> [String] {
        try tx.rows(
            """
            SELECT h.chain FROM history_heads h LEFT JOIN history_checkpoints c ON c.chain = h.chain
            WHERE c.size IS NULL OR c.size < h.seq ORDER BY h.chain LIMIT \(limit)
            """
        ) { try $0[0] }
    }

    static func chains(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> [String] {
        try tx.rows("SELECT chain FROM history_heads ORDER BY chain") { try $0[0] }
    }

    static func keep(_ signed: SignedCheckpoint, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        let checkpoint = signed.checkpoint
        try tx.execute(
            """
            INSERT INTO history_checkpoints (chain, size, note) VALUES (\(checkpoint.chain), \(checkpoint.size), \(signed.note))
            ON CONFLICT (chain) DO UPDATE SET size = excluded.size, note = excluded.note WHERE history_checkpoints.size < excluded.size
            """)
    }

    /// The notes that were kept, of every chain.
    static func kept(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> [(chain: String, note: String)] {
        try tx.rows("SELECT chain, note FROM history_checkpoints ORDER BY chain") { (chain: try $0[0], note: try $0[1]) }
    }

    // MARK: One entry

    /// Where an entry of the chain stands; nil where it is none of it.
    static func seq(of id: HistoryID, in chain: ReadableChain, _ tx: any Transaction) throws -> Int64? {
        try tx.row("SELECT seq FROM history WHERE id = \(id) AND chain = \(chain.name)") { try $0[0] }
    }
}
