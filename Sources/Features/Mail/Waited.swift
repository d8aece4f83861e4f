import Dispatch
import Synchronization

/// The answer of an asynchronous question, for a thread that may wait for it: never one of Swift's own. False where it failed.
func waited(_ question: @escaping @Sendable () async throws -> Bool) -> Bool {
    final class Slot: Sendable {
        let answer = Mutex(false)
    }
    let slot = Slot()
    let done = DispatchSemaphore(value: 0)
    Task {
        let answer = (try? await question()) ?? false
        slot.answer.withLock { $0 = answer }
        done.signal()
    }
    done.wait()
    return slot.answer.withLock { $0 }
}
