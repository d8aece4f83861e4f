import Foundation

/// Hashes and checks passwords with argon2id on a few threads of its own; memory is bounded by threads x 19 MiB (security.md P4, architecture.md).
package final class PasswordHasher: Sendable {
    private let threads: HashingThreads
    private let cost: Cost

    /// What a hash costs whoever makes it, and whoever guesses.
    package struct Cost: Sendable, Hashable {
        package let memoryKiB: Int
        package let passes: Int

        package init(memoryKiB: Int, passes: Int) {
            self.memoryKiB = memoryKiB
            self.passes = passes
        }

        /// What OWASP asks for of argon2id (security.md P4).
        package static let today = Cost(memoryKiB: 19_456, passes: 2)
    }

    /// The queue is full: answer 503 with `Retry-After`.
    package struct Overloaded: Error {}

    /// The password is longer than 1,024 bytes and was not looked at (security.md P1).
    package struct TooLong: Error {}

    /// The system gave no memory for a hash: answer 503.
    package struct OutOfMemory: Error {}

    /// Starts as many threads as the machine has cores, unless told otherwise, and a queue before them. Tests may ask for hashes that cost less.
    package init(threads: Int = ProcessInfo.processInfo.activeProcessorCount, queueLimit: Int = 512, cost: Cost = .today) {
        self.cost = cost
        self.threads = HashingThreads(threads: threads, queueLimit: queueLimit)
    }

    deinit { threads.close() }

    /// Promises a PHC string of the NFKC form with a salt of its own; throws `TooLong`, `Overloaded` or `OutOfMemory`.
    package func hash(_ password: String) async throws -> String {
        let text = try PasswordText.bytes(password)
        return try await onOwnThread { [cost] in try Argon2.hash(text, cost).phc }
    }

    /// Whether the password is the stored one; without a stored hash, or with a malformed one, does the same work and answers false (security.md P5).
    ///
    /// - Parameter older: A hash of another cost or product than ours that somebody still has, or nil where nobody has. While there is one, everybody's
    ///   work is that of both, so that nobody's time tells whose hash is which.
    /// - Throws: `TooLong`, `Overloaded` or `OutOfMemory`, each without regard to what is stored.
    package func verify(_ password: String, against stored: String?, beside older: String? = nil) async throws -> Bool {
        let text = try PasswordText.bytes(password)
        let typed = Array(password.utf8)
        let known = stored.map { StoredHash($0, today: cost) } ?? .none
        let other = older.map { StoredHash($0, today: cost) } ?? .none
        let decoy = Argon2.decoy(cost)
        return try await onOwnThread {
            switch known {
            case .today(let hash):
                let same = try hash.matches(text)
                _ = try other.matches(text, typed)
                return same
            case .older, .foreign:
                let same = try known.matches(text, typed)
                if older != nil { _ = try decoy.matches(text) }
                return same
            case .none:
                _ = try decoy.matches(text)
                _ = try other.matches(text, typed)
                return false
            }
        }
    }

    /// Whether a stored hash has another cost than today's, so that it is made anew at the next sign-in (security.md P4).
    package func needsRehash(_ stored: String) -> Bool {
        if case .today = StoredHash(stored, today: cost) { false } else { true }
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

/// What a stored hash is.
private enum StoredHash: Sendable {
    /// Of today's cost.
    case today(Argon2)
    /// Ours, of another cost.
    case older(Argon2)
    /// Of another product.
    case foreign(ForeignHash)
    case none

    init(_ stored: String, today cost: PasswordHasher.Cost) {
        if let hash = Argon2(phc: stored) {
            self = hash.memoryKiB == cost.memoryKiB && hash.passes == cost.passes ? .today(hash) : .older(hash)
        } else {
            self = (try? ForeignHash(stored)).map(StoredHash.foreign) ?? .none
        }
    }

    /// - Parameters:
    ///   - text: The bytes of the password's NFKC form.
    ///   - typed: Those of the password as it was typed, which another product may have hashed.
    func matches(_ text: [UInt8], _ typed: [UInt8]) throws(PasswordHasher.OutOfMemory) -> Bool {
        switch self {
        case .today(let hash): return try hash.matches(text)
        case .older(let hash):
            if try hash.matches(text) { return true }
            return typed == text ? false : try hash.matches(typed)
        case .foreign(let hash): return try hash.matches(typed)
        case .none: return false
        }
    }
}
