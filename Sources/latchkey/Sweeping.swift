import Logging
import ServiceLifecycle
import SessionsFeature

/// Work that comes by itself, every few seconds until the server stops: marking sessions whose deadline has passed.
struct Sweeping: Service {
    let expiry: SessionExpiry
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await expiry.sweep() } catch {
                    // A full disk, or a database that closes: the sessions answer EXPIRED all the same, and the next round comes.
                    if !Task.isCancelled { logger.warning("sessions past their deadline could not be marked: \(error)") }
                }
                try? await Task.sleep(for: .seconds(15))
            }
        }
    }
}
