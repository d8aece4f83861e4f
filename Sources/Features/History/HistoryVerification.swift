import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Walks every chain from its beginning and names the first entry that does not follow from the ones before it.
///
/// It finds what was changed, removed from within, inserted or moved. Cutting off a chain's tail together with its head leaves a shorter
/// chain that is whole: only a head that was kept elsewhere shows that.
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
        case detailsChanged = "its details were changed"
        case detailsRemoved = "its details were removed"
        case head = "the chain's head does not point to it: entries were added or removed at the end"
    }

    private static let pageSize = 2_000

    package static func run(_ database: any Database) async throws -> Report {
        var report = Report()
        let chains = try await database.read(seeing: .everything) { tx in try HistoryStore.chains(Policy.open(.command), tx) }
        for chain in chains {
            let (entries, broken) = try await verify(chain.name, head: (chain.seq, chain.hash), in: database)
            report.entries += entries
            if let broken {
                report.isIntact = false
                report.lines.append("BROKEN  \(chain.name): entry \(broken.seq) (\(broken.id)): \(broken.flaw.rawValue)")
            } else {
                report.lines.append("intact  \(chain.name): \(entries) entries")
            }
        }
        if chains.isEmpty { report.lines.append("There is no history yet.") }
        return report
    }

    private static func verify(
        _ chain: String, head: (seq: Int64, hash: [UInt8]), in database: any Database
    ) async throws -> (Int, broken: (seq: Int64, id: String, flaw: Flaw)?) {
        var seq: Int64 = 0
        var previous = HistoryChain.beginning
        var lastID = "none"
        while true {
            let after = seq
            let links = try await database.read(seeing: .everything) { tx in
                try HistoryStore.links(of: chain, after: after, limit: pageSize, Policy.open(.command), tx)
            }
            for stored in links {
                if let flaw = flaw(stored, after: seq, previous) { return (Int(seq), (stored.link.seq, stored.link.id, flaw)) }
                seq = stored.link.seq
                previous = stored.hash
                lastID = stored.link.id
            }
            if links.count < pageSize { break }
        }
        if head.seq != seq || head.hash != previous { return (Int(seq), (seq, lastID, .head)) }
        return (Int(seq), nil)
    }

    private static func flaw(_ stored: HistoryStore.StoredLink, after seq: Int64, _ previous: [UInt8]) -> Flaw? {
        if stored.link.seq != seq + 1 { return .removed }
        if stored.link.previous != previous { return .moved }
        if stored.link.hash != stored.hash { return .changed }
        guard let salt = stored.salt, let details = stored.details else { return .detailsRemoved }
        return HistoryChain.detailsHash(salt: salt, details: details) == stored.link.detailsHash ? nil : .detailsChanged
    }
}
