/// What became of handing a mail over.
package enum MailOutcome: Sendable, Equatable {
    case sent
    /// The other side did not take it, surely: it may be tried again.
    case postponed(String)
    /// The other side will never take it for this recipient.
    case refused(String)
    /// It was handed over, and whether it was taken nobody said. It is not tried again.
    case unknown(String)
}

/// Hands mails over: to a mail server, into a folder, or in tests into memory.
package protocol MailSender: Sendable {
    /// Hands one mail over, on a thread of its own, within a time limit. `pledge` is asked once, at the last moment at which the other side has surely
    /// not taken it; where it answers false, the mail is not handed over.
    func send(_ mail: MailMessage, pledge: @escaping @Sendable () -> Bool) async -> MailOutcome

    /// Has a mail that is under way and not handed over yet given up, so that the server can stop.
    func stop()
}

extension MailSender {
    package func stop() {}
}

/// For commands, which send nothing: what they enqueue waits for the server.
struct NoMailSender: MailSender {
    func send(_ mail: MailMessage, pledge: @escaping @Sendable () -> Bool) async -> MailOutcome { .postponed("no mail is sent from here") }
}
