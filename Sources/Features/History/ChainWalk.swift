import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets

/// The way along one chain from its beginning, some thousands of entries at a time, until it ends or something is wrong.
struct ChainWalk: Sendable {
    let chain: String
    /// The last entry that was right.
    private(set) var seq: Int64 = 0
    private(set) var erased = 0
    private(set) var isAtEnd = false
    /// What is wrong, and with which entry.
    private(set) var broken: String?

    private var previous = HistoryChain.beginning
    private var lastID = "none"
    private var tree = MerkleFrontier()
    /// The entries of erasures that marks name, and that are still to come.
    private var erasures: Set<Int64> = []
    private var buffer: [UInt8] = []
    /// Those not reached yet, the shortest first.
    private var checkpoints: ArraySlice<Checkpoint>

    private static let page = 2_000

    init(_ chain: String, _ checkpoints: [Checkpoint]) {
        self.chain = chain
        self.checkpoints = checkpoints.sorted { $0.size < $1.size }[...]
    }

    /// Goes over the next page.
    mutating func goOn(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        let (after, chain) = (seq, ReadableChain(chain, permit))
        let marked = try HistoryChainStore.marks(of: chain, after: after, limit: Self.page, tx)
        var tiles: [HistoryTree.Tile] = []
        var made: [(seq: Int64, id: String, details: String)] = []
        var count = 0
        meet()
        try HistoryChainStore.forEachLink(of: chain, after: after, limit: Self.page, tx) { stored in
            count += 1
            if let flaw = flaw(stored, marked[stored.link.seq]) {
                fail(stored.link.seq, stored.link.id, flaw.rawValue)
                return false
            }
            (seq, previous, lastID) = (stored.link.seq, stored.hash, stored.link.id)
            if stored.link.action == ErasedEntries.action { made.append((seq, lastID, stored.details ?? "")) }
            let (size, height) = (tree.size + 1, HistoryTree.height)
            tree.append(MerkleTree.leaf(stored.hash)) { level, hash in
                if level % height == 0 { tiles.append(.init(level: level / height, index: size >> Int64(level) - 1, hash: hash)) }
            }
            meet()
            return broken == nil
        }
        for tile in tiles where broken == nil {
            let known = try CheckpointStore.tiles(of: chain, level: tile.level, from: tile.index, count: 1, tx).first
            if let known, known.hash != tile.hash {
                let last = (tile.index + 1) << Int64(tile.level * HistoryTree.height)
                fail(last, "the last of \(last)", HistoryVerification.Flaw.tile.rawValue)
            }
        }
        for erasure in made where broken == nil {
            let marks = try HistoryChainStore.marks(by: erasure.seq, of: chain, tx)
            if !marks.isNamed(by: erasure.details) { fail(erasure.seq, erasure.id, HistoryVerification.Flaw.marksChanged.rawValue) }
        }
        // The head as it is where the end is: others go on writing meanwhile.
        if count < Self.page { end(head: try HistoryChainStore.head(of: chain, tx)) }
    }

    /// Looks at what can be said only at the end.
    private mutating func end(head: (seq: Int64, hash: [UInt8])) {
        isAtEnd = true
        if broken != nil { return }
        if !erasures.isEmpty { return fail(seq, lastID, HistoryVerification.Flaw.marksChanged.rawValue) }
        if head.seq != seq || head.hash != previous { return fail(seq, lastID, HistoryVerification.Flaw.head.rawValue) }
        guard let longest = checkpoints.last else { return }
        fail(seq, lastID, "it is the last one, and the checkpoint\(Self.time(longest)) has \(longest.size) entries: the end was cut off")
    }

    private mutating func fail(_ seq: Int64, _ id: String, _ what: String) { broken = "entry \(seq) (\(id)): \(what)" }

    /// Compares with the checkpoints of this size.
    private mutating func meet() {
        while broken == nil, let next = checkpoints.first, next.size == tree.size {
            checkpoints.removeFirst()
            if next.root != tree.root {
                fail(seq, lastID, "the entries up to it are not those of the checkpoint\(Self.time(next)): they were written anew")
            }
        }
    }

    private static func time(_ checkpoint: Checkpoint) -> String { checkpoint.at.map { " of \($0)" } ?? "" }

    private mutating func flaw(_ stored: HistoryChainStore.StoredLink, _ erasure: Int64?) -> HistoryVerification.Flaw? {
        let link = stored.link
        if link.seq != seq + 1 { return .removed }
        if link.previous != previous { return .moved }
        if link.hash(in: &buffer) != stored.hash { return .changed }
        if let erasure {
            if stored.salt != nil || stored.details != nil { return .marked }
            // An erasure is recorded after what it erases.
            if erasure <= link.seq { return .marksChanged }
            erasures.insert(erasure)
            erased += 1
        } else {
            guard let salt = stored.salt, let details = stored.details else { return .detailsRemoved }
            if HistoryChain.detailsHash(salt: salt, details: details, in: &buffer) != link.detailsHash { return .detailsChanged }
        }
        return erasures.remove(link.seq) != nil && link.action != ErasedEntries.action ? .marksChanged : nil
    }
}

/// The entries that one erasure took the details of, in their order; the entry of the erasure names their number and a hash over them.
struct ErasedEntries: Sendable {
    static let action = "history.erased"

    private(set) var count = 0
    private var stream = SHA256.Stream()

    /// Each as decimal digits and a newline.
    mutating func add(_ seq: Int64) {
        count += 1
        stream.update(Array("\(seq)\n".utf8))
    }

    var changes: [Change] { [Change("entries", to: JSON(count)), Change("entries_hash", to: .string(hash))] }

    private var hash: String { Hex.text(stream.digest()) }

    func isNamed(by details: String) -> Bool {
        guard let json = try? JSON.parse(Array(details.utf8)), let changes = json["changes"]?.items else { return false }
        func named(_ field: String) -> JSON? { changes.first { $0["field"]?.text == field }?["to"] }
        return named("entries")?.whole == count && named("entries_hash")?.text == hash
    }
}
