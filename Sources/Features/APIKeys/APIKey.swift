import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The credential that sessions are created under, live or test.
package struct APIKey: Sendable, Hashable {
    package enum Mode: String, Sendable, CaseIterable { case live, test }

    /// Who completes a captured session.
    package enum Completes: String, Sendable, CaseIterable {
        case byReview = "by_review"
        case byItself = "by_itself"
    }

    /// How long after its making a session of this key may still be captured.
    package enum SessionExpiry: String, Sendable, CaseIterable {
        case never
        case hours1 = "1h"
        case hours6 = "6h"
        case hours12 = "12h"
        case hours24 = "24h"
        case hours48 = "48h"
        case hours72 = "72h"
        case days7 = "7d"
        case days14 = "14d"
        case days30 = "30d"

        /// Nil for never.
        package var seconds: Int64? {
            switch self {
            case .never: nil
            case .hours1: 3600
            case .hours6: 6 * 3600
            case .hours12: 12 * 3600
            case .hours24: 24 * 3600
            case .hours48: 48 * 3600
            case .hours72: 72 * 3600
            case .days7: 7 * 86_400
            case .days14: 14 * 86_400
            case .days30: 30 * 86_400
            }
        }
    }

    package var id: APIKeyID
    package var name: String
    package var mode: Mode
    package var sessionExpiry: SessionExpiry
    package var redirectURL: String?
    package var language: String?
    package var completes: Completes
    package var disabledAt: Timestamp?
    package var createdAt: Timestamp
    /// When the secret before the last rotation stops working; nil when there is none.
    package var previousSecretEndsAt: Timestamp?

    package var isDisabled: Bool { disabledAt != nil }
    package var subject: Subject { Subject("api_key", id, name) }

    package var json: JSON {
        [
            "id": JSON(id), "name": .string(name), "mode": .string(mode.rawValue), "status": isDisabled ? "disabled" : "enabled",
            "session_expiry": .string(sessionExpiry.rawValue), "redirect_url": JSON(redirectURL), "language": JSON(language),
            "completes": .string(completes.rawValue), "created_at": JSON(createdAt), "previous_secret_ends_at": JSON(previousSecretEndsAt),
        ]
    }

    package var tag: ETag { ETag(json) }

    /// What history compares.
    var details: JSON {
        [
            "name": .string(name), "mode": .string(mode.rawValue), "session_expiry": .string(sessionExpiry.rawValue),
            "redirect_url": JSON(redirectURL), "language": JSON(language), "completes": .string(completes.rawValue),
        ]
    }
}
