import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// What can be proved of the permit's account: that an entry stands in its history, and that its history went on from an earlier one.
enum HistoryProofs {
    /// What is asked for: one entry, by id or number, or the way from an older size; in the tree over `size` entries, nil for all there are.
    struct Request: Sendable {
        enum Proved: Sendable {
            case entry(HistoryID)
            case seq(Int64)
            case growth(from: Int64)
            /// The newest entry, where nothing is named.
            case newest
            /// An id that nobody ever issued.
            case nothing
        }

        let proved: Proved
        let size: Int64?

        /// - Throws: `Problem` 400 or 422.
        init(_ query: Query) throws {
            let entry = query.id("entry", HistoryKind.self)
            let counts = 1...Int64.max
            let (seq, from) = (query.whole("seq", in: counts), query.whole("from", in: counts))
            size = query.whole("size", in: counts)
            if [entry != nil, seq != nil, from != nil].count(where: { $0 }) > 1 {
                query.invalid("entry", "too_many", "Name one of entry, seq and from.")
            }
            try query.finish()
            proved =
                switch (entry, seq, from) {
                case (.id(let id), _, _): .entry(id)
                case (.matchesNothing, _, _): .nothing
                case (_, let seq?, _): .seq(seq)
                case (_, _, let from?): .growth(from: from)
                default: .newest
                }
        }
    }

    /// - Throws: `Hidden` for an entry that is not there for the reader; `Problem` 422 for a size that the chain never had.
    static func answer(_ request: Request, _ permit: borrowing Permit, _ tx: any Transaction) throws -> JSON {
        let tree = HistoryTree(chain: ReadableChain(permit), tx: tx)
        switch request.proved {
        case .nothing: throw Hidden()
        case .entry(let id):
            guard let seq = try CheckpointStore.seq(of: id, in: tree.chain, tx) else { throw Hidden() }
            return try inclusion(of: seq, request, tree, permit)
        case .newest:
            guard let seq = try newestVisible(before: (request.size ?? tree.size()) + 1, permit, tx) else { throw Hidden() }
            return try inclusion(of: seq, request, tree, permit)
        case .seq(let seq): return try inclusion(of: seq, request, tree, permit)
        case .growth(let from):
            let size = try size(request, tree)
            if from > size { throw outOfRange("from", size) }
            return [
                "kind": "consistency", "chain": .string(tree.chain.name), "from": .int(from), "size": .int(size),
                "from_root": try text(tree.root(of: from)), "root": try text(tree.root(of: size)),
                "hashes": .array(try tree.consistency(of: from, in: size).map(text)),
            ]
        }
    }

    private static func inclusion(of seq: Int64, _ request: Request, _ tree: HistoryTree, _ permit: borrowing Permit) throws -> JSON {
        // What does not exist for the reader is not proved to them either.
        guard try newestVisible(before: seq + 1, permit, tree.tx) == seq, let stored = try stored(seq, tree) else { throw Hidden() }
        let size = try size(request, tree)
        if seq > size { throw outOfRange("size", try tree.size(), least: seq) }
        let erasure = try HistoryChainStore.marks(of: tree.chain, after: seq - 1, limit: 1, tree.tx)[seq]
        return [
            "kind": "inclusion", "chain": .string(tree.chain.name), "seq": .int(seq), "size": .int(size), "root": try text(tree.root(of: size)),
            "hashes": .array(try tree.inclusion(of: seq - 1, in: size).map(text)),
            // The bytes of details would name keys that the reader does not hold.
            "record": ChainExport.record(stored, erasure: erasure, withDetails: permit.keys == .all),
        ]
    }

    /// The newest entry before this one that exists for this reader.
    private static func newestVisible(before seq: Int64, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int64? {
        try HistoryPage.find(HistoryFilter(), PageRequest(limit: 1, after: Cursor(String(seq))), permit, tx).items.first?.seq
    }

    private static func stored(_ seq: Int64, _ tree: HistoryTree) throws -> HistoryChainStore.StoredLink? {
        var found: HistoryChainStore.StoredLink?
        try HistoryChainStore.forEachLink(of: tree.chain, after: seq - 1, limit: 1, tree.tx) { stored in
            if stored.link.seq == seq { found = stored }
            return false
        }
        return found
    }

    private static func size(_ request: Request, _ tree: HistoryTree) throws -> Int64 {
        let all = try tree.size()
        guard let size = request.size else { return all }
        if size > all { throw outOfRange("size", all) }
        return size
    }

    private static func outOfRange(_ name: String, _ most: Int64, least: Int64 = 1) -> Problem {
        .invalid(name, "out_of_range", "This must be between \(least) and \(most).")
    }

    static func text(_ hash: [UInt8]) -> JSON { .string(PaddedBase64.encode(hash)) }
}
