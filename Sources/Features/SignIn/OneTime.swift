import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeySecrets
import LatchkeyWeb

/// What the two kinds of one-time links share.
enum OneTime {
    /// One answer for a token that was used, replaced, is out of date or was never made.
    static var closed: Problem { Problem(410, "link_closed", "This link was used, was replaced by a newer one, or is out of date.") }

    /// The hash of a token as it stands in a link.
    /// - Throws: `Problem` 410 for a text that is no token of this kind.
    static func hash(_ token: String, _ kind: SecretKind) throws -> [UInt8] {
        guard let secret = Secret(token), secret.kind == kind else { throw closed }
        return secret.hash
    }

    /// Who asks where no request does: a command, or the start of the server.
    static func local(_ house: House) -> Origin { .ofThisMachine(at: house.gate.now) }
}
