import Foundation
import LatchkeyMail
import LatchkeySQLite
import LatchkeyWeb
import MailFeature
import ServiceLifecycle

/// Where this server's mails go, by its options.
struct MailOptions {
    private let server: MailServer?
    private let from: Mailbox
    private let host: String

    /// - Throws: `OperatorError` for what is no mail server, no address or no file. None of them repeats the value of `--mail`: a password may be in it.
    init(_ sources: OptionSources, server: String?, from: String?, authorities: String?, publicURL: PublicURL) throws {
        let authorities = try sources.value("mail-ca", flag: authorities)
        if let authorities, !FileManager.default.isReadableFile(atPath: authorities) {
            throw OperatorError("--mail-ca names \(authorities), which cannot be read.")
        }
        let text = try sources.value("mail", flag: server) ?? ""
        if text.isEmpty {
            self.server = nil
        } else {
            guard let found = MailServer(text, authorities: authorities) else {
                throw OperatorError(
                    "--mail must be smtp://user:password@host:587 or smtps://user:password@host:465, user and password percent-encoded where needed.")
            }
            self.server = found
        }
        host = publicURL.host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") } ? publicURL.host : "localhost"
        if let text = try sources.value("mail-from", flag: from), !text.isEmpty {
            guard let mailbox = Mailbox(text) else {
                throw OperatorError(
                    "--mail-from must be an address, such as no-reply@example.com or \"Latchkey <no-reply@example.com>\"; it is \(text).")
            }
            self.from = mailbox
        } else {
            self.from = Mailbox(name: "", address: MailAddress("latchkey@" + host) ?? .ofThisMachine)
        }
    }

    func room(in installation: Installation) -> MailRoom {
        let sender: any MailSender =
            server.map { CurlSender($0, greeting: host) } ?? FolderSender(path: installation.directory.file("mail"))
        return MailRoom(sender: sender, from: from, server: server?.description, masterKey: installation.masterKey)
    }
}

/// Sends mails while the server runs, and stops with it.
struct Outgoing: Service {
    let postman: Postman
    let sender: any MailSender

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await postman.run() }
            try? await gracefulShutdown()
            sender.stop()
            group.cancelAll()
        }
    }
}
