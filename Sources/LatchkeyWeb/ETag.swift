import HTTPTypes
import LatchkeyJSON
import LatchkeySecrets

/// The version of one object: a hash of what it says, times of last use left out.
package struct ETag: Sendable, Hashable {
    package let text: String

    package init(
        _ object: JSON, without fields: Set<String> = ["last_seen_at", "last_sign_in_at", "last_used_at", "live_tokens", "starts", "counts"]
    ) {
        let kept = JSON(members: object.members.filter { !fields.contains($0.0) })
        let hash = SHA256.hash(kept.encode()).prefix(12)
        text = "\"" + hash.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined() + "\""
    }

    /// Whether an `If-Match` value (RFC 9110 section 13.1.1) names this version.
    package func matches(_ ifMatch: String) -> Bool {
        let value = ifMatch.trimmingWhitespace()
        return value == "*" || value.split(separator: ",").contains { String($0).trimmingWhitespace() == text }
    }

    /// Whether an `If-None-Match` value (section 13.1.2) names this version; weak and strong tags are one there.
    package func isKnown(by ifNoneMatch: String) -> Bool { matches(ifNoneMatch.replacing("W/\"", with: "\"")) }
}

extension Call {
    /// One object with its version, or 304 to whoever has that already.
    package func answer(_ json: JSON) -> Answer {
        let tag = ETag(json)
        if let known = inbound.headers[.ifNoneMatch], tag.isKnown(by: known) { return Answer(304, headers: [.eTag: tag.text]) }
        return .object(json, tag: tag)
    }
}
