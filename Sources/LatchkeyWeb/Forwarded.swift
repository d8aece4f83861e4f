import HTTPTypes
import LatchkeyJSON

/// What a proxy says of the request that it asks us about. It comes from the client as much as from the proxy: nobody gains by lying in it.
package enum Forwarded {
    /// The path and query that were asked for: nginx's variable `$request_uri` in `X-Original-URI`, or what Caddy and Traefik send.
    static func path(_ headers: HTTPFields) -> String? { headers[.originalURI] ?? headers[.forwardedURI] }

    private static func method(_ headers: HTTPFields) -> HTTPRequest.Method? {
        (headers[.originalMethod] ?? headers[.forwardedMethod]).flatMap { HTTPRequest.Method($0) }
    }

    /// The request with the method that it had: what another site's page may ask for, depends on it.
    static func request(_ inbound: Inbound) -> Inbound {
        var request = inbound
        request.method = method(inbound.headers) ?? inbound.method
        return request
    }

    /// A stream of events is opened by a page and not by a person: that it is asked about again is no activity.
    static func isStream(_ headers: HTTPFields) -> Bool { headers[.accept]?.contains("text/event-stream") ?? false }

    /// Why the proxy shall not go on, and where the person can do something about it. nginx takes nothing but a status and headers; who passes
    /// our answer on to the browser asks for the redirection itself (`redirect=true`).
    static func refusal(_ problem: Problem, _ inbound: Inbound, requestID: String, _ house: House) -> Answer {
        var answer = Answer(problem.status, .json(problem.json(requestID: requestID)), headers: problem.headers)
        let target: String
        switch (problem.status, problem.code) {
        case (401, _): target = house.paths.absolute(house.paths.signIn(returnTo: path(inbound.headers)))
        // Signing in would not help: it was done.
        case (_, "password_change_required"): target = house.paths.absolute(house.paths.newPassword)
        case (_, "second_step_enrolment_required"): target = house.paths.absolute(house.paths.secondStep)
        case (_, "step_up_required"): target = house.paths.absolute(house.paths.stepUp(returnTo: path(inbound.headers)))
        default: return answer
        }
        answer.headers[.latchkeySignIn] = target
        let wantsRedirect = (try? FormData(inbound.query))?["redirect"] == "true"
        if wantsRedirect, request(inbound).method == .get { return Answer(303, headers: [.location: target, .latchkeySignIn: target]) }
        return answer
    }
}

extension HTTPField.Name {
    fileprivate static let originalURI = HTTPField.Name("X-Original-URI") ?? .from
    fileprivate static let originalMethod = HTTPField.Name("X-Original-Method") ?? .from
    fileprivate static let forwardedURI = HTTPField.Name("X-Forwarded-Uri") ?? .from
    fileprivate static let forwardedMethod = HTTPField.Name("X-Forwarded-Method") ?? .from
    fileprivate static let latchkeySignIn = HTTPField.Name("Latchkey-Sign-In") ?? .from
}
