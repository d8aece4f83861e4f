import Synchronization

/// Lets exactly one caller do a thing.
final class OneTime: Sendable {
    private let isClaimed = Mutex(false)

    /// True for the first caller only.
    func claim() -> Bool {
        isClaimed.withLock { claimed in
            defer { claimed = true }
            return !claimed
        }
    }
}
