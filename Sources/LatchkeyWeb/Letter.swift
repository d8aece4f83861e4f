import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyMail

/// A mail as its template writes it: to whom, about what, and its paragraphs, which become plain text and HTML that say the same.
package struct Letter: Sendable {
    package enum Paragraph: Sendable {
        case text(String)
        /// The way on, such as a one-time link.
        case link(label: String, url: String)
        /// Names and values, such as a username.
        case facts([(label: String, value: String)])
    }

    package let to: MailAddress
    package let subject: String
    package let paragraphs: [Paragraph]

    /// - Throws: `AddressRefused` for what is no address.
    package init(to address: String, subject: String, _ paragraphs: [Paragraph]) throws {
        guard let to = MailAddress(address) else { throw AddressRefused() }
        self.to = to
        self.subject = subject
        self.paragraphs = paragraphs
    }

    /// An address that no mail can be sent to.
    package struct AddressRefused: Error, Sendable {}

    package var text: String {
        let blocks = paragraphs.map { paragraph -> String in
            switch paragraph {
            case .text(let text): text
            case .link(let label, let url): label + ":\n" + url
            case .facts(let facts): facts.map { "\($0.label): \($0.value)" }.joined(separator: "\n")
            }
        }
        return blocks.joined(separator: "\n\n") + "\n"
    }

    package var html: HTML {
        let blocks = paragraphs.map { paragraph -> HTML in
            switch paragraph {
            case .text(let text): "<p>\(text)</p>"
            case .link(let label, let url):
                """
                <p><a href="\(url)" style="display:inline-block;padding:10px 18px;border-radius:6px;background:#0b5cad;color:#ffffff;text-decoration:none">\(label)</a></p>
                <p style="font-size:13px;color:#555555;word-break:break-all">\(url)</p>
                """
            case .facts(let facts):
                "<table style=\"border-spacing:0\">\(facts.map { fact -> HTML in "<tr><td style=\"padding:2px 16px 2px 0;color:#555555\">\(fact.label)</td><td><strong>\(fact.value)</strong></td></tr>" })</table>"
            }
        }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>\(subject)</title></head>
            <body style="margin:0;padding:24px;font-family:system-ui,sans-serif;font-size:15px;line-height:1.5;color:#1b1f24;background:#ffffff">
            <div style="max-width:560px">\(blocks.joined(separator: "\n"))</div></body></html>

            """
    }
}

/// A template, by the name under which mails wait for it. A feature that mails something hands its own to the composition.
package struct LetterKind: Sendable {
    /// Writes the letter in the transaction that mints its tokens; nil where what it was about is no more.
    package typealias Write = @Sendable (OutboxMail, borrowing DoorPermit, any Transaction, Doorbook, House) throws -> Letter?

    package let template: String
    package let write: Write

    package init(_ template: String, write: @escaping Write) {
        self.template = template
        self.write = write
    }
}
