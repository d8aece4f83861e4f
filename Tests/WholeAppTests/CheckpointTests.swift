import HistoryFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import Synchronization
import Testing

@testable import latchkey

/// What a checkpoint that was kept elsewhere shows.
@Suite struct `A checkpoint` {
    private func house(groups: Int = 8) async throws -> TestHouse {
        let house = try await TestHouse()
        let olive = try await house.olive()
        for index in 0..<groups { _ = try await Cast.make(olive, "groups", ["name": "Group \(index)"]) }
        return house
    }

    /// Some thousand entries at once.
    private func fill(_ house: TestHouse, _ count: Int) async throws {
        try await house.house.gate.write(door: .command, origin: .ofThisMachine(at: house.house.gate.now)) { _, _, book in
            for index in 0..<count { try book.record("thing.changed", Subject("thing", "t\(index)", "Thing"), in: .enterprise, by: .system) }
        }
    }

    private func broken(
        _ house: TestHouse, _ kept: [SignedCheckpoint] = [], keys: [[UInt8]]? = nil
    ) async throws -> [String] {
        let report = try await HistoryVerification.run(house.installation.database, against: kept, keys: keys)
        let broken = report.lines.filter { $0.hasPrefix("BROKEN") }
        #expect(report.isIntact == broken.isEmpty)
        return broken
    }

    private static let cutTheTail: [SQL] = [
        "DELETE FROM history_details WHERE chain = 'enterprise' AND seq > 8", "DELETE FROM history WHERE chain = 'enterprise' AND seq > 8",
        "UPDATE history_heads SET seq = 8, hash = (SELECT hash FROM history WHERE chain = 'enterprise' AND seq = 8) WHERE chain = 'enterprise'",
    ]

    /// Writes the enterprise's chain anew from its fifth entry on, with every hash right.
    private func rewrite(_ house: TestHouse) async throws {
        try await house.tamper([])
        try await house.asOwner { tx in
            let rows = try tx.rows(
                """
                SELECT seq, id, at, actor_kind, actor_id, action, subject_kind, subject_id, details_hash FROM history
                WHERE chain = 'enterprise' ORDER BY seq
                """
            ) { row in
                HistoryChain.Link(
                    chain: "enterprise", seq: try row[0], id: try row[1], at: try row[2], actorKind: try row[3], actorID: try row[4],
                    action: try row[5],
                    subjectKind: try row[6], subjectID: try row[7], detailsHash: try row[8], previous: [])
            }
            var previous = HistoryChain.beginning
            for row in rows {
                var link = row
                link.previous = previous
                if link.seq == 5 { link.actorID = "adm_somebody_else" }
                previous = link.hash
                try tx.execute(
                    """
                    UPDATE history SET actor_id = \(link.actorID), previous = \(link.previous), hash = \(previous)
                    WHERE chain = 'enterprise' AND seq = \(link.seq)
                    """)
            }
            try tx.execute("UPDATE history_heads SET hash = \(previous) WHERE chain = 'enterprise'")
        }
    }

    @Test func `fits the history that went on from it`() async throws {
        let house = try await house()
        let kept = try await HistoryCheckpoints.ofAll(house.house)
        #expect(kept.map(\.checkpoint.chain) == ["enterprise"] && kept[0].checkpoint.size >= 10)
        #expect(try await broken(house, kept) == [])
        _ = try await Cast.make(house.olive(), "groups", ["name": "One more"])
        #expect(try await broken(house, kept) == [])
        let more = try await HistoryCheckpoints.ofAll(house.house)
        #expect(try await broken(house, kept + more) == [])
    }

    @Test func `shows an end that was cut off together with its head`() async throws {
        let house = try await house()
        let kept = try await HistoryCheckpoints.ofAll(house.house)
        try await house.tamper(Self.cutTheTail)
        #expect(try await broken(house) == [], "nothing shows it without a checkpoint")
        let found = try await broken(house, kept)
        #expect(found.count == 1 && found[0].contains("enterprise: entry 8 ") && found[0].contains("cut off"), "\(found)")
    }

    @Test func `shows a chain that was written anew as a whole`() async throws {
        let house = try await house()
        let kept = try await HistoryCheckpoints.ofAll(house.house)
        try await rewrite(house)
        #expect(try await broken(house) == [], "nothing shows it without a checkpoint")
        let found = try await broken(house, kept)
        #expect(found.count == 1 && found[0].contains("written anew"), "\(found)")
    }

