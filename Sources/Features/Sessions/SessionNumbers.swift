import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// Live sessions in numbers, of those that the reader sees.
package struct SessionNumbers: Sendable {
    /// Not captured yet, and not past their deadline.
    package let underWay: Int
    /// Captured, and waiting for a reviewer.
    package let waiting: Int
    /// Made in the last seven days.
    package let createdLately: Int
}

extension Sessions {
    package static func numbers(at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> SessionNumbers {
        try SessionNumbersStore.find(at: now, permit, tx)
    }

    /// Live sessions under way that end within the hour, the next one first.
    package static func ending(at now: Timestamp, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Session] {
        try SessionNumbersStore.ending(from: now, until: now.adding(seconds: 3600), limit: limit, permit, tx).map { try find($0, permit, tx) }
    }

    /// The newest live sessions as cards, for a page of another feature.
    package static func newest(
        _ count: Int, _ photos: any SessionPhotos, at now: Timestamp, _ parts: Parts, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> HTML {
        var live = SessionFilter()
        live.mode = .live
        let sessions = try list(live, PageRequest(limit: count), at: now, permit, tx).items
        if sessions.isEmpty { return "" }
        return SessionRows(parts, permit.access, at: now).cards(sessions, try photos.faces(of: sessions.map(\.id), permit, tx))
    }

    /// The list, narrowed to some statuses.
    package static func path(_ statuses: [SessionStatus]) -> String {
        SessionsPages.path + "?" + PercentEncoding.query(statuses.map { ("status", $0.rawValue) })
    }
}
