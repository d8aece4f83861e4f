import LatchkeyAccess
import LatchkeyGate
import LatchkeyMail
import LatchkeyWeb

/// What waits to be mailed and what was given up, as an operator reads it at the command line.
package enum MailQueue {
    /// How many of each are told.
    private static let most = 50

    package static func lines(_ house: House) async throws -> [String] {
        let (count, waiting, givenUp) = try await house.gate.read(door: .command) { permit, tx in
            try MailStandingStore.queue(limit: most, permit, tx)
        }
        var lines = [count == 1 ? "1 mail waits." : "\(count) mails wait."]
        lines += waiting.map { line($0, when: $0.attempts == 0 ? "due \($0.dueAt)" : "attempt \($0.attempts) failed, next \($0.dueAt)") }
        if count > waiting.count { lines.append("  and \(count - waiting.count) more") }
        lines.append(givenUp.isEmpty ? "None was given up." : "Given up, newest first:")
        lines += givenUp.map { line($0, when: "\($0.state) \($0.settledAt.map { "\($0)" } ?? "") after attempt \($0.attempts)") }
        return lines
    }

    private static func line(_ mail: MailStandingStore.Queued, when: String) -> String {
        let place = mail.account ?? "enterprise"
        return "  \(mail.id)  \(mail.template)  \(place)  ordered \(mail.createdAt), \(when)" + (mail.reason.map { ": " + $0 } ?? "")
    }
}
