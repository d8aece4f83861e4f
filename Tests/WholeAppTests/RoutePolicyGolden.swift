import Foundation
import LatchkeyAccess
import LatchkeyWeb
import Testing

@testable import latchkey

/// Who may reach what, as one list whose difference is part of every review. `UPDATE_GOLDENS=1` rewrites it.
@Suite struct `The policy of every route` {
    @Test func `is as it was reviewed`() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens/routes.golden")
        let lines = Routes.all.map(line).sorted().joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1" { try lines.write(to: file, atomically: true, encoding: .utf8) }
        let golden = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let (now, reviewed) = (Set(lines.split(separator: "\n")), Set(golden.split(separator: "\n")))
        #expect(now.subtracting(reviewed).sorted() == [], "new or changed: review them, then UPDATE_GOLDENS=1")
        #expect(reviewed.subtracting(now).sorted() == [], "gone: review them, then UPDATE_GOLDENS=1")
    }

    @Test func `lets nobody in without a credential but at these doors`() {
        let open = Set(Routes.all.filter { !$0.isGuarded && !isAsset($0) }.map(\.name))
        #expect(open.subtracting(Self.openOnPurpose).sorted() == [], "a route that is open to everybody needs a review")
        #expect(Self.openOnPurpose.subtracting(open).sorted() == [], "gone, or no longer open: take it off this list")
    }

    /// Routes that answer strangers. The list is short, and every line is a decision.
    private static let openOnPurpose: Set<String> = [
        "GET /livez", "GET /readyz", "GET /version", "GET /api/openapi.yaml", "GET /api/docs", "POST /api/v1/logins", "GET /sign-in", "POST /sign-in",
        "POST /sign-in/take-over", "POST /sign-in/disown", "POST /sign-in/second-step", "POST /sign-in/second-step/mail",
        "POST /api/v1/logins/second-step", "POST /api/v1/logins/second-step/mail", "GET /r/{token}", "POST /r/{token}", "GET /set-up/{token}",
        "POST /set-up/{token}",
        "POST /api/v1/password/forgot", "POST /api/v1/password/reset", "POST /api/v1/email/confirm", "GET /forgot-password", "POST /forgot-password",
        "GET /email/{token}", "POST /email/{token}",
        "POST /api/v1/logins/passkey/options", "POST /api/v1/logins/passkey", "POST /api/v1/logins/second-step/passkey", "POST /sign-in/passkey",
        // A client shows its secret there; what is public is for everybody.
        "POST /oauth/token", "POST /oauth/introspect", "POST /oauth/revoke", "GET /oauth/jwks", "GET /.well-known/oauth-authorization-server",
        "GET /.well-known/authzen-configuration",
        // A link's or a capture's token is all that a customer has.
        "GET /l/{token}", "POST /l/{token}", "GET /l/{token}/app.webmanifest", "GET /c/{token}", "GET /c/{token}/app.webmanifest",
        "POST /c/{token}/start", "POST /c/{token}/answers", "POST /c/{token}/finish", "POST /c/{token}/photos", "GET /c/{token}/start",
        "GET /c/{token}/answers", "GET /c/{token}/finish",
    ]

    /// Safe to ask for, and recorded all the same: exports.
    private static let recordedReads: Set<String> = [
        "GET /api/v1/sessions/{id}/photos.zip", "GET /api/v1/history/export", "GET /api/v1/accounts/{id}/history/export",
        "GET /api/v1/enterprise/history/export",
        "GET /api/v1/reviews/{id}/export", "GET /api/v1/accounts/{account}/reviews/{id}/export",
    ]

    @Test func `says what every unsafe route leaves in history`() {
        for route in Routes.all {
            let isSafe = route.method == .get && !Self.recordedReads.contains(route.name)
            #expect((route.leaves == .nothingItIsSafe) == isSafe, "\(route.name)")
            if case .nothing(let reason) = route.leaves { #expect(!reason.isEmpty, "\(route.name)") }
        }
    }

    @Test func `lets API keys at nothing but sessions and who they are`() {
        let reached = Set(Routes.guarded.filter { Who.key.refusal(on: $0) == nil }.map(\.path))
        #expect(
            reached.filter { !$0.hasPrefix("/api/v1/sessions") }.sorted() == ["/api/v1/me", "/api/v1/me/api-keys", "/api/v1/me/grantable"])
    }

    private func isAsset(_ route: Route) -> Bool { route.needs == .nothing(because: .asset) }

    private func line(_ route: Route) -> String {
        let needs =
            switch route.needs {
            case .nothing(let reason): "open, \(reason.rawValue)"
            case .need(.screen(let screen, let level)): "screen \(screen.rawValue) \(level.name)"
            case .need(.enterprise(let permission)): "enterprise \(permission?.rawValue ?? "any")"
            case .need(let need): "\(need)"
            }
        let leaves =
            switch route.leaves {
            case .nothingItIsSafe: "-"
            case .history: "history"
            case .nothing(let reason): "nothing: \(reason)"
            }
        let entered = route.accountParameter == nil ? "" : ", in an account by manage_users"
        let stepUp = route.stepUp.map { ", after a step-up of \($0.rawValue)" } ?? ""
        return "\(route.path)  \(route.method.rawValue)  [\(route.face)]  \(needs)\(entered)\(stepUp)  leaves \(leaves)"
    }
}
