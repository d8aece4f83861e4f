import Dispatch
import Foundation

/// Keeps mails as `.eml` files (0600) in a folder (0700), for an installation without a mail server. A mail's file has its id as name, so that there is
/// never a second one.
package struct FolderSender: MailSender {
    package let path: String
    private let queue = DispatchQueue(label: "latchkey.mail", qos: .utility)

    package init(path: String) { self.path = path }

    package func send(_ mail: MailMessage, pledge: @escaping @Sendable () -> Bool) async -> MailOutcome {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: keep(mail, pledge)) }
        }
    }

    private func keep(_ mail: MailMessage, _ pledge: () -> Bool) -> MailOutcome {
        if mkdir(path, 0o700) != 0, errno != EEXIST { return failed("cannot make the folder for mails") }
        let file = path + "/\(mail.id).eml"
        let part = file + ".part"
        unlink(part)
        let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return failed("cannot write a mail's file") }
        let isWritten = write(mail.bytes, to: descriptor) && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten else {
            unlink(part)
            return failed("cannot write a mail's file")
        }
        guard pledge() else {
            unlink(part)
            return .postponed("somebody else has it")
        }
        return rename(part, file) == 0 ? .sent : failed("cannot name a mail's file")
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func failed(_ what: String) -> MailOutcome { .postponed(what + ": " + String(cString: strerror(errno))) }
}
