import Dispatch

/// Lets a blocking closure and a task wait for each other.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let group = DispatchGroup()

    init() { group.enter() }

    /// Lets the waiting side go on; once.
    func open() {
        semaphore.signal()
        group.leave()
    }

    /// Blocks the thread until the gate is open, ten seconds at most.
    func wait() { _ = semaphore.wait(timeout: .now() + 10) }

    /// Waits without blocking.
    func reached() async {
        await withCheckedContinuation { continuation in group.notify(queue: .global()) { continuation.resume() } }
    }
}
