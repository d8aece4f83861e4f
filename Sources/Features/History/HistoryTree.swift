import LatchkeyDatabase
import LatchkeyGate

/// The Merkle tree over one chain as it is stored: leaves are the entries, and tiles keep long ways short.
///
/// A root or a proof reads at most 256 hashes for each eight levels of the tree, where the tiles are there; without them, all entries.
struct HistoryTree {
    let chain: ReadableChain
    let tx: any Transaction

    /// Eight levels at a time.
    static let height = 8
    static let width: Int64 = 1 << 8

    /// The hash of the complete subtree `index` over 256 to the power of `level` entries.
    struct Tile: Sendable, Hashable {
        let level: Int
        let index: Int64
        let hash: [UInt8]
    }

    func size() throws -> Int64 { try CheckpointStore.size(of: chain, tx) }

    func root(of size: Int64) throws -> [UInt8] { size == 0 ? MerkleTree.empty : try subtree(0, size) }

    /// - Throws: `Missing` where entries are not there, besides what the database throws.
    func subtree(_ start: Int64, _ count: Int64) throws -> [UInt8] {
        if count & (count - 1) == 0 { return try complete(start, count) }
        let left = MerkleTree.split(count)
        return try MerkleTree.node(subtree(start, left), subtree(start + left, count - left))
    }

    func inclusion(of leaf: Int64, in size: Int64) throws -> [[UInt8]] { try MerkleTree.inclusion(of: leaf, in: size, subtree) }
    func consistency(of older: Int64, in size: Int64) throws -> [[UInt8]] { try MerkleTree.consistency(of: older, in: size, subtree) }

    /// An entry is not there that the head of the chain counts.
    struct Missing: Error {}

    /// A complete subtree: made of the tiles, or the entries, of the level below.
    private func complete(_ start: Int64, _ count: Int64) throws -> [UInt8] {
        let levels = count.trailingZeroBitCount
        // A subtree that is a tile itself is looked up as one.
        let level = levels / Self.height
        let below = Int64(1) << (level * Self.height)
        let number = count / below
        return try Self.reduced(hashes(level: level, from: start / below, number))
    }

    private func hashes(level: Int, from index: Int64, _ count: Int64) throws -> [[UInt8]] {
        if level == 0 {
            let entries = try CheckpointStore.entries(of: chain, from: index, count: count, tx)
            if Int64(entries.count) != count { throw Missing() }
            return entries.map(MerkleTree.leaf)
        }
        let stored = try CheckpointStore.tiles(of: chain, level: level, from: index, count: count, tx)
        if Int64(stored.count) == count { return stored.map(\.hash) }
        let known = Dictionary(stored.map { ($0.tile, $0.hash) }, uniquingKeysWith: { first, _ in first })
        return try (index..<index + count).map { tile in
            if let hash = known[tile] { return hash }
            return try Self.reduced(hashes(level: level - 1, from: tile * Self.width, Self.width))
        }
    }

    /// The root over a power of two of hashes.
    private static func reduced(_ hashes: [[UInt8]]) -> [UInt8] {
        var level = hashes
        while level.count > 1 { level = stride(from: 0, to: level.count - 1, by: 2).map { MerkleTree.node(level[$0], level[$0 + 1]) } }
        return level.first ?? MerkleTree.empty
    }

    /// Tiles that the chain is long enough for and that are not stored yet, at most `limit` of a level; those of a level wait for the one below.
    func missingTiles(limit: Int64) throws -> [Tile] {
        let size = try size()
        var tiles: [Tile] = []
        var level = 1
        // How far the level below is stored.
        var below = size
        while below / Self.width > 0 {
            let stored = try CheckpointStore.lastTile(of: chain, level: level, tx).map { $0 + 1 } ?? 0
            let wanted = min(below / Self.width, stored + limit)
            for index in stored..<max(stored, wanted) {
                tiles.append(Tile(level: level, index: index, hash: try Self.reduced(hashes(level: level - 1, from: index * Self.width, Self.width))))
            }
            below = stored
            level += 1
        }
        return tiles
    }
}
