import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// Making checkpoints: of one chain when it is asked for, of all that grew when their time has come.
package enum HistoryCheckpoints {
    /// Checkpoints of every chain as it is now.
    package static func ofAll(_ house: House) async throws -> [SignedCheckpoint] {
        let key = try await CheckpointKeys.current(house)
        let now = house.gate.now
        var all: [SignedCheckpoint] = []
        for chain in try await house.gate.read(door: .checkpoints, { try CheckpointStore.chains($0, $1) }) {
            all.append(try await checkpoint(of: chain, key, at: now, house.gate))
        }
        return all
    }

    private static func checkpoint(of chain: String, _ key: CheckpointKeys.Opened, at now: Timestamp, _ gate: Gate) async throws -> SignedCheckpoint {
        try await gate.read(door: .checkpoints) { permit, tx in
            let tree = HistoryTree(chain: ReadableChain(chain, permit), tx: tx)
            let size = try tree.size()
            return key.sign(chain, size: size, root: try tree.root(of: size), at: now)
        }
    }

    /// Makes, hands on and then keeps the checkpoints of the chains that grew; what cannot be handed on is made again the next time.
    /// - Parameter lease: of the nodes that share the database, the one that has it does so.
    /// - Returns: how many.
    package static func sweep(
        _ house: House, lease: (Lease, seconds: Int)? = nil, handOn: @Sendable ([SignedCheckpoint]) throws -> Void = { _ in }
    ) async throws -> Int {
        let grown = try await house.gate.read(door: .checkpoints) { try CheckpointStore.grown(limit: 10_000, $0, $1) }
        if grown.isEmpty { return 0 }
        if let lease, try await !house.gate.takes(lease.0, for: lease.seconds) { return 0 }
        let key = try await CheckpointKeys.current(house)
        let origin = Origin.ofThisMachine(at: house.gate.now)
        for start in stride(from: 0, to: grown.count, by: 200) {
            var made: [SignedCheckpoint] = []
            for chain in grown[start..<min(start + 200, grown.count)] {
                try await extendTiles(of: chain, house.gate, origin)
                made.append(try await checkpoint(of: chain, key, at: house.gate.now, house.gate))
            }
            try handOn(made)
            let kept = made
            try await house.gate.carry(door: .checkpoints, origin: origin) { permit, tx, _ in
                for signed in kept { try CheckpointStore.keep(signed, permit, tx) }
            }
        }
        return grown.count
    }

    /// Stores the tiles that a chain has grown to, some thousands of entries at a time.
    private static func extendTiles(of chain: String, _ gate: Gate, _ origin: Origin) async throws {
        while true {
            let tiles = try await gate.read(door: .checkpoints) { permit, tx in
                try HistoryTree(chain: ReadableChain(chain, permit), tx: tx).missingTiles(limit: 64)
            }
            if tiles.isEmpty { return }
            try await gate.carry(door: .checkpoints, origin: origin) { permit, tx, _ in
                for tile in tiles { try CheckpointStore.insert(tile, of: chain, permit, tx) }
            }
        }
    }
}
