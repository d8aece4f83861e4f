import Foundation
import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb

@testable import latchkey

/// A browser at the console: it shows its login as the console's cookie, and sends forms as browsers do.
struct Browser: Sendable {
    typealias Fields = [(name: String, value: String)]

    static let cookie = "__Host-latchkey"

    let lineUp: LineUp
    var token: String?
    /// The credential as a bearer token, which no browser sends by itself.
    var isBearer = false
    /// Further cookies, as `name=value`.
    var cookies: [String] = []
    var address = "127.0.0.1"

    init(_ client: LocalClient, isBearer: Bool = false) {
        lineUp = client.lineUp
        token = client.token
        self.isBearer = isBearer
    }

    func get(_ target: String) async -> LocalClient.Reply { await send(.get, target) }

    func post(_ target: String, _ form: Fields = [], from site: HTTPFields = .ownSite) async -> LocalClient.Reply {
        await send(.post, target, body: Self.encoded(form), from: site)
    }

    /// Sends a form with files, which stand in fields named `file`; one that nobody chose is left out.
    func upload(_ target: String, _ form: Fields, from site: HTTPFields = .ownSite) async -> LocalClient.Reply {
        let parts = form.filter { $0.name != "file" || !$0.value.isEmpty }.map { name, value in
            let file = name == "file" ? "; filename=\"a file\"\r\nContent-Type: application/octet-stream" : ""
            return "--edge\r\nContent-Disposition: form-data; name=\"\(name)\"\(file)\r\n\r\n\(value)\r\n"
        }
        return await send(.post, target, body: parts.joined() + "--edge--\r\n", type: "multipart/form-data; boundary=edge", from: site)
    }

    func send(
        _ method: HTTPRequest.Method, _ target: String, body: String? = nil, type: String = "application/x-www-form-urlencoded",
        from site: HTTPFields = .ownSite
    ) async -> LocalClient.Reply {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var inbound = Inbound(method, String(parts.first ?? ""), query: parts.count > 1 ? String(parts[1]) : "", address: address)
        inbound.headers[.accept] = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        if let token, isBearer { inbound.headers[.authorization] = "Bearer " + token }
        let shown = (token.map { isBearer ? [] : [Self.cookie + "=" + $0] } ?? []) + cookies
        if !shown.isEmpty { inbound.headers[.cookie] = shown.joined(separator: "; ") }
        if method != .get { for field in site { inbound.headers[field.name] = field.value } }
        if let body {
            inbound.headers[.contentType] = type
            inbound.body = Array(body.utf8)
        }
        let outbound = await lineUp.respond(to: inbound)
        return LocalClient.Reply(status: outbound.status, headers: outbound.headers, body: outbound.body, json: .null)
    }

    /// As browsers encode a form: `+` for a space, CR LF for a line's end.
    static func encoded(_ form: Fields) -> String {
        PercentEncoding.query(form.map { ($0.name, $0.value) }).replacing("%20", with: "+").replacing("%0A", with: "%0D%0A")
    }
}

extension HTTPFields {
    /// What a browser says of a form of this site's own pages.
    static let ownSite = HTTPFields.site(fetch: "same-origin")

    static func site(fetch: String? = nil, origin: String? = nil) -> HTTPFields {
        var fields = HTTPFields()
        if let fetch { fields[.secFetchSite] = fetch }
        if let origin { fields[.origin] = origin }
        return fields
    }
}

extension LocalClient.Reply {
    var location: String { header("Location") ?? "" }

    /// The query of the address that this leads to.
    func leadsTo(_ name: String) -> String? {
        location.split(separator: "?", maxSplits: 1).dropFirst().first.flatMap { (try? FormData($0))?[name] }
    }

    /// Whether the page is there or the form is done: a page, or the way to one that is not the sign-in page.
    var isDone: Bool { (200..<300).contains(status) || (status == 303 && !location.isEmpty && !location.hasPrefix("/sign-in")) }

    /// Whether this browser is signed out by it.
    var signsOut: Bool { headers[values: .setCookie].contains { $0.hasPrefix(Browser.cookie + "=;") && $0.contains("Max-Age=0") } }

    /// Whether it is the page that says no, and not a form that came back.
    var isRefusalPage: Bool { status == 403 && text.contains("<h1>You have no access to this</h1>") }

    /// Everything that an asker can tell one page from another by, but for the request's id, the nonce of its scripts, and the ids that were
    /// asked for.
    func pageFace(but ids: [String] = []) -> String {
        let policy = header("Content-Security-Policy") ?? ""
        let nonce = policy.split(separator: "'").first { $0.hasPrefix("nonce-") }.map { String($0.dropFirst("nonce-".count)) }
        let told = headers.filter { !["x-request-id", "content-length"].contains($0.name.canonicalName) }
            .map { "\($0.name.canonicalName): \($0.value)" }.sorted()
        var said = ([String(status)] + told + [text]).joined(separator: "\n")
        let own = [(header("X-Request-Id"), "REQUEST"), (nonce, "NONCE")] + ids.map { ($0, "ID") }
        for case (let part?, let word) in own where part.utf8.count > 3 { said = said.swapping(part, for: word) }
        // How long the login goes on is no matter of the page.
        let bytes = Data(said.utf8)
        guard let start = bytes.range(of: Data(" data-lasts=\"".utf8)), let close = bytes[start.upperBound...].firstIndex(of: UInt8(ascii: "\""))
        else { return said }
        return String(decoding: bytes[..<start.lowerBound] + bytes[(close + 1)...], as: UTF8.self)
    }
}

extension String {
    /// The same with one text for another, looked for by bytes: pages are long, and this is done to each.
    func swapping(_ part: String, for word: String) -> String {
        var (rest, done) = (Data(utf8), Data())
        while let found = rest.range(of: Data(part.utf8)) {
            done += rest[..<found.lowerBound]
            done += word.utf8
            rest = rest[found.upperBound...]
        }
        return String(decoding: done + rest, as: UTF8.self)
    }
}
