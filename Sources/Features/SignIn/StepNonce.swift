import LatchkeySecrets
import LatchkeyWeb

/// What a browser shows at the next step of a sign-in: a cookie of its own, so that a step that was begun in one browser goes on in no other.
struct StepNonce: Sendable {
    let text: String

    init() { text = Base64URL.encode(Random.bytes(18)) }

    /// What this browser shows; nil where it shows none.
    init?(_ call: Call) {
        guard let text = Cookies.value(Self.name(call.house.settings), in: call.inbound.headers), (1...64).contains(text.utf8.count) else {
            return nil
        }
        self.text = text
    }

    /// How it is stored.
    var hash: [UInt8] { SHA256.hash(Array("step nonce ".utf8) + Array(text.utf8)) }

    /// Sets it for ten minutes; nil takes it away.
    static func cookie(_ nonce: StepNonce?, _ settings: ServerSettings) -> String {
        name(settings) + "=" + (nonce?.text ?? "") + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=\(nonce == nil ? 0 : 600)"
            + (settings.isInsecure ? "" : "; Secure")
    }

    private static func name(_ settings: ServerSettings) -> String { settings.cookieName + "-step" }
}
