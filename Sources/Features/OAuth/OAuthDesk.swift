import LatchkeyGate
import LatchkeySecrets
import LatchkeyWeb
import SignInFeature
import Synchronization

/// What the OAuth endpoints keep in memory: one for each server.
final class OAuthDesk: Sendable {
    /// Counts wrong secrets. They are random, so that counting is against floods: a right one is never counted, and nobody locks a client out.
    let throttle = Throttle()
    let failures = FailureLog()
    /// Keys that were opened, by their id.
    private let keys = Mutex<[String: SigningKey]>([:])

    func key(_ id: String, orOpened open: () throws -> SigningKey) rethrows -> SigningKey {
        if let known = keys.withLock({ $0[id] }) { return known }
        let opened = try open()
        keys.withLock { keys in
            if keys.count > 10 { keys.removeAll() }
            keys[id] = opened
        }
        return opened
    }
}
