import APIKeysFeature
import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import PlacesFeature
import RolesFeature

/// One user: details, access, history.
enum UserPage {
    private enum Tab { case details, access, history }

    static func details(_ call: Call) async throws -> Answer {
        let (user, holdings) = try await find(call)
        let (lacking, factors) = try await call.read { permit, tx in
            (try UserKeyPages.Lacking(of: user.id, at: call.now, permit, tx), try Users.factors(of: user.id, permit, tx))
        }
        let parts = Parts(call.house.assets)
        let facts: [(String, HTML)] = [
            (t("First name"), "<bdi>\(user.firstName)</bdi>"), (t("Last name"), "<bdi>\(user.lastName)</bdi>"),
            (t("Username"), "<button class=\"id\" type=\"button\" aria-label=\"\(t("Copy username"))\">\(user.username)</button>"),
            (t("E-mail"), "<a href=\"mailto:\(user.email)\">\(user.email)</a>"),
            (t("Id"), "<button class=\"id\" type=\"button\" aria-label=\"\(t("Copy user id"))\">\(user.id)</button>"),
        ]
        var glance: [(String, HTML)] = [
            (word(.role), UserLook.roles(user, holdings, parts)), (t("Created"), parts.time(user.createdAt)),
            (t("Last seen"), parts.time(user.lastSeenAt, ago: true, none: t("Never"))),
            (t("Last sign-in"), parts.time(user.lastSignInAt, ago: true, none: t("Never"))), (t("Password"), "\(password(user))"),
            (t("Second step"), UserFactorsPages.summary(factors, parts)),
        ]
        if let end = user.endsAt { glance.append((user.hasEnded(at: call.now) ? t("Access ended") : t("Access ends"), parts.time(end))) }
        let main: HTML = """
            \(lacking.alerts(call, parts))<div class="split"><div>\(card("details", t("Details"), Self.facts(facts)))\
            \(if: holdings.hasFieldWork, keys(user, holdings, parts))\(UserPlaces.card(user, holdings, parts))</div><div>\(card("glance", t("At a glance"), Self.facts(glance)))</div></div>
            """
        return page(call, user, holdings, .details, main)
    }

    private static func find(_ call: Call) async throws -> (User, Holdings) {
        try await call.read { permit, tx in (try Users.find(call.id(), permit, tx), try Holdings(at: call.now, withPlaces: true, permit, tx)) }
    }

    private static func password(_ user: User) -> String {
        if !user.hasPassword { return t("None yet: a link to choose it was mailed") }
        return user.mustChangePassword ? t("Must be changed at the next sign-in") : t("Set")
    }

    private static func keys(_ user: User, _ holdings: Holdings, _ parts: Parts) -> HTML {
        let items: HTML
        if let keys = holdings.keys(of: user) {
            items =
                keys.isEmpty
                ? "<li><div>\(UserLook.noKeys(user, holdings, parts))</div></li>"
                : keys.map { key -> HTML in
                    let disabled: HTML = key.isDisabled ? parts.badge(t("Disabled"), icon: "st-off") : ""
                    return
                        "<li>\(parts.icon("key"))<div><strong><bdi>\(key.name)</bdi></strong></div>\(APIKeysPages.mode(key, parts))\(disabled)</li>"
                }.joined()
        } else {
            items = "<li>\(parts.icon("key"))<div><strong>\(t("All keys, also later ones"))</strong></div></li>"
        }
        return """
            <section class="card" aria-labelledby="keys"><div class="card-header"><h2 id="keys">\(t("API keys"))</h2></div><ul class="items">\(items)</ul></section>
            """
    }

    // MARK: Access

    static func access(_ call: Call) async throws -> Answer {
        let (user, holdings) = try await find(call)
        let parts = Parts(call.house.assets)
        var main: HTML = ""
        switch user.status(at: call.now) {
        case .enabled: break
        case .disabled: main += parts.alert("\(t("Deactivated: nobody signs in with this. It is what reactivating gives back."))", tone: .warning)
        case .pending: main += parts.alert("\(t("Without a password yet: nobody signs in with this."))", tone: .warning)
        }
        main += UserAccessTable(user, holdings, parts).html
        return page(call, user, holdings, .access, main)
    }

