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