    @Test func `in the database shows both to whoever has not the master key`() async throws {
        let cut = try await house()
        #expect(try await HistoryCheckpoints.sweep(cut.house) == 1)
        #expect(try await HistoryCheckpoints.sweep(cut.house) == 0, "nothing grew")
        try await cut.tamper(Self.cutTheTail)
        #expect(try await broken(cut).first?.contains("cut off") == true)
        let rewritten = try await house()
        _ = try await HistoryCheckpoints.sweep(rewritten.house)
        try await rewrite(rewritten)
        #expect(try await broken(rewritten).first?.contains("written anew") == true)
        // And one of their own making is no checkpoint.
        guard let key = Ed25519Key.make() else { return }
        let tree = try await HistoryCheckpoints.ofAll(rewritten.house)
        let forged = SignedCheckpoint(tree[0].checkpoint, by: key)
        try await rewritten.asOwner { tx in try tx.execute("UPDATE history_checkpoints SET note = \(forged.note)") }
        #expect(try await broken(rewritten).first?.contains("not signed by a key that is known") == true)
    }

    @Test func `shows a chain that is gone`() async throws {
        let house = try await house()
        let kept = try await HistoryCheckpoints.ofAll(house.house)
        try await house.tamper(["DELETE FROM history_details", "DELETE FROM history", "DELETE FROM history_heads"])
        #expect(try await broken(house, kept).first?.contains("there is no such chain") == true)
    }

    @Test func `counts only with a signature of a known key, over every byte`() async throws {
        let house = try await house()
        let kept = try await HistoryCheckpoints.ofAll(house.house)[0]
        #expect(SignedCheckpoint(note: kept.note) == kept)
        for (part, other) in [("\n\(kept.checkpoint.size)\n", "\n\(kept.checkpoint.size - 1)\n"), ("time 2", "time 1")] {
            let changed = kept.note.replacing(part, with: other)
            #expect(changed != kept.note)
            guard let read = SignedCheckpoint(note: changed) else { continue }
            #expect(try await broken(house, [read]).first?.contains("not signed") == true, "\(changed)")
        }
        guard let stranger = Ed25519Key.make() else { return }
        let forged = SignedCheckpoint(kept.checkpoint, by: stranger)
        #expect(try await broken(house, [forged]).count == 1)
        #expect(try await broken(house, [forged], keys: [stranger.publicKey]) == [], "whoever says which keys count")
        #expect(try await broken(house, [kept], keys: [stranger.publicKey]).count == 1)
        #expect(SignedCheckpoint.all(in: kept.note + "\n" + kept.note + "\n") == [kept, kept])
        for text in ["x", kept.note + kept.note, "\n\n\n\n—", kept.checkpoint.body] { #expect(SignedCheckpoint.all(in: text) == nil, "\(text)") }
        #expect(SignedCheckpoint.all(in: "") == [])
    }

    @Test func `goes on to count after its key was changed`() async throws {
        let house = try await house()
        let old = try await HistoryCheckpoints.ofAll(house.house)
        _ = try await CheckpointKeys.rotate(house.house)
        let new = try await HistoryCheckpoints.ofAll(house.house)
        #expect(old[0].checkpoint.origin == new[0].checkpoint.origin)
        #expect(try await broken(house, old + new) == [])
        let keys = try await CheckpointKeys.published(house.house)
        #expect(keys.count == 2 && keys[0]["retired_at"]?.text != nil && keys[1]["retired_at"] == .null)
        guard let first = keys[0]["public_key"]?.text.flatMap({ CheckpointKey.publicKey($0) }) else { throw OperatorError("no key") }
        #expect(old[0].isSigned(byOneOf: [first]) && !new[0].isSigned(byOneOf: [first]))
    }

    @Test func `is the same with tiles as without, and a wrong tile is found`() async throws {
        let house = try await house(groups: 1)
        try await fill(house, 1_500)
        let without = try await HistoryCheckpoints.ofAll(house.house)[0].checkpoint
        _ = try await HistoryCheckpoints.sweep(house.house)
        #expect(
            try await house.installation.database.read(seeing: .everything) { tx in
                try tx.row("SELECT count(*) FROM history_tiles WHERE chain = 'enterprise'") { try $0[0] as Int }
            } == 5)
        let with = try await HistoryCheckpoints.ofAll(house.house)[0].checkpoint
        #expect(with.root == without.root && with.size == without.size)
        #expect(try await broken(house) == [])
        try await house.asOwner { tx in try tx.execute("UPDATE history_tiles SET hash = \([UInt8](repeating: 1, count: 32)) WHERE tile = 2") }
        let found = try await broken(house)
        #expect(found.count == 1 && found[0].contains("the tree over"), "\(found)")
    }
}

/// A number that several add to.
private final class Count: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock { $0 } }
    func add(_ more: Int) { number.withLock { $0 += more } }
}

