import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// A request that is allowed and does what it says, for every page of the console. What stands in a form is taken from the page that shows it;
/// what a person types into it stands in `PageExamples.typed`.
enum PageExamples {
    typealias Missing = Examples.Missing

    /// A request that can be sent.
    struct Shot: Sendable {
        var house: TestHouse
        var browser: Browser
        var route: Route
        var values: [String] = []
        /// The form that a page has for it.
        var offered: PageForm?
        var form: Browser.Fields = []

        var target: String { route.path(with: values) }

        func fire(from site: HTTPFields = .ownSite) async -> LocalClient.Reply { await fire(at: target, from: site) }

        func fire(at target: String, from site: HTTPFields = .ownSite) async -> LocalClient.Reply {
            if route.method == .get { return await browser.get(target) }
            return route.upload == nil ? await browser.post(target, form, from: site) : await browser.upload(target, form, from: site)
        }

        /// The same with another value in one field; nil leaves it out.
        func with(_ name: String, _ value: String?) -> Shot {
            var shot = self
            shot.form.removeAll { $0.name == name }
            if let value { shot.form.append((name, value)) }
            return shot
        }
    }

    /// Whom each page is made for.
    static func usualCaller(_ route: Route) -> Who { route.path == "/switch-back" ? .switched : Examples.usualCaller(route) }

    /// A request by somebody whom the page does not refuse, on records that are new and theirs.
    static func shot(_ route: Route, by who: Who, _ scene: Scene) async throws -> Shot {
        try await scene.house.stayFresh()
        var shot = Shot(house: scene.house, browser: scene.browser(who), route: route)
        guard route.isGuarded else { return try await PageDoors.shot(shot, by: who, scene) }
        if endsTheAsker.contains(route.name) { shot.browser = Browser(try await scene.double(of: who), isBearer: who.isMachine) }
        for parameter in route.parameterKinds {
            guard let kind = parameter.kind else {
                throw Missing(description: "\(route.name): teach Kind(segment:) in Support/Who.swift what {\(parameter.name)} is")
            }
            let isEntered = parameter.name == route.accountParameter
            shot.values.append(isEntered ? scene.ground(who).account : try await scene.fresh(kind, for: who, on: route))
        }
        if route.path.hasSuffix("/activation"), let last = shot.values.indices.last {
            shot.values[last] = try await scene.pending(on: route, for: who)
        }
        try await prepare(shot, who, scene)
        if route.name == "POST /my/second-step/passkeys" { return try await scene.makingPasskey(shot) }
        if route.name == "POST /my/second-step/totp" { return try await scene.typingCode(shot) }
        if route.method != .get { try await fill(&shot, who, scene, from: try await offer(shot)) }
        return shot
    }

    /// Pages after which the one who asked is somebody else, or gone, or alone.
    static let endsTheAsker: Set<String> = [
        "POST /my/password", "POST /my/new-password", "POST /my/logins/close-others", "POST /sign-out", "POST /switch-back",
        "POST /step-up", "POST /my/second-step/passkeys",
    ]

    /// What must have been before.
    private static func prepare(_ shot: Shot, _ who: Who, _ scene: Scene) async throws {
        for (undo, act) in [("/enable", "/disable"), ("/reactivate", "/deactivate")] where shot.target.hasSuffix(undo) {
            let before = await shot.browser.post(String(shot.target.dropLast(undo.count)) + act)
            if !before.isDone { throw Missing(description: "\(shot.route.name): cannot \(act) first: \(before.status)") }
        }
        if shot.target == "/my/second-step/recovery-codes" { try await scene.giveApp(to: LocalClient(scene.house.lineUp, token: shot.browser.token)) }
        if shot.route.path.hasSuffix("/{id}/erase") {
            let act = shot.target.hasPrefix("/administrators/") ? "/disable" : "/deactivate"
            let before = await shot.browser.post(String(shot.target.dropLast("/erase".count)) + act)
            if !before.isDone { throw Missing(description: "\(shot.route.name): cannot \(act) first: \(before.status)") }
        }
        if shot.target.hasSuffix("/hand-over"), let user = shot.values.last { try await scene.give(user, in: scene.ground(who)) }
        if shot.target.hasSuffix("/restore"), let thing = shot.values.last { _ = try await scene.restoring(thing, in: scene.ground(who)) }
        if shot.target.hasSuffix("/close-token"), let integration = shot.values.last { try await scene.token(of: integration) }
        if shot.target.hasSuffix("/review"), let session = shot.values.last { try await scene.capture(session) }
        if shot.target.hasSuffix("/give-key"), let user = shot.values.last {
            let key = try await scene.fresh(.apiKey, for: who)
            let link: JSON = ["name": .string(scene.unique("Lacking ")), "api_key": .string(key), "user": .string(user)]
            _ = try await Cast.make(scene.ground(who).inside, "links", link)
        }
        if shot.target.contains("/settings/addresses") {
            let list: JSON = ["allowed_addresses": ["127.0.0.0/8", "2001:db8::/32"]]
            expect(await scene.ground(who).inside.patch("/api/v1/settings/security", list), 200)
        }
        if shot.target.hasSuffix("/close-others") {
            let me = await LocalClient(scene.house.lineUp, token: shot.browser.token).get("/api/v1/me")
            _ = try await scene.house.signIn(me.text("username"))
        }
    }

    // MARK: Forms

    /// The forms for a request, on the first of the pages that may have one: at the path itself, where one makes or edits, above it, or at hand
    /// everywhere.
    static func offer(_ shot: Shot) async throws -> [PageForm] {
        var places = [shot.target, shot.target + "/new", shot.target + "/edit"]
        var above = shot.target[...]
        while let slash = above.lastIndex(of: "/"), slash > above.startIndex {
            above = above[..<slash]
            places.append(String(above))
        }
        for place in places + ["/my"] {
            guard case .found(let route, _) = shot.house.lineUp.table.match(.get, place), route.face == .page else { continue }
            let page = await shot.browser.get(place)
            let forms = page.status == 200 ? PageForm.posting(to: shot.target, in: page.text) : []
            if !forms.isEmpty { return forms }
        }
        return []
    }

    /// Fills in the form that has most of the fields that a person types.
    static func fill(_ shot: inout Shot, _ who: Who, _ scene: Scene, from forms: [PageForm]) async throws {
        let name = shot.route.baseName
        let typed = try await typed[name]?(scene, who) ?? []
        let names = Set(typed.map(\.name))
        shot.offered = forms.max { $0.names.intersection(names).count < $1.names.intersection(names).count }
        let forPeople = Set((shot.offered?.controls ?? []).filter(\.isForPeople).map(\.name)).sorted()
        if typed.isEmpty, !forPeople.isEmpty {
            throw Missing(description: "\(name) has no example: add to PageExamples.typed what a person types into \(forPeople)")
        }
        if let offered = shot.offered, !names.isSubset(of: offered.names) {
            let gone = names.subtracting(offered.names).sorted()
            throw Missing(description: "\(name): the form on its page has no \(gone): correct its example in PageExamples.typed")
        }
        shot.form = (shot.offered?.submitted ?? []).filter { !names.contains($0.name) } + typed
    }
}
