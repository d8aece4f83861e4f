import LatchkeyAccess

package enum MailKind: IDKind { package static let prefix = "mai" }
package typealias MailID = ID<MailKind>

/// A mail as it goes over the wire: plain text and HTML, saying the same.
package struct MailMessage: Sendable {
    package let id: MailID
    package let from: Mailbox
    package let to: MailAddress
    /// All of it, headers and parts, in ASCII but for what an address may have.
    package let bytes: [UInt8]

    /// - Throws: `HeaderRefused` where the subject or a name would end its header.
    package init(
        id: MailID, from: Mailbox, to: MailAddress, subject: String, text: String, html: [UInt8], at now: Timestamp
    ) throws {
        self.id = id
        self.from = from
        self.to = to
        // Quoted-printable has no `=_`, so that no part can hold the boundary.
        let boundary = "=_\(id)"
        var bytes = try MIME.header("From", from)
        bytes += try MIME.header("To", Mailbox(name: "", address: to))
        bytes += try MIME.header("Subject", subject)
        for (name, value) in [
            ("Date", MIME.date(now)), ("Message-ID", "<\(id)@\(from.address.domain)>"), ("Auto-Submitted", "auto-generated"),
            ("MIME-Version", "1.0"), ("Content-Type", "multipart/alternative;\r\n boundary=\"\(boundary)\""),
        ] { bytes += Array("\(name): \(value)".utf8) + MIME.newline }
        bytes += MIME.newline
        for (type, body) in [("text/plain", Array(text.utf8)), ("text/html", html)] {
            bytes += Array("--\(boundary)\r\nContent-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".utf8)
            bytes += MIME.quotedPrintable(body) + MIME.newline
        }
        self.bytes = bytes + Array("--\(boundary)--\r\n".utf8)
    }
}
