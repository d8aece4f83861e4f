import Foundation
import LatchkeyDatabase

/// How connections are opened: where, as what, and how patiently.
struct Opening: Sendable {
    let address: PostgresAddress
    let options: PostgresDatabase.Options

    /// Connects, again and again until `deadline` while the server cannot be reached, as during a failover; throws the last `Failure`.
    func open(_ role: Role, until deadline: ContinuousClock.Instant, isOver: () -> Bool = { false }) throws -> Connection {
        while true {
            do { return try Connection(address, role, options) } catch let failure as Failure {
                guard failure.kind == .lost, !isOver(), ContinuousClock.now.advanced(by: .milliseconds(100)) < deadline else { throw failure }
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
    }
}
