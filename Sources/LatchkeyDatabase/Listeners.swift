import Synchronization

/// What listeners of a database hear.
package enum Announcement: Sendable, Hashable {
    /// A transaction announced this and was committed.
    case message(String)
    /// Anything may have been announced and missed: what is remembered counts for nothing.
    case everything
}

/// Those who listen to a database; for drivers.
package final class Listeners: Sendable {
    private let all = Mutex<[@Sendable (Announcement) -> Void]>([])

    package init() {}

    package func add(_ hear: @escaping @Sendable (Announcement) -> Void) { all.withLock { $0.append(hear) } }

    package func tell(_ announcement: Announcement) {
        for hear in all.withLock({ $0 }) { hear(announcement) }
    }
}
