import Foundation

/// Work waiting for threads, first come first served; for drivers.
package final class WorkQueue<Work: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()  // guards all below
    /// Nil is what was handed out: it may hold a whole answer, which must not stay until the list is cut.
    private var items: [Work?] = []
    private var head = 0
    private var waiting = 0
    private var closed: String?

    package init() {}

    /// Adds work; throws `.unavailable` with the reason once closed.
    package func put(_ work: Work) throws {
        condition.lock()
        defer { condition.unlock() }
        if let closed { throw DatabaseError.unavailable(closed) }
        items.append(work)
        if waiting > 0 { condition.signal() }
    }

    /// How much waits.
    package var count: Int {
        condition.lock()
        defer { condition.unlock() }
        return items.count - head
    }

    /// Waits for work; nil once closed and empty.
    package func take() -> Work? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let work = pop() { return work }
            if closed != nil { return nil }
            waiting += 1
            condition.wait()
            waiting -= 1
        }
    }

    /// The next work if it is there already and `isWanted`.
    package func takeReady(_ isWanted: (Work) -> Bool) -> Work? {
        condition.lock()
        defer { condition.unlock() }
        guard head < items.count, let next = items[head], isWanted(next) else { return nil }
        return pop()
    }

    /// Refuses new work, for the first reason given; what waits is still handed out.
    package func close(because reason: String) {
        condition.lock()
        defer { condition.unlock() }
        closed = closed ?? reason
        condition.broadcast()
    }

    /// Why new work is refused, or nil.
    package var closedBecause: String? {
        condition.lock()
        defer { condition.unlock() }
        return closed
    }

    private func pop() -> Work? {
        guard head < items.count, let work = items[head] else { return nil }
        items[head] = nil
        head += 1
        // Cut off what was handed out once it is most of the list, so that each costs little.
        if head == items.count {
            items.removeAll(keepingCapacity: items.capacity <= 1024)
            head = 0
        } else if head >= 1024, head * 2 >= items.count {
            items.removeFirst(head)
            head = 0
        }
        return work
    }
}