    // MARK: History

    static func history(_ call: Call) async throws -> Answer {
        let after = call.pageQuery()["after"].flatMap(Cursor.init(text:))
        let now = call.now
        let (user, holdings, entries) = try await call.read { permit, tx in
            let user = try Users.find(call.id(), permit, tx)
            let filter = HistoryFilter(subject: user.id.description)
            return (user, try Holdings(at: now, permit, tx), try HistoryPage.find(filter, PageRequest(after: after), permit, tx))
        }
        let own = UserLook.path(user)
        let leads = HistoryLeads(restoring: { entry, field in
            guard holdings.mayEdit(user), Users.restorable(in: entry).contains(field) else { return nil }
            return "\(own)/restore?entry=\(entry.id)&field=\(field)"
        })
        return page(call, user, holdings, .history, ThingHistory.card(entries, at: own + "/history", Parts(call.house.assets), leads))
    }

    // MARK: Around the tabs

    private static func page(_ call: Call, _ user: User, _ holdings: Holdings, _ tab: Tab, _ content: HTML) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let own = UserLook.path(user)
        var actions: [HTML] = []
        if holdings.maySetPassword(of: user) { actions.append(parts.link(t("Change password"), to: own + "/password", icon: "lock")) }
        if holdings.mayEdit(user) { actions.append(parts.link(t("Edit"), to: own + "/edit", icon: "edit")) }
        if tab == .history { actions.insert(parts.link(t("As it was on…"), to: own + "/as-of", icon: "clock"), at: 0) }
        if tab == .access { actions.insert(parts.link(t("See as"), to: own + "/see-as", icon: "eye"), at: 0) }
        let menu = parts.menu(for: user.name, UserLook.actions(user, holdings, at: call.now, onOwnPage: true))
        if !menu.isEmpty { actions.append(menu) }
        let title: HTML = "<bdi>\(user.name)</bdi> \(UserLook.badge(user.status(at: call.now), parts))"
        let tabs = parts.tabs(
            user.name,
            [
                (t("Details"), own, tab == .details), (t("Access"), own + "/access", tab == .access),
                (t("History"), own + "/history", tab == .history),
            ])
        let head = parts.head(title, lead: user.username, crumbs: [(word(.users), UsersPages.path)], actions: actions, withTabs: true)
        return frame.page(user.name, at: .users, head + tabs + done(call, parts) + content)
    }

    private static func done(_ call: Call, _ parts: Parts) -> HTML {
        switch Done(call) {
        case .created: parts.alert("\(t("The %1 was created.", wordInside(.user)))")
        case .saved: parts.alert("\(t("The %1 was saved.", wordInside(.user)))")
        case .disabled: parts.alert("\(t("The %1 is %2. All sign-ins have ended.", wordInside(.user), wordInside(.disabled)))")
        case .enabled: parts.alert("\(t("The %1 can sign in again.", wordInside(.user)))")
        case .sent: parts.alert("\(t("The mail is on its way. Older links have ended."))")
        case .passwordChanged: parts.alert("\(t("The password was set. All sign-ins of this person have ended."))")
        case .factorsReset: parts.alert("\(t("The second step was reset. All sign-ins of this person have ended."))")
        case .handedOver: parts.alert("\(t("Everything was handed over."))")
        default: ""
        }
    }

    private static func card(_ id: StaticString, _ title: String, _ body: HTML) -> HTML {
        """
        <section class="card" aria-labelledby="\(literal: id)"><div class="card-header"><h2 id="\(literal: id)">\(title)</h2></div><div class="card-body">\(body)</div></section>
        """
    }

    private static func facts(_ pairs: [(String, HTML)]) -> HTML {
        "<dl class=\"facts\">\(pairs.map { pair -> HTML in "<dt>\(pair.0)</dt><dd>\(pair.1)</dd>" })</dl>"
    }
}
