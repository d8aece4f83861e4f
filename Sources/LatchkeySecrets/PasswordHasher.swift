import Foundation

/// Hashes and checks passwords with argon2id on a few threads of its own; memory is bounded by threads x 19 MiB (security.md P4, architecture.md).
package final class PasswordHasher: Sendable {
    private let threads: HashingThreads

    /// The queue is full: answer 503 with `Retry-After`.
    package struct Overloaded: Error {}

    /// The password is longer than 1,024 bytes and was not looked at (security.md P1).
    package struct TooLong: Error {}

    /// The system gave no memory for a hash: answer 503.
    package struct OutOfMemory: Error {}

    /// Starts as many threads as the machine has cores, unless told otherwise, and a queue before them.
    package init(threads: Int = ProcessInfo.processInfo.activeProcessorCount, queueLimit: Int = 512) {
        self.threads = HashingThreads(threads: threads, queueLimit: queueLimit)
    }

    deinit { threads.close() }

    /// Promises a PHC string of the NFKC form with a salt of its own; throws `TooLong`, `Overloaded` or `OutOfMemory`.
    package func hash(_ password: String) async throws -> String {
        let text = try PasswordText.bytes(password)
        return try await onOwnThread { try Argon2.hash(text).phc }
    }

    /// Whether the password is the stored one; without a stored hash, or with a malformed one, does the same work and answers false (security.md P5).
    ///
    /// Throws `TooLong`, `Overloaded` or `OutOfMemory`, each without regard to what is stored.
    package func verify(_ password: String, against stored: String?) async throws -> Bool {
        let text = try PasswordText.bytes(password)
        let known = stored.flatMap(Argon2.init(phc:))
        return try await onOwnThread {
            let same = try (known ?? .decoy).matches(text)
            return same && known != nil
        }
    }

    /// Whether a stored hash has another cost than today's, so that it is made anew at the next sign-in (security.md P4).
    package func needsRehash(_ stored: String) -> Bool {
        guard let hash = Argon2(phc: stored) else { return true }
        return hash.memoryKiB != Argon2.memoryKiB || hash.passes != Argon2.passes
    }

    /// How many hashes were computed since the start, and how many wait or run now: for metrics and tests.
    package var counts: (finished: Int, underWay: Int) { threads.counts }

    private func onOwnThread<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        let threads = threads
        return try await withCheckedThrowingContinuation { waiter in
            let taken = threads.take {
                let result = Result { try work() }
                threads.finish()
                waiter.resume(with: result)
            }
            if !taken { waiter.resume(throwing: Overloaded()) }
        }
    }
}
