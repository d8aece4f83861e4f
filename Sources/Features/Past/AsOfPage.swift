import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb
import UsersFeature

/// A user as they were: their details, and what they could see and do, with the roles as those were then.
enum AsOfPage {
    static func show(_ call: Call) async throws -> Answer {
        let asked = call.pageQuery()["at"] ?? ""
        let now = call.now
        let typed = moment(asked)
        let isFuture = typed.map { $0 > now } ?? false
        let at = isFuture ? now : typed ?? now
        let (past, account) = try await call.read { permit, tx in
            let id: UserID = try call.id()
            try PastUser.requireKnown(id, permit, tx)
            return (try PastUser.find(id, at: at, permit, tx), try AccountFacts.of(permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let id: UserID = try call.id()
        let own = "\(call.house.paths.users)/\(id)"
        let name = past?.user.name ?? t("Nobody yet")
        let head = parts.head(
            "<bdi>\(name)</bdi>, \(t("as it was on")) \(parts.time(at))",
            crumbs: [(word(.users), call.house.paths.users), (name, own), (t("History"), own + "/history")])
        let form = FormView(parts, values: ["at": [String(at.description.prefix(16))]])
        var main: HTML = """
            \(head)<form class="list-tools" method="get" action="\(own)/as-of" aria-label="\(t("As it was on"))">\
            \(form.text("at", t("Day and time (UTC)"), .moment))<button class="btn" type="submit">\(parts.icon("history"))\(t("Show"))</button></form>
            """
        if isFuture { main += parts.alert("\(t("That is still to come: this is how it is now."))", tone: .warning) }
        if !asked.isEmpty, typed == nil { main += parts.alert("\(t("This is no moment: write it like 2026-11-21T09:30."))", tone: .warning) }
        guard let past else {
            main += parts.empty(t("Nobody yet"), t("This person was added later."), icon: "user")
            return frame.page(name, at: .users, main)
        }
        if !past.unknown.isEmpty {
            main += parts.alert("\(t("History does not have all of it: what is not known is marked."))", tone: .warning)
        }
        main += """
            <div class="split"><div>\(access(past, account, parts))</div>\
            <div>\(parts.card(t("Details"), parts.details(facts(past, account, parts))))</div></div>
            """
        return frame.page(name, at: .users, main)
    }

    /// What a field for a day and a time sends, and what the API takes.
    private static func moment(_ text: String) -> Timestamp? {
        switch text.utf8.count {
        case 10: Timestamp(text + "T00:00:00Z")
        case 16: Timestamp(text + ":00Z")
        case 19: Timestamp(text + "Z")
        default: Timestamp(text)
        }
    }

    private static func facts(_ past: PastUser, _ account: AccountFacts, _ parts: Parts) -> [(String, HTML)] {
        let user = past.user
        var facts: [(String, HTML)] = [
            (t("First name"), "<bdi>\(user.firstName)</bdi>"), (t("Last name"), "<bdi>\(user.lastName)</bdi>"),
            (t("Username"), "<bdi>\(user.username)</bdi>"), (t("E-mail"), "<bdi>\(user.email)</bdi>"), (t("Status"), status(past)),
            (word(.roles), roles(past)),
        ]
        if account.catalogue.hasFieldWork { facts.append((t("API keys"), named(past.access.keys, past.names))) }
        facts.append((word(.placeAccess), named(past.access.places, past.names)))
        if let end = user.endsAt { facts.append((t("Access ends"), parts.time(end))) }
        return facts + [(t("Created"), parts.time(user.createdAt))]
    }

    private static var unknown: HTML { "<span class=\"muted\">\(t("Not known"))</span>" }

    private static func status(_ past: PastUser) -> HTML {
        switch past.status {
        case .enabled: "\(t("Enabled"))"
        case .pending: "\(t("Pending"))"
        case .disabled: "\(word(.disabled))"
        case nil: unknown
        }
    }

    private static func roles(_ past: PastUser) -> HTML {
        past.user.roles.map { id -> HTML in
            if let role = past.roles.first(where: { $0.id == id }) { return "<bdi>\(role.name)</bdi>" }
            return "<bdi>\(past.names[id.description] ?? id.description)</bdi> (\(t("what it granted is not known")))"
        }.joined(separator: ", ")
    }

    private static func named<Kind>(_ scope: Scope<ID<Kind>>, _ names: [String: String]) -> HTML {
        guard case .only(let ids) = scope else { return "\(t("All"))" }
        if ids.isEmpty { return "<span class=\"muted\">\(t("None"))</span>" }
        return ids.sorted().map { id -> HTML in "<bdi>\(names[id.description] ?? id.description)</bdi>" }.joined(separator: ", ")
    }

    // MARK: What they could see and do

    private static func access(_ past: PastUser, _ account: AccountFacts, _ parts: Parts) -> HTML {
        let catalogue = account.catalogue
        let access = past.access
        let screens = access.screens.keys.filter { catalogue.hasFieldWork || !Policy.fieldWorkScreens.contains($0) }.sorted().map { screen in
            row(catalogue.name(of: screen), access.level(of: screen), access.via(screen, at: access.level(of: screen)), parts)
        }
        let functions = access.functions.keys.sorted().map { function in
            row(catalogue.name(of: function), access.level(of: function), access.via(function, at: access.level(of: function)), parts)
        }
        if screens.isEmpty, functions.isEmpty {
            return parts.empty(t("No access"), t("No %1 of theirs granted anything.", wordInside(.role)), icon: "shield")
        }
        return table(word(.screens), word(.screen), screens) + (functions.isEmpty ? "" : table(word(.functions), word(.function), functions))
    }

    private static func table(_ title: String, _ column: String, _ rows: [HTML]) -> HTML {
        """
        <section class="card"><div class="card-header"><h2>\(title)</h2></div><table class="table table-cards">\
        <caption class="visually-hidden">\(t("Levels, and where they come from"))</caption>\
        <thead><tr><th scope="col">\(column)</th><th scope="col">\(t("Level"))</th><th scope="col">\(t("Why"))</th></tr></thead><tbody>\(rows)</tbody></table></section>
        """
    }

    private static func row(_ name: String, _ level: Level, _ roles: [Role], _ parts: Parts) -> HTML {
        let badge: HTML =
            switch level {
            case .none: "<span class=\"level level-none\">\(parts.icon("level-none"))\(t("None"))</span>"
            case .read: "<span class=\"level level-read\">\(parts.icon("level-read"))\(t("Read"))</span>"
            case .full: "<span class=\"level level-full\">\(parts.icon("level-full"))\(t("Full"))</span>"
            }
        let why = roles.map { role -> HTML in "<bdi>\(role.name)</bdi>" }.joined(separator: ", ")
        return "<tr><th scope=\"row\">\(name)</th>\(parts.cell(t("Level"), badge))\(parts.cell(t("Why"), why))</tr>"
    }
}
