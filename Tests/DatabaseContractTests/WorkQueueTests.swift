import LatchkeyDatabase
import Testing

/// Work that waits, and is let go of.
@Suite struct WorkQueueTests {
    private final class Work: Sendable {}

    @Test func whatWasHandedOutIsNotKept() throws {
        let queue = WorkQueue<Work>()
        for _ in 0..<3 { try queue.put(Work()) }
        weak let first = queue.take()
        weak let second = queue.takeReady { _ in true }
        #expect(first == nil && second == nil, "kept while others wait")
        #expect(queue.take() != nil)
        #expect(queue.takeReady { _ in true } == nil)
    }

    @Test func firstComeFirstServed() throws {
        let queue = WorkQueue<Int>()
        var (next, taken): (Int, [Int]) = (0, [])
        // There are always some that wait, so that the list is cut in its middle.
        for _ in 0..<1000 {
            for _ in 0..<6 {
                try queue.put(next)
                next += 1
            }
            for _ in 0..<5 { if let work = queue.take() { taken.append(work) } }
        }
        while let work = queue.takeReady({ _ in true }) { taken.append(work) }
        #expect(taken == Array(0..<next))
        queue.close(because: "over")
        #expect(queue.take() == nil)
    }
}
