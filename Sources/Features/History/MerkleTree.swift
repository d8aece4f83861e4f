import LatchkeySecrets

/// The Merkle tree over a chain's entries (RFC 6962, section 2.1). Its leaves are the entries' hashes; entry 1 is leaf 0.
package enum MerkleTree {
    /// The root of no entries.
    package static let empty = SHA256.hash([])

    package static func leaf(_ entry: [UInt8]) -> [UInt8] { SHA256.hash([0] + entry) }

    package static func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(65)
        bytes.append(1)
        bytes.append(contentsOf: left)
        bytes.append(contentsOf: right)
        return SHA256.hash(bytes)
    }

    /// The largest power of two that is smaller than `count`, where the tree over so many splits.
    static func split(_ count: Int64) -> Int64 { 1 << (63 - Int64((count - 1).leadingZeroBitCount)) }

    /// Where the hashes of subtrees come from: those over `count` leaves from `start` on.
    package typealias Subtree = (_ start: Int64, _ count: Int64) throws -> [UInt8]

    /// The hashes that lead from a leaf to the root over `size` leaves, the lowest first (RFC 6962, section 2.1.1).
    package static func inclusion(of leaf: Int64, in size: Int64, _ subtree: Subtree) rethrows -> [[UInt8]] {
        try path(leaf, from: 0, size, subtree)
    }

    private static func path(_ leaf: Int64, from start: Int64, _ count: Int64, _ subtree: Subtree) rethrows -> [[UInt8]] {
        if count <= 1 { return [] }
        let left = split(count)
        if leaf < left { return try path(leaf, from: start, left, subtree) + [subtree(start + left, count - left)] }
        return try path(leaf - left, from: start + left, count - left, subtree) + [subtree(start, left)]
    }

    /// The hashes that show that the first `older` of `size` leaves are those of the tree that had so many (RFC 6962, section 2.1.2).
    package static func consistency(of older: Int64, in size: Int64, _ subtree: Subtree) rethrows -> [[UInt8]] {
        if older <= 0 || older >= size { return [] }
        return try proof(older, from: 0, size, isWhole: true, subtree)
    }

    private static func proof(_ older: Int64, from start: Int64, _ count: Int64, isWhole: Bool, _ subtree: Subtree) rethrows -> [[UInt8]] {
        if older == count { return isWhole ? [] : [try subtree(start, count)] }
        let left = split(count)
        if older <= left {
            return try proof(older, from: start, left, isWhole: isWhole, subtree) + [subtree(start + left, count - left)]
        }
        return try proof(older - left, from: start + left, count - left, isWhole: false, subtree) + [subtree(start, left)]
    }
}

/// A Merkle tree that grows at its end: of each complete subtree that no larger one holds, its hash.
package struct MerkleFrontier: Sendable {
    package private(set) var size: Int64 = 0
    private var subtrees: [(level: Int, hash: [UInt8])] = []

    package init() {}

    /// Adds the next leaf; says which complete subtrees that makes, by level from 1.
    package mutating func append(_ leaf: [UInt8], completed: (_ level: Int, _ hash: [UInt8]) -> Void = { _, _ in }) {
        size += 1
        var (level, hash) = (0, leaf)
        while let last = subtrees.last, last.level == level {
            subtrees.removeLast()
            hash = MerkleTree.node(last.hash, hash)
            level += 1
            completed(level, hash)
        }
        subtrees.append((level, hash))
    }

    package var root: [UInt8] {
        guard var hash = subtrees.last?.hash else { return MerkleTree.empty }
        for (_, left) in subtrees.dropLast().reversed() { hash = MerkleTree.node(left, hash) }
        return hash
    }
}