/// Nodes that share a database.
@Suite(.enabled(if: TestDatabase.isPostgres)) struct `Checkpoints of several nodes` {
    @Test func `are made once`() async throws {
        let house = try await TestHouse()
        let other = try await house.anotherNode()
        defer { withExtendedLifetime((house, other)) {} }
        let leases = [Lease("history.checkpoints", holder: "one"), Lease("history.checkpoints", holder: "two")]
        let made = Count()
        for round in 0..<4 {
            _ = try await Cast.make(house.olive(), "groups", ["name": .string("Group \(round)")])
            async let first = HistoryCheckpoints.sweep(house.house, lease: (leases[0], seconds: 60)) { made.add($0.count) }
            async let second = HistoryCheckpoints.sweep(other.house, lease: (leases[1], seconds: 60)) { made.add($0.count) }
            _ = try await (first, second)
            #expect(made.value == round + 1)
        }
        let keys = try await CheckpointKeys.published(other.house)
        #expect(keys.count == 1)
        #expect(try await HistoryVerification.run(other.installation.database).isIntact)
    }
}

/// Proofs by the API, checked by another way than they are made.
@Suite struct `A proof of history` {
    private func bytes(_ json: JSON?) -> [UInt8] { json?.text.flatMap { PaddedBase64.decode($0) } ?? [] }
    private func hex(_ json: JSON?) -> [UInt8] {
        let text = Array((json?.text ?? "").utf8)
        return stride(from: 0, to: text.count - 1, by: 2).compactMap { UInt8(String(decoding: text[$0...$0 + 1], as: UTF8.self), radix: 16) }
    }

    @Test func `shows of each entry that it stands under the checkpoint, and of each size that it grew into it`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let checkpoint = await adam.get("/api/v1/history/checkpoint")
        expect(checkpoint, 200)
        let (size, root) = (checkpoint["size"].whole ?? 0, bytes(checkpoint["root"]))
        #expect(size > 10)
        let key = checkpoint["keys"].elements.last?["verifier"]?.text.flatMap { CheckpointKey.publicKey($0) } ?? []
        #expect(SignedCheckpoint(note: checkpoint.text("note"))?.isSigned(byOneOf: [key]) == true)
        _ = await adam.post("/api/v1/roles", scene.newRole())
        for seq in 1...size {
            let proof = await adam.get("/api/v1/history/proofs?seq=\(seq)&size=\(size)")
            expect(proof, 200)
            #expect(proof["record"]["seq"]?.whole == seq)
            let entry = hex(proof["record"]["hash"])
            #expect(Proofs.includes(entry, at: seq - 1, in: size, proof["hashes"].elements.map { bytes($0) }, root: root), "\(seq)")
            let byID = await adam.get("/api/v1/history/proofs?entry=\(proof["record"]["id"]?.text ?? "")&size=\(size)")
            #expect(byID.text == proof.text)
            let growth = await adam.get("/api/v1/history/proofs?from=\(seq)&size=\(size)")
            #expect(bytes(growth["root"]) == root)
            #expect(
                Proofs.isConsistent(seq, bytes(growth["from_root"]), size, root, growth["hashes"].elements.map { bytes($0) }), "\(seq) to \(size)")
        }
    }

    @Test func `is refused where the reader sees no entry, and beyond the end`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let size = await adam.get("/api/v1/history/checkpoint")["size"].whole ?? 0
        for query in ["size=\(size + 1)&seq=1", "from=\(size + 1)", "size=1&seq=2"] {
            expect(await adam.get("/api/v1/history/proofs?" + query), 422, "out_of_range", query)
        }
        for query in ["seq=\(size + 1)", "entry=x", "entry=his_01m7yqp0z0eyza484zdd5nqnqd"] {
            expect(await adam.get("/api/v1/history/proofs?" + query), 404, nil, query)
        }
        expect(await adam.get("/api/v1/history/proofs?seq=1&from=2"), 422, "too_many")
        for query in ["seq=-1", "seq=x", "size=1e3"] { expect(await adam.get("/api/v1/history/proofs?" + query), 400, nil, query) }
        // Rita holds one key: what is about another does not exist for her, and the bytes of details stay away.
        let fleet = await adam.get("/api/v1/history?subject=\(scene.cast.uwes.id)&limit=1").items.first?["id"]?.text ?? ""
        expect(await adam.get("/api/v1/history/proofs?entry=\(fleet)"), 200)
        expect(await scene.cast.rita.client.get("/api/v1/history/proofs?entry=\(fleet)"), 404)
        let hers = await scene.cast.rita.client.get("/api/v1/history/proofs")
        #expect(hers["record"]["hash"] != nil && hers["record"]["details"] == nil && hers["record"]["salt"] == nil)
        // Another account's is not there, by whatever number.
        let souths = await scene.cast.mallory.client.get("/api/v1/history/proofs")["record"]["id"]?.text ?? ""
        expect(await adam.get("/api/v1/history/proofs?entry=\(souths)"), 404)
        let path = await scene.cast.olive.get("/api/v1/accounts/\(scene.north.account)/history/checkpoint")
        #expect(path["chain"].text == scene.north.account)
    }
}
