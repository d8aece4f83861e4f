import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb
import SessionsFeature

/// How much a link gives away to whoever has its URL, whatever its keeper has set: enough for the busiest counter, too little to drown a branch in
/// sessions or a disk in photos. Counted in rows, so that nodes and restarts make no difference.
package enum LinkQuota {
    /// Sessions that one address starts within an hour.
    package static let startsFromAddress = 60
    /// Sessions that all addresses together start within an hour.
    package static let starts = 600
    /// Bytes of photos that a link's sessions take within a day.
    package static let bytes = 4 * 1024 * 1024 * 1024

    private static let hour: Int64 = 3600
    private static let day: Int64 = 86_400

    /// Notes a start from an address. To be called after the link's row was written, which has others wait for their turn.
    /// - Throws: `Problem` 429 `too_many_starts`.
    static func count(
        _ session: SessionID, of link: LinkID, from address: String, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        let source = source(address)
        let since = now.adding(seconds: -hour)
        let counts = [
            (try LinkStartStore.starts(of: link, from: source, since: since, permit, tx), startsFromAddress),
            (try LinkStartStore.starts(of: link, from: nil, since: since, permit, tx), starts),
        ]
        for (found, most) in counts where found.count >= most {
            let wait = max(1, ((found.first ?? now).adding(seconds: hour).milliseconds - now.milliseconds + 999) / 1000)
            throw Problem(
                429, "too_many_starts", t("This link was opened very often in the last hour. Try again later."),
                headers: [.retryAfter: String(wait)])
        }
        try LinkStartStore.insert(session, of: link, from: source, at: now, permit, tx)
    }

    /// The link from which a session was started; nil for all others. Throws where its link has taken all the photos of a day.
    /// - Throws: `Problem` 422 `link_full` on `file`.
    package static func requireRoom(
        for session: SessionID, at now: Timestamp, taken: (LinkID, _ since: Timestamp) throws -> Int, _ permit: borrowing Permit,
        _ tx: any Transaction
    ) throws -> LinkID? {
        guard let link = try LinkStartStore.link(of: session, permit, tx) else { return nil }
        guard try taken(link, now.adding(seconds: -day)) < bytes else { throw Problem.invalid("file", "link_full", sentence) }
        return link
    }

    /// To be called in a write before `requireRoom`: photos of one link are then counted one after the other, on a database with many writers too.
    package static func lock(linkOf session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try LinkStartStore.lockLink(of: session, permit, tx)
    }

    package static var sentence: String { t("This link has taken all the photos that it takes in a day. Try again tomorrow.") }

    /// An IPv6 address counts as its /64: whoever has one of those addresses has all of them.
    static func source(_ address: String) -> String {
        guard let bytes = AddressRange.bytes(of: address), bytes.count == 16 else { return address }
        return bytes.prefix(8).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined() + "/64"
    }
}
