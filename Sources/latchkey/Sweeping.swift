import HistoryFeature
import LatchkeyGate
import LatchkeySecrets
import LatchkeyWeb
import Logging
import ServiceLifecycle

/// Work that comes by itself, again and again until the server stops.
struct Sweeping: Service {
    let every: Duration
    /// What could not be done, for the log.
    let failure: String
    let logger: Logger
    let work: @Sendable () async throws -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await work() } catch {
                    // A full disk, or a database that closes: the next round comes.
                    if !Task.isCancelled { logger.warning("\(failure): \(error)") }
                }
                try? await Task.sleep(for: every)
            }
        }
    }
}

/// Checkpoints of history, again and again: in the database, and handed on where the operator wants them. Of several nodes one makes them.
struct Checkpointing: Sendable {
    let file: CheckpointFile?
    let seconds: Int64

    func service(_ house: House) -> any Service {
        let lease = Lease("history.checkpoints", holder: Random.base62(22))
        return Sweeping(every: .seconds(seconds), failure: "checkpoints of the history could not be made", logger: house.logger) { [file, seconds] in
            _ = try await HistoryCheckpoints.sweep(house, lease: (lease, seconds: Int(seconds) * 2)) { made in try file?.append(made.map(\.note)) }
        }
    }
}
