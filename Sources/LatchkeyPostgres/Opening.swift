import Foundation
import LatchkeyDatabase
import Synchronization

/// Whether the server can be reached, as far as the last attempts of any thread say.
final class Reach: Sendable {
    private let lost = Mutex<ContinuousClock.Instant?>(nil)

    /// Since when nobody has got through; nil while somebody has.
    var lostSince: ContinuousClock.Instant? { lost.withLock { $0 } }

    func note(isLost: Bool) { lost.withLock { $0 = isLost ? $0 ?? .now : nil } }
}

/// How connections are opened: where, as what, and how patiently.
struct Opening: Sendable {
    let address: PostgresAddress
    let options: PostgresDatabase.Options
    let reach = Reach()

    /// Connects, once, and notes whether the server could be reached; throws the `Failure`.
    func open(_ role: Role) throws -> Connection {
        do {
            let connection = try Connection(address, role, options)
            reach.note(isLost: false)
            return connection
        } catch let failure as Failure {
            if failure.kind == .lost { reach.note(isLost: true) }
            throw failure
        }
    }

    /// Connects, again and again until `deadline` while the server cannot be reached, but no longer than `absence` after it went; throws the last
    /// `Failure`.
    func open(_ role: Role, until deadline: ContinuousClock.Instant, isOver: () -> Bool = { false }) throws -> Connection {
        while true {
            do { return try open(role) } catch let failure as Failure {
                let end = min(deadline, reach.lostSince.map { $0 + options.absence } ?? deadline)
                guard failure.kind == .lost, !isOver(), ContinuousClock.now.advanced(by: .milliseconds(100)) < end else { throw failure }
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
    }
}
