import HTTPTypes
import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyImages
import LatchkeySecrets
import LatchkeyThreads

/// The one translator from what went wrong to what is answered.
package enum Errors {
    package static func problem(_ error: any Error, credentialShown: Bool) -> Problem {
        switch error {
        case let problem as Problem: problem
        case let refusal as Refusal: self.refusal(refusal, credentialShown: credentialShown)
        case is Hidden: .hidden
        case is Dead: self.refusal(.signIn, credentialShown: credentialShown)
        case is PasswordHasher.Overloaded, is PasswordHasher.OutOfMemory: .busy()
        case is BlockingThreads.Overloaded, is ImageWorkers.Unavailable: .busy()
        case DatabaseError.full, DatabaseError.unavailable, BlobError.full, BlobError.unavailable: .busy(retryAfter: 2)
        case BlobError.missing: .hidden
        case let refusal as PictureRefusal: Problem(refusal == .tooLarge ? 413 : 422, refusal.rawValue, refusal.sentence)
        default: Problem(500, "internal_error", "Something went wrong here. The log has more under this request's id.")
        }
    }

    private static func refusal(_ refusal: Refusal, credentialShown: Bool) -> Problem {
        switch refusal {
        case .signIn:
            Problem(
                401, "unauthenticated", refusal.reason,
                headers: [.wwwAuthenticate: "Bearer realm=\"latchkey\"" + (credentialShown ? ", error=\"invalid_token\"" : "")])
        case .passwordChangeRequired: Problem(403, "password_change_required", refusal.reason)
        case .secondStepEnrolmentRequired: Problem(403, "second_step_enrolment_required", refusal.reason)
        case .noAccount: Problem(403, "no_account", refusal.reason)
        case .notEnterprise: Problem(403, "enterprise_only", refusal.reason)
        case .noFieldWork: Problem(403, "no_field_work", refusal.reason)
        case .addressNotAllowed: Problem(403, "address_not_allowed", refusal.reason)
        case .needsLogin: Problem(403, "login_required", refusal.reason)
        case .notGranted: Problem(403, "screen_not_granted", refusal.reason)
        case .levelTooLow: Problem(403, "level_too_low", refusal.reason)
        case .stepUpRequired: Problem(403, "step_up_required", refusal.reason)
        case .permissionMissing: Problem(403, "permission_missing", refusal.reason)
        }
    }

    /// Problem+json for the API; for a browser a page, or the way to sign in.
    static func answer(
        _ error: any Error, _ inbound: Inbound, face: Route.Face, requestID: RequestID, house: House, nonce: String
    ) -> Answer {
        let shown = inbound.headers.contains(.authorization) || Cookies.value(house.settings.cookieName, in: inbound.headers) != nil
        let problem = problem(error, credentialShown: shown)
        if face == .oauth { return OAuthForm.answer(problem) }
        if face == .gateway { return Forwarded.refusal(problem, inbound, requestID: requestID.description, house) }
        guard face == .page else {
            return Answer(problem.status, .json(problem.json(requestID: requestID.description)), headers: problem.headers)
        }
        if problem.status == 401 {
            let target = inbound.path + (inbound.query.isEmpty ? "" : "?" + inbound.query)
            return .see(house.paths.signIn(returnTo: inbound.method == .get ? target : nil))
        }
        if problem.code == "step_up_required" {
            return .see(
                house.paths.stepUp(returnTo: inbound.method == .get ? inbound.path + (inbound.query.isEmpty ? "" : "?" + inbound.query) : nil))
        }
        if problem.code == "password_change_required" { return .see(house.paths.newPassword) }
        if problem.code == "second_step_enrolment_required" { return .see(house.paths.secondStep) }
        var answer = Answer.page(ErrorPage.html(problem, requestID: requestID.description, house: house, nonce: nonce), status: problem.status)
        answer.headers = problem.headers
        return answer
    }
}
