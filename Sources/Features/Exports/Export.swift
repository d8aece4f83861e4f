import LatchkeyAccess
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A file that somebody has asked for: what of the account, as what, and how far it is. It is theirs alone, for a day.
struct Export: Sendable {
    enum State: String, Sendable {
        case running, ready, failed
    }

    /// Why there is no file.
    enum Failure: String, Sendable {
        /// Whoever asked may no longer see it, or is signed out.
        case notAllowed = "not_allowed"
        case tooLarge = "too_large"
        /// The server was stopped meanwhile, or it took too long.
        case interrupted
        case failed
    }

    var id: ExportID
    var kind: String
    var format: TableFormat
    /// What it is narrowed to, as it was asked for.
    var filter: JSON
    var state: State
    var failure: Failure?
    var rows: Int?
    /// Of the file.
    var bytes: Int?
    var blob: String?
    var createdAt: Timestamp
    var finishedAt: Timestamp?

    /// How long a file may be in the making.
    static let mostSeconds: Int64 = 900
    /// How long a file is kept.
    static let keptSeconds: Int64 = 86_400

    var expiresAt: Timestamp { createdAt.adding(seconds: Self.keptSeconds) }
    var subject: Subject { Subject("export", id, kind) }

    /// As it is now: what runs for too long was forgotten when its server stopped.
    func seen(at now: Timestamp) -> Export {
        guard state == .running, now >= createdAt.adding(seconds: Self.mostSeconds + 60) else { return self }
        var export = self
        (export.state, export.failure) = (.failed, .interrupted)
        return export
    }

    var fileName: String {
        let day = createdAt.minute.prefix(10)
        return "latchkey-\(kind)-\(day).\(format.rawValue)"
    }

    var json: JSON {
        [
            "id": JSON(id), "kind": .string(kind), "format": .string(format.rawValue), "filter": filter, "status": .string(state.rawValue),
            "reason": JSON(failure?.rawValue), "rows": JSON(rows), "bytes": JSON(bytes), "created_at": JSON(createdAt),
            "finished_at": JSON(finishedAt), "expires_at": JSON(expiresAt),
        ]
    }

    var tag: ETag { ETag(json) }

    /// What history tells of it.
    var details: [Change] {
        [Change("kind", to: .string(kind)), Change("format", to: .string(format.rawValue))] + Change.between([:], ["filter": filter])
    }
}
