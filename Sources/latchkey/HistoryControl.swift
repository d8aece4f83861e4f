import HistoryFeature
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// What commands ask of the history of an installation.
enum HistoryControl {
    static func run(_ verb: String, _ input: JSON, _ house: House, _ database: any Database) async throws -> JSON {
        switch verb {
        case ControlVerb.verifyHistory: try await verify(database, input["checkpoints"]?.text, input["keys"]?.elements.compactMap(\.text) ?? [])
        case ControlVerb.checkpoints:
            ["notes": .array(try await HistoryCheckpoints.ofAll(house).map { .string($0.note) })]
        case ControlVerb.checkpointKeys: ["keys": .array(try await CheckpointKeys.published(house))]
        case ControlVerb.rotateCheckpointKey: try await rotate(house)
        case ControlVerb.historyChains: ["chains": JSON(try await ChainExport.chains(house.gate))]
        case ControlVerb.exportHistory: try await export(input, house.gate)
        default: throw OperatorError("Unknown command \(verb).")
        }
    }

    /// - Parameter keys: as they are written by `history keys`; none for those of the installation.
    static func verify(_ database: any Database, _ text: String?, _ keys: [String]) async throws -> JSON {
        guard let kept = SignedCheckpoint.all(in: text ?? "") else { throw OperatorError("This is no file of checkpoints.") }
        let trusted = try keys.map { key in
            guard let bytes = CheckpointKey.publicKey(key) else {
                throw OperatorError("\(key) is no public key of checkpoints: see latchkey history keys.")
            }
            return bytes
        }
        let report = try await HistoryVerification.run(database, against: kept, keys: trusted.isEmpty ? nil : trusted)
        return ["is_intact": .bool(report.isIntact), "lines": .array(report.lines.map(JSON.string))]
    }

    private static func rotate(_ house: House) async throws -> JSON {
        let made = try await CheckpointKeys.rotate(house)
        return [
            "detail": .string(
                "The key \(made.id) signs checkpoints from now on. Its public part is \(made.publicKey); keep it where the server cannot write.")
        ]
    }

    private static func export(_ input: JSON, _ gate: Gate) async throws -> JSON {
        let place = ChainExport.Place(chain: input["chain"]?.text ?? "", seq: input["seq"]?.integer ?? 0)
        let (lines, next) = try await ChainExport.lines(after: place, gate)
        return ["lines": .string(String(decoding: lines, as: UTF8.self)), "next": next.map { .int($0.seq) } ?? .null]
    }
}
