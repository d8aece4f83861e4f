import LatchkeyAccess
import LatchkeySecrets

/// Where mails are left to be sent: what a verb that mails something needs, and what the console says about it.
package struct MailRoom: Sendable {
    package let sender: any MailSender
    package let from: Mailbox
    /// The mail server, without its credentials; nil where mails are kept as files.
    package let server: String?
    package let bell: Bell
    private let masterKey: MasterKey

    package init(sender: any MailSender, from: Mailbox, server: String?, masterKey: MasterKey) {
        self.sender = sender
        self.from = from
        self.server = server
        self.masterKey = masterKey
        bell = Bell()
    }

    /// For commands, which enqueue and leave the sending to the server.
    package static func idle(masterKey: MasterKey) -> MailRoom {
        MailRoom(sender: NoMailSender(), from: Mailbox(name: "", address: .ofThisMachine), server: nil, masterKey: masterKey)
    }

    /// A secret that waits with its mail; only this mail's row opens it.
    func seal(_ secret: String, of mail: MailID) -> [UInt8] { masterKey.seal(Array(secret.utf8), context: Self.context(mail)) }

    func open(_ sealed: [UInt8], of mail: MailID) -> String? {
        (try? masterKey.open(sealed, context: Self.context(mail))).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func context(_ mail: MailID) -> String { "outbox/sealed/\(mail)" }
}
