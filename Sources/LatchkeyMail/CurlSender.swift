import CCurl
import Dispatch
import Foundation
import Synchronization

/// Hands mails to a mail server through libcurl, one after the other on a thread of its own. TLS 1.2 or newer, verified, wherever the server is not on
/// this machine.
package final class CurlSender: MailSender {
    private let server: MailServer
    private let greeting: String
    private let queue = DispatchQueue(label: "latchkey.mail", qos: .utility)
    private let isStopping = Atomic(false)

    private static let connectSeconds = 10
    /// A mail takes no longer than this; the outbox's lease is longer than that of all the mails that it takes at once.
    private static let allSeconds = 60

    /// - Parameter greeting: The name by which this server introduces itself.
    package init(_ server: MailServer, greeting: String) {
        self.server = server
        self.greeting = greeting
        _ = latchkey_curl_start()
    }

    package func stop() { isStopping.store(true, ordering: .releasing) }

    package func send(_ mail: MailMessage, pledge: @escaping @Sendable () -> Bool) async -> MailOutcome {
        await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: hand(mail, pledge)) }
        }
    }

    private func hand(_ mail: MailMessage, _ pledge: @escaping () -> Bool) -> MailOutcome {
        guard let curl = curl_easy_init() else { return .postponed("libcurl has no memory") }
        defer { curl_easy_cleanup(curl) }
        let recipients = curl_slist_append(nil, "<\(mail.to.text)>")
        defer { curl_slist_free_all(recipients) }
        let upload = Upload(mail.bytes, pledge) { [self] in isStopping.load(ordering: .acquiring) }
        var errors = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE) + 1)
        let code = errors.withUnsafeMutableBufferPointer { errors in
            withExtendedLifetime(upload) { perform(curl, mail, recipients, upload, errors.baseAddress) }
        }
        let end = errors.firstIndex(of: 0) ?? errors.count
        let told = String(decoding: errors[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return outcome(code, told: told, response: latchkey_curl_response(curl), upload)
    }

    private func perform(
        _ curl: UnsafeMutableRawPointer, _ mail: MailMessage, _ recipients: UnsafeMutablePointer<curl_slist>?, _ upload: Upload,
        _ errors: UnsafeMutablePointer<CChar>?
    ) -> CURLcode {
        func given<T>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> T) -> T { text.map { $0.withCString { body($0) } } ?? body(nil) }
        return given(server.url(greeting: greeting)) { url in
            given(server.user) { user in
                given(server.password) { password in
                    given(server.authorities) { authorities in
                        given("<\(mail.from.address.text)>") { from in
                            var settings = latchkey_curl_mail()
                            settings.url = url
                            settings.user = user
                            settings.password = password
                            settings.authorities = authorities
                            settings.from = from
                            settings.to = recipients
                            settings.requires_tls = server.isLoopback ? 0 : 1
                            settings.connect_seconds = Self.connectSeconds
                            settings.all_seconds = Self.allSeconds
                            settings.read = { buffer, size, count, context in Upload.read(buffer, size * count, context) }
                            settings.progress = { context, _, _, _, _ in Upload.progress(context) }
                            settings.context = Unmanaged.passUnretained(upload).toOpaque()
                            settings.errors = errors
                            let prepared = latchkey_curl_prepare(curl, &settings)
                            return prepared == CURLE_OK ? curl_easy_perform(curl) : prepared
                        }
                    }
                }
            }
        }
    }

    /// What happened, by how far the mail had come. Before its end was sent it was surely not taken; after it only an answer says so.
    private func outcome(_ code: CURLcode, told: String, response: Int, _ upload: Upload) -> MailOutcome {
        if code == CURLE_OK { return .sent }
        let reason = (told.isEmpty ? String(cString: curl_easy_strerror(code)) : told) + (response > 0 ? " (last answer \(response))" : "")
        guard upload.hasEnded else { return told.hasPrefix("RCPT failed: 5") ? .refused(reason) : .postponed(reason) }
        switch response {
        case 400..<500: return .postponed("the mail server answered \(response)")
        case 500..<600: return .refused("the mail server answered \(response)")
        default: return .unknown(reason)
        }
    }
}

/// A mail's bytes on their way into libcurl; only the sending thread has it.
private final class Upload {
    private var rest: ArraySlice<UInt8>
    private let pledge: () -> Bool
    private let isStopping: () -> Bool
    private var stopsSince: ContinuousClock.Instant?
    /// Whether the mail's end was given to libcurl.
    private(set) var hasEnded = false

    init(_ bytes: [UInt8], _ pledge: @escaping () -> Bool, _ isStopping: @escaping () -> Bool) {
        rest = bytes[...]
        self.pledge = pledge
        self.isStopping = isStopping
    }

    static func of(_ context: UnsafeMutableRawPointer?) -> Upload? { context.map { Unmanaged<Upload>.fromOpaque($0).takeUnretainedValue() } }

    static func read(_ buffer: UnsafeMutablePointer<CChar>?, _ room: Int, _ context: UnsafeMutableRawPointer?) -> Int {
        guard let upload = of(context), let buffer else { return Int(CURL_READFUNC_ABORT) }
        if upload.rest.isEmpty {
            if upload.hasEnded { return 0 }
            guard upload.pledge() else { return Int(CURL_READFUNC_ABORT) }
            upload.hasEnded = true
            return 0
        }
        let piece = upload.rest.prefix(room)
        UnsafeMutableRawBufferPointer(start: buffer, count: room).copyBytes(from: piece)
        upload.rest = upload.rest.dropFirst(piece.count)
        return piece.count
    }

    /// Ends the transfer while the server stops: at once, or, where the mail was handed over already, after waiting a little for its answer.
    static func progress(_ context: UnsafeMutableRawPointer?) -> Int32 {
        guard let upload = of(context) else { return 1 }
        guard upload.isStopping() else { return 0 }
        guard upload.hasEnded else { return 1 }
        let since = upload.stopsSince ?? .now
        upload.stopsSince = since
        return ContinuousClock.now - since > .seconds(10) ? 1 : 0
    }
}
