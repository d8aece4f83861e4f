import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// Whole chains as JSON lines, with everything that a second verifier needs (docs/adr/0018-checkpoints.md).
package enum ChainExport {
    /// Where an export goes on: behind this entry of this chain.
    package struct Place: Sendable, Hashable {
        package var chain: String
        package var seq: Int64

        package init(chain: String, seq: Int64 = 0) {
            self.chain = chain
            self.seq = seq
        }
    }

    private static let page = 1_000
    private static let mostBytes = 4 << 20

    /// The names of all chains.
    package static func chains(_ gate: Gate) async throws -> [String] {
        try await gate.read(door: .checkpoints) { try HistoryChainStore.names($0, $1) }
    }

    /// The next lines of one chain, each with a newline; and where to go on, nil at its end.
    package static func lines(after place: Place, _ gate: Gate) async throws -> (lines: [UInt8], next: Place?) {
        try await gate.read(door: .checkpoints) { permit, tx in
            let chain = ReadableChain(place.chain, permit)
            let marks = try HistoryChainStore.marks(of: chain, after: place.seq, limit: page, tx)
            var (lines, next, count) = ([UInt8](), place, 0)
            try HistoryChainStore.forEachLink(of: chain, after: place.seq, limit: page, tx) { stored in
                record(stored, erasure: marks[stored.link.seq]).write(into: &lines)
                lines.append(UInt8(ascii: "\n"))
                next.seq = stored.link.seq
                count += 1
                return lines.count < mostBytes
            }
            return (lines, count < page && lines.count < mostBytes ? nil : next)
        }
    }

    /// One entry. Hashes are in hexadecimal digits; `details` is a text, since its bytes are what is hashed.
    static func record(_ stored: HistoryChainStore.StoredLink, erasure: Int64?, withDetails: Bool = true) -> JSON {
        let link = stored.link
        var members: [(String, JSON)] = [
            ("chain", .string(link.chain)), ("seq", .int(link.seq)), ("id", .string(link.id)), ("at", .int(link.at)),
            ("actor_kind", .string(link.actorKind)), ("actor_id", .string(link.actorID)), ("action", .string(link.action)),
            ("subject_kind", .string(link.subjectKind)), ("subject_id", .string(link.subjectID)),
            ("details_hash", .string(Hex.text(link.detailsHash))), ("previous", .string(Hex.text(link.previous))),
            ("hash", .string(Hex.text(stored.hash))),
        ]
        if withDetails, let salt = stored.salt, let details = stored.details {
            members += [("salt", .string(Hex.text(salt))), ("details", .string(details))]
        }
        if let erasure { members.append(("erased_by", .int(erasure))) }
        return JSON(members: members)
    }
}
