import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeySecrets
import LatchkeyWeb

/// A browser that has signed somebody in before. It shows a cookie that only this server can make and that names the last four of them;
/// it signs nobody in, but failures of strangers at the same address do not count against it.
struct KnownBrowser: Sendable, Equatable {
    private var nonce: [UInt8]
    private var since: Timestamp
    private var people: [Fingerprint]

    private static let nonceLength = 16
    private static let mostPeople = 4
    private static let life: Int64 = 365 * 86_400
    private static let context = "cookie known browser"

    private init(nonce: [UInt8], since: Timestamp, people: [Fingerprint]) {
        self.nonce = nonce
        self.since = since
        self.people = people
    }

    /// The browser behind a request; nil where it shows no cookie, or one that is not ours or too old.
    init?(_ call: Call) {
        guard let value = Cookies.value(Self.cookieName(call.house.settings), in: call.inbound.headers), value.utf8.count <= 400,
            let sealed = Base64URL.decode(value), let bytes = try? call.house.masterKey.open(sealed, context: Self.context),
            bytes.count >= 8 + Self.nonceLength
        else { return nil }
        since = Timestamp(milliseconds: bytes.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) })
        nonce = Array(bytes.dropFirst(8).prefix(Self.nonceLength))
        var rest = bytes.dropFirst(8 + Self.nonceLength)
        people = []
        while let person = Fingerprint(rest.prefix(Fingerprint.length)) {
            people.append(person)
            rest = rest.dropFirst(Fingerprint.length)
        }
        if call.now >= since.adding(seconds: Self.life) { return nil }
    }

    /// What failures of this person at this browser count as; nil where they have never signed in with it.
    func source(for person: Fingerprint) -> Fingerprint? { people.contains(person) ? .browser(nonce) : nil }

    /// The cookie of a browser that this person has just signed in with.
    static func cookie(after browser: KnownBrowser?, _ person: Fingerprint, _ call: Call) -> String {
        var known = browser ?? KnownBrowser(nonce: Random.bytes(nonceLength), since: call.now, people: [])
        known.since = call.now
        known.people = Array(([person] + known.people.filter { $0 != person }).prefix(mostPeople))
        let time = UInt64(bitPattern: known.since.milliseconds)
        let written = stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: time >> UInt64($0)) }
        let bytes = written + known.nonce + known.people.flatMap(\.bytes)
        let value = Base64URL.encode(call.house.masterKey.seal(bytes, context: context))
        let settings = call.house.settings
        return cookieName(settings) + "=" + value + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=\(life)" + (settings.isInsecure ? "" : "; Secure")
    }

    private static func cookieName(_ settings: ServerSettings) -> String { settings.cookieName + "-device" }
}
