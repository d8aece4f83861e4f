import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeySecrets

/// The hash chain of history. **This format cannot change once shipped** (docs/adr/0005-history-chain.md).
///
/// `hash` is SHA-256 over `latchkey-history-1` and these fields, each as an 8-byte big-endian length and its bytes: the previous hash (32 zero
/// bytes first of all), chain, seq, id, at (milliseconds), actor kind, actor id, action, subject kind, subject id, details hash. Numbers are
/// written in decimal. `details hash` is SHA-256 over the 16 bytes of salt and the details' JSON as stored. Names, addresses and values are in
/// the details alone, so that a person's data can be erased later without breaking the chain.
package enum HistoryChain {
    package static let beginning = [UInt8](repeating: 0, count: 32)

    package struct Link: Sendable, Equatable {
        package var chain: String, seq: Int64, id: String, at: Int64, actorKind: String, actorID: String, action: String
        package var subjectKind: String, subjectID: String, detailsHash: [UInt8], previous: [UInt8]

        package init(
            chain: String, seq: Int64, id: String, at: Int64, actorKind: String, actorID: String, action: String, subjectKind: String,
            subjectID: String, detailsHash: [UInt8], previous: [UInt8]
        ) {
            self.chain = chain
            self.seq = seq
            self.id = id
            self.at = at
            self.actorKind = actorKind
            self.actorID = actorID
            self.action = action
            self.subjectKind = subjectKind
            self.subjectID = subjectID
            self.detailsHash = detailsHash
            self.previous = previous
        }

        package var hash: [UInt8] {
            var bytes: [UInt8] = []
            return hash(in: &bytes)
        }

        /// The same by way of a buffer that is used again and again.
        package func hash(in bytes: inout [UInt8]) -> [UInt8] {
            bytes.removeAll(keepingCapacity: true)
            bytes.append(contentsOf: HistoryChain.format.utf8)
            Self.add(previous, to: &bytes)
            Self.add(chain, to: &bytes)
            Self.add(String(seq), to: &bytes)
            Self.add(id, to: &bytes)
            Self.add(String(at), to: &bytes)
            for text in [actorKind, actorID, action, subjectKind, subjectID] { Self.add(text, to: &bytes) }
            Self.add(detailsHash, to: &bytes)
            return SHA256.hash(bytes)
        }

        private static func add(_ field: String, to bytes: inout [UInt8]) {
            add(count: field.utf8.count, to: &bytes)
            bytes.append(contentsOf: field.utf8)
        }

        private static func add(_ field: [UInt8], to bytes: inout [UInt8]) {
            add(count: field.count, to: &bytes)
            bytes.append(contentsOf: field)
        }

        private static func add(count: Int, to bytes: inout [UInt8]) {
            let count = UInt64(count)
            for shift in stride(from: UInt64(56), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        }
    }

    private static let format = "latchkey-history-1"

    package static func detailsHash(salt: [UInt8], details: String) -> [UInt8] { SHA256.hash(salt + Array(details.utf8)) }

    /// The same by way of a buffer that is used again and again.
    package static func detailsHash(salt: [UInt8], details: String, in bytes: inout [UInt8]) -> [UInt8] {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: salt)
        bytes.append(contentsOf: details.utf8)
        return SHA256.hash(bytes)
    }
}

/// Where a write leaves its history, in the same transaction. Without an entry the gate lets no change through.
package final class Ledger {
    private let tx: any Transaction
    private let chain: Chain
    private let actor: Actor
    private let origin: Origin
    package let now: Timestamp
    package private(set) var entries = 0
    private(set) var happenings: [Happening] = []

    init(tx: any Transaction, chain: Chain, actor: Actor, origin: Origin, now: Timestamp) {
        self.tx = tx
        self.chain = chain
        self.actor = actor
        self.origin = origin
        self.now = now
    }

    /// Tells those who watch the account, once this is committed.
    package func announce(_ happening: Happening) { happenings.append(happening) }

    /// Appends one entry for one thing changed, by the principal of this write and in its chain unless others are named.
    package func record(
        _ action: String, _ subject: Subject, _ changes: [Change] = [], by other: Actor? = nil, in elsewhere: Chain? = nil
    ) throws {
        let actor = other ?? actor
        let chain = elsewhere ?? chain
        // Two nodes must not both go on from one head.
        try tx.lock(chain.name)
        let head = try tx.row(
            """
            SELECT e.seq, e.hash, h.at FROM history_heads e LEFT JOIN history h ON h.chain = e.chain AND h.seq = e.seq WHERE e.chain = \(chain.name)
            """
        ) { (seq: try $0[0] as Int64, hash: try $0[1] as [UInt8], at: try $0[2] as Timestamp?) }
        // A clock that was set back turns no chain around: what is looked for by time is found by `seq`. The id keeps the clock's own time.
        let at = max(now, head?.at ?? now)
        let salt = Random.bytes(16)
        var members: [(String, JSON)] = [
            ("actor", .string(actor.name)), ("subject", .string(subject.name)), ("changes", .array(changes.map(\.json))),
            ("address", .string(origin.address)), ("request_id", .string(origin.requestID.description)),
        ]
        if let other = actor.onBehalfOf { members.append(("on_behalf_of", .string(other))) }
        let details = String(decoding: JSON(members: members).encode(), as: UTF8.self)
        let link = HistoryChain.Link(
            chain: chain.name, seq: (head?.seq ?? 0) + 1, id: HistoryID.new(at: now).description, at: at.milliseconds,
            actorKind: actor.kind.rawValue, actorID: actor.id, action: action, subjectKind: subject.kind, subjectID: subject.id,
            detailsHash: HistoryChain.detailsHash(salt: salt, details: details), previous: head?.hash ?? HistoryChain.beginning)
        let hash = link.hash
        try tx.execute(
            """
            INSERT INTO history (chain, seq, id, at, actor_kind, actor_id, action, subject_kind, subject_id, details_hash, previous, hash)
            VALUES (\(link.chain), \(link.seq), \(link.id), \(link.at), \(link.actorKind), \(link.actorID), \(link.action), \(link.subjectKind),
                \(link.subjectID), \(link.detailsHash), \(link.previous), \(hash))
            """)
        try tx.execute("INSERT INTO history_details (chain, seq, salt, details) VALUES (\(link.chain), \(link.seq), \(salt), \(details))")
        try tx.execute(
            """
            INSERT INTO history_heads (chain, seq, hash) VALUES (\(link.chain), \(link.seq), \(hash))
            ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
            """)
        entries += 1
    }

    /// Appends an entry that names what changed; nothing where nothing did. Answers whether anything did.
    @discardableResult
    package func recordChange(_ action: String, _ subject: Subject, from before: JSON, to after: JSON) throws -> Bool {
        let changes = Change.between(before, after)
        if changes.isEmpty { return false }
        try record(action, subject, changes)
        return true
    }
}
