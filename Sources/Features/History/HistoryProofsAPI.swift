import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Checkpoints and proofs of an account's history.
package enum HistoryProofsAPI {
    static let need = Route.Needs.need(.screen(.history, .read))

    package static let routes: [Route] = [
        .get("/api/v1/history/checkpoint", need, alsoInAccounts: true) { call in
            try call.noQuery()
            let (signed, keys) = try await checkpoint(call)
            return .json(json(signed, keys))
        },
        .get("/api/v1/history/proofs", need, alsoInAccounts: true) { call in
            let request = try HistoryProofs.Request(call.query())
            return .json(try await call.read { permit, tx in try HistoryProofs.answer(request, permit, tx) })
        },
    ]

    /// The account's chain as it is now, signed; and the keys that sign or have signed.
    static func checkpoint(_ call: Call) async throws -> (SignedCheckpoint, keys: [CheckpointKeys.Stored]) {
        let key = try await CheckpointKeys.current(call.house)
        let now = call.now
        let signed = try await call.read { permit, tx in
            let tree = HistoryTree(chain: ReadableChain(permit), tx: tx)
            let size = try tree.size()
            return key.sign(tree.chain.name, size: size, root: try tree.root(of: size), at: now)
        }
        return (signed, try await CheckpointKeys.all(call.gate))
    }

    private static func json(_ signed: SignedCheckpoint, _ keys: [CheckpointKeys.Stored]) -> JSON {
        let checkpoint = signed.checkpoint
        return [
            "chain": .string(checkpoint.chain), "origin": .string(checkpoint.origin), "size": .int(checkpoint.size),
            "root": HistoryProofs.text(checkpoint.root), "at": JSON(checkpoint.at), "note": .string(signed.note),
            "keys": .array(keys.map { $0.json(of: checkpoint.chain) }),
        ]
    }
}
