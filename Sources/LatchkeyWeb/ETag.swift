import LatchkeyJSON
import LatchkeySecrets

/// The version of one object: a hash of what it says, times of last use left out.
package struct ETag: Sendable, Hashable {
    package let text: String

    package init(_ object: JSON, without fields: Set<String> = ["last_seen_at", "last_sign_in_at", "starts"]) {
        let kept = JSON(members: object.members.filter { !fields.contains($0.0) })
        let hash = SHA256.hash(kept.encode()).prefix(12)
        text = "\"" + hash.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined() + "\""
    }

    /// Whether an `If-Match` value (RFC 9110 section 13.1.1) names this version.
    package func matches(_ ifMatch: String) -> Bool {
        let value = ifMatch.trimmingWhitespace()
        return value == "*" || value.split(separator: ",").contains { String($0).trimmingWhitespace() == text }
    }
}
