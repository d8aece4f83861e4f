import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Walks every chain from its beginning and names the first entry that does not follow from the ones before it.
///
/// By itself it finds what was changed, removed from within, inserted or moved, and what was erased without an erasure. Against checkpoints that
/// were kept it also finds an end that was cut off and a chain that was written anew.
package enum HistoryVerification {
    package struct Report: Sendable {
        package var lines: [String] = []
        package var isIntact = true
        package var entries = 0
    }

    /// What is wrong with an entry, in the order in which it is looked for.
    package enum Flaw: String, Sendable {
        case removed = "an entry before it was removed"
        case moved = "it does not follow the entry before it: it was moved or inserted, or the one before it was changed"
        case changed = "it was changed"
        case marked = "its details are there, and a mark says that they were erased"
        case detailsChanged = "its details were changed"
        case detailsRemoved = "its details were removed"
        case marksChanged = "the marks of what was erased are not those that an erasure made"
        case tile = "the tree over the entries up to it was changed"
        case head = "the chain's head does not point to it: entries were added or removed at the end"
    }

    /// - Parameter kept: checkpoints to hold the chains to, besides those in the database.
    /// - Parameter keys: the public keys that may have signed those; nil for the installation's own.
    package static func run(
        _ database: any Database, against kept: [SignedCheckpoint] = [], keys: [[UInt8]]? = nil
    ) async throws -> Report {
        var report = Report()
        let (chains, own) = try await database.read(seeing: .everything) { tx in try read(Policy.open(.command), tx) }
        var checkpoints: [String: [SignedCheckpoint]] = [:]
        let given = Set(kept)
        for signed in given.union(own.notes) {
            let chain = signed.checkpoint.chain
            if signed.isSigned(byOneOf: given.contains(signed) ? keys ?? own.keys : own.keys) {
                checkpoints[chain, default: []].append(signed)
            } else {
                report.add(broken: chain, "the checkpoint of \(signed.checkpoint.size) entries is not signed by a key that is known")
            }
        }
        for line in own.unreadable { report.add(broken: line, "its newest checkpoint in the database cannot be read") }
        for chain in chains {
            let held = checkpoints.removeValue(forKey: chain) ?? []
            let walk = try await walk(chain, held.map(\.checkpoint), in: database)
            report.entries += Int(walk.seq)
            report.add(chain, walk, kept: held.count { given.contains($0) })
        }
        for (chain, held) in checkpoints.sorted(by: { $0.key < $1.key }) {
            report.add(broken: chain, "there is no such chain, and a checkpoint of \(held.map(\.checkpoint.size).max() ?? 0) entries")
        }
        if chains.isEmpty, report.isIntact { report.lines.append("There is no history yet.") }
        return report
    }

    private struct Own: Sendable {
        var keys: [[UInt8]]
        var notes: [SignedCheckpoint] = []
        var unreadable: [String] = []
    }

    private static func read(
        _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> (chains: [String], own: Own) {
        var own = Own(keys: try CheckpointStore.keys(permit, tx).map(\.publicKey))
        for (chain, note) in try CheckpointStore.kept(permit, tx) {
            if let signed = SignedCheckpoint(note: note), signed.checkpoint.chain == chain {
                own.notes.append(signed)
            } else {
                own.unreadable.append(chain)
            }
        }
        return (try HistoryChainStore.names(permit, tx), own)
    }

    private static func walk(_ chain: String, _ checkpoints: [Checkpoint], in database: any Database) async throws -> ChainWalk {
        var walk = ChainWalk(chain, checkpoints)
        while walk.broken == nil, !walk.isAtEnd {
            let before = walk
            walk = try await database.read(seeing: .everything) { tx in
                var walk = before
                try walk.goOn(Policy.open(.command), tx)
                return walk
            }
        }
        return walk
    }
}

extension HistoryVerification.Report {
    fileprivate mutating func add(broken chain: String, _ what: String) {
        isIntact = false
        lines.append("BROKEN  \(chain): \(what)")
    }

    fileprivate mutating func add(_ chain: String, _ walk: ChainWalk, kept: Int) {
        if let broken = walk.broken { return add(broken: chain, broken) }
        let erased = walk.erased == 0 ? "" : ", the details of \(walk.erased) of them erased"
        let held = kept == 0 ? "" : ", as \(kept == 1 ? "the checkpoint says" : "\(kept) checkpoints say")"
        lines.append("intact  \(chain): \(walk.seq) entries\(erased)\(held)")
    }
}
