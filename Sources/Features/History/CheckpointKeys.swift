import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// The keys that sign checkpoints, of the installation. The private part is sealed under the master key; the public part of a key that signs no more
/// stays, for the checkpoints that it signed.
package enum CheckpointKeys {
    struct Stored: Sendable {
        var id: String
        /// What every origin of this installation begins with, whichever key signs.
        var origin: String
        var publicKey: [UInt8]
        var sealed: [UInt8]
        var createdAt: Timestamp
        var retiredAt: Timestamp?

        /// For whoever keeps it for all chains.
        var json: JSON {
            [
                "id": .string(id), "public_key": .string(PaddedBase64.encode(publicKey)), "created_at": JSON(createdAt),
                "retired_at": JSON(retiredAt),
            ]
        }

        func json(of chain: String) -> JSON {
            [
                "id": .string(id), "public_key": .string(PaddedBase64.encode(publicKey)),
                "verifier": .string(CheckpointKey.verifier(origin + "/" + chain, publicKey)), "created_at": JSON(createdAt),
                "retired_at": JSON(retiredAt),
            ]
        }
    }

    /// A key that signs.
    package struct Opened: Sendable {
        let origin: String
        let key: Ed25519Key

        func sign(_ chain: String, size: Int64, root: [UInt8], at now: Timestamp) -> SignedCheckpoint {
            SignedCheckpoint(Checkpoint(origin: origin + "/" + chain, size: size, root: root, at: now), by: key)
        }
    }

    /// A key that cannot be made or opened.
    struct Unusable: Error {}

    /// All keys, those that sign no more too.
    static func all(_ gate: Gate) async throws -> [Stored] {
        try await gate.read(door: .checkpoints) { try CheckpointStore.keys($0, $1) }
    }

    /// The public parts, those of keys that sign no more too; the first key is made when it is needed.
    package static func published(_ house: House) async throws -> [JSON] {
        _ = try await current(house)
        return try await all(house.gate).map(\.json)
    }

    /// The key that signs now; the first one is made when it is needed.
    package static func current(_ house: House) async throws -> Opened {
        let stored = try await all(house.gate)
        let key = if let known = stored.last(where: { $0.retiredAt == nil }) { known } else { try await make(house, replacing: false) }
        guard let opened = Ed25519Key(seed: try house.masterKey.open(key.sealed, context: context(key.id))) else { throw Unusable() }
        return Opened(origin: key.origin, key: opened)
    }

    /// Makes a new key, which signs from now on. Answers its id and its public part.
    package static func rotate(_ house: House) async throws -> (id: String, publicKey: String) {
        let key = try await make(house, replacing: true)
        return (key.id, PaddedBase64.encode(key.publicKey))
    }

    private static func make(_ house: House, replacing: Bool) async throws -> Stored {
        guard let key = Ed25519Key.make() else { throw Unusable() }
        let id = Hex.text(Array(SHA256.hash(key.publicKey).prefix(8)))
        let sealed = house.masterKey.seal(key.seed, context: context(id))
        let origin = Origin.ofThisMachine(at: house.gate.now)
        return try await house.gate.write(door: .checkpoints, origin: origin, touches: .records) { permit, tx, book in
            let all = try CheckpointStore.keys(permit, tx)
            // Another node was first: one is enough.
            if !replacing, let known = all.last(where: { $0.retiredAt == nil }) { return known }
            let new = Stored(
                id: id, origin: all.first?.origin ?? "latchkey-" + id, publicKey: key.publicKey, sealed: sealed, createdAt: book.now)
            try CheckpointStore.retireKeys(at: book.now, permit, tx)
            try CheckpointStore.insert(new, permit, tx)
            try book.record(
                "checkpoint_key.created", Subject("checkpoint_key", id, id), in: .enterprise, by: .system,
                [Change("public_key", to: .string(PaddedBase64.encode(key.publicKey)))])
            return new
        }
    }

    private static func context(_ id: String) -> String { "checkpoint_keys sealed \(id)" }
}
