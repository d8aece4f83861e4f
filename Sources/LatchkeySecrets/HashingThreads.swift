import Foundation

/// A few threads of their own, outside Swift's cooperative pool, and the bounded queue before them; first come, first served.
final class HashingThreads: @unchecked Sendable {  // all state is behind the condition's lock
    private let lock = NSCondition()
    private let most: Int
    private var waiting: [@Sendable () -> Void] = []
    private var underWay = 0
    private var finished = 0
    private var closed = false

    /// Starts the threads; they end after `close()`, once what waits is done.
    init(threads: Int, queueLimit: Int) {
        let threads = min(max(1, threads), 256)
        most = threads + min(max(1, queueLimit), 1_000_000)
        for number in 1...threads {
            let thread = Thread { [self] in work() }
            thread.name = "hash-\(number)"
            thread.stackSize = 512 * 1024
            thread.start()
        }
    }

    /// Takes a job, or answers false where every thread is busy and the queue is full.
    func take(_ job: @escaping @Sendable () -> Void) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        guard underWay < most else { return false }
        underWay += 1
        waiting.append(job)
        lock.signal()
        return true
    }

    /// How many jobs were done since the start, and how many wait or run.
    var counts: (finished: Int, underWay: Int) {
        lock.lock()
        defer { lock.unlock() }
        return (finished, underWay)
    }

    func close() {
        lock.lock()
        defer { lock.unlock() }
        closed = true
        lock.broadcast()
    }

    private func work() {
        while let job = next() {
            job()
        }
    }

    private func next() -> (@Sendable () -> Void)? {
        lock.lock()
        defer { lock.unlock() }
        while waiting.isEmpty {
            if closed { return nil }
            lock.wait()
        }
        return waiting.removeFirst()
    }

    /// Called by a job before it hands its result over, so that whoever got a result finds it counted.
    func finish() {
        lock.lock()
        defer { lock.unlock() }
        underWay -= 1
        finished += 1
    }
}
