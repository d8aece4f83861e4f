import Foundation
import LatchkeyAccess
import Synchronization

/// Where the time comes from. Nothing else in the server reads a clock.
package struct Clock: Sendable {
    package let now: @Sendable () -> Timestamp
    /// Whether this installation runs on a clock that somebody can move; every page says so.
    package let isTest: Bool

    package init(isTest: Bool = false, now: @escaping @Sendable () -> Timestamp) {
        self.isTest = isTest
        self.now = now
    }

    package static let system = Clock { Timestamp(milliseconds: realMilliseconds()) }

    /// The system's time moved by the seconds that the file holds, re-read at most every 100 ms. A missing or unreadable file is no offset.
    package static func test(offsetFile path: String) -> Clock {
        let cached = Mutex((readAt: Int64.min, offset: Int64(0)))
        return Clock(isTest: true) {
            let real = realMilliseconds()
            let offset = cached.withLock { cache in
                if cache.readAt == .min || real - cache.readAt >= 100 {
                    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
                    cache = (real, Int64(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0)
                }
                return cache.offset
            }
            return Timestamp(milliseconds: real).adding(seconds: offset)
        }
    }

    private static func realMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
