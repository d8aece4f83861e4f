import Foundation
import Synchronization

/// A few threads for work that blocks (files, child processes), outside Swift's cooperative pool, and the bounded queue before them; first come,
/// first served. A thread is started when it is first needed; all end with this object, once what waits is done.
package final class BlockingThreads: Sendable {
    /// Every thread is busy and the queue is full: answer 503.
    package struct Overloaded: Error {
        package init() {}
    }

    private let crew: Crew

    package init(_ name: String, threads: Int, queueLimit: Int) {
        crew = Crew(name: name, threads: min(max(1, threads), 256), queueLimit: min(max(0, queueLimit), 1_000_000))
    }

    deinit { crew.close() }

    /// How many jobs wait or run.
    package var underWay: Int { crew.underWay }

    /// Runs work on one of the threads and answers its result; throws what it throws, or `Overloaded`.
    package func run<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        let crew = crew
        return try await withCheckedThrowingContinuation { waiter in
            let isTaken = crew.take {
                let result = Result { try work() }
                crew.finish()
                waiter.resume(with: result)
            }
            if !isTaken { waiter.resume(throwing: Overloaded()) }
        }
    }
}

/// What the threads hold on to, so that the pool itself can go.
private final class Crew: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        /// Waiting or running.
        var underWay = 0
        var started = 0
        var isClosed = false
    }

    private let name: String
    private let threads: Int
    private let most: Int
    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)

    init(name: String, threads: Int, queueLimit: Int) {
        self.name = name
        self.threads = threads
        most = threads + queueLimit
    }

    var underWay: Int { state.withLock { $0.underWay } }

    func take(_ job: @escaping @Sendable () -> Void) -> Bool {
        let (isTaken, newThread): (Bool, Int?) = state.withLock { state in
            guard state.underWay < most, !state.isClosed else { return (false, nil) }
            state.underWay += 1
            state.waiting.append(job)
            guard state.underWay > state.started, state.started < threads else { return (true, nil) }
            state.started += 1
            return (true, state.started)
        }
        if let newThread {
            let thread = Thread { [self] in labour() }
            thread.name = "\(name)-\(newThread)"
            thread.stackSize = 512 * 1024
            thread.start()
        }
        if isTaken { work.signal() }
        return isTaken
    }

    /// Called by a job before it hands its result over, so that whoever got a result finds it counted.
    func finish() { state.withLock { $0.underWay -= 1 } }

    func close() {
        let started = state.withLock { state in
            state.isClosed = true
            return state.started
        }
        for _ in 0..<started { work.signal() }
    }

    private func labour() {
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        work.wait()
        return state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
    }
}
