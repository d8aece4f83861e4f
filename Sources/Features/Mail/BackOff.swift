import LatchkeyAccess

/// When a mail that was not taken is tried again: after a minute, then twice as long each time up to six hours, for three days.
enum BackOff {
    static let days: Int64 = 3

    /// - Parameter jitter: From 0 to 999: stretches the wait by up to a tenth, so that mails do not come back all at once.
    static func next(after attempts: Int, since created: Timestamp, at now: Timestamp, jitter: UInt32) -> Timestamp? {
        let seconds = min(6 * 3600, Int64(60) << Int64(max(0, min(attempts - 1, 20))))
        let wait = seconds * 1000 + seconds * 1000 / 10 * Int64(min(jitter, 999)) / 1000
        let next = now.adding(milliseconds: wait)
        return next <= created.adding(seconds: days * 86_400) ? next : nil
    }
}
