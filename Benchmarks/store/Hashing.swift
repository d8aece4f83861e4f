import CSodium
import Foundation
import LatchkeySecrets
import Synchronization

/// argon2id at Latchkey's parameters: libsodium on threads of its own, or the pool that sign-ins go through.
struct Hashing {
    let threads: Int
    let seconds: Double

    private static let memory = 19_456 * 1024
    private static let passes: UInt64 = 2

    func run(inPool: Bool) async throws {
        guard sodium_init() >= 0 else { throw Failure("libsodium does not start") }
        report(["per_second": inPool ? try await pool() : plain()])
    }

    private func plain() -> Double {
        let done = Mutex(0)
        let group = DispatchGroup()
        let started = ContinuousClock.now
        for _ in 0..<threads {
            group.enter()
            let thread = Thread {
                while (ContinuousClock.now - started).inSeconds < seconds {
                    Self.hash()
                    done.withLock { $0 += 1 }
                }
                group.leave()
            }
            thread.start()
        }
        group.wait()
        return Double(done.withLock { $0 }) / (ContinuousClock.now - started).inSeconds
    }

    private static func hash() {
        var digest = [UInt8](repeating: 0, count: 32)
        let password = Array("Quiet-harbour-lantern-27".utf8).map { CChar(bitPattern: $0) }
        let salt = [UInt8](repeating: 7, count: 16)
        _ = crypto_pwhash_argon2id(
            &digest, 32, password, UInt64(password.count), salt, passes, memory, crypto_pwhash_argon2id_ALG_ARGON2ID13)
    }

    private func pool() async throws -> Double {
        let hasher = PasswordHasher(threads: threads)
        let stored = try await hasher.hash("Quiet-harbour-lantern-27")
        let started = ContinuousClock.now
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<(threads * 4) {
                group.addTask {
                    var done = 0
                    while (ContinuousClock.now - started).inSeconds < seconds {
                        guard try await hasher.verify("Quiet-harbour-lantern-27", against: stored) else { throw Failure("a wrong hash") }
                        done += 1
                    }
                    return done
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(done) / (ContinuousClock.now - started).inSeconds
    }
}
