import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb
import UsersFeature

/// "See as": what somebody would see of the console and the dashboard, without acting as them.
enum SeeAsPage {
    static func show(_ call: Call) async throws -> Answer {
        let (user, access, account, places) = try await call.read { permit, tx in
            let user = try Users.find(call.id(), permit, tx)
            return (
                user, try Users.access(of: user, permit, tx), try AccountFacts.of(permit, tx), try DecisionStore.places(permit, tx)
            )
        }
        let frame = Frame(call)
        let parts = frame.parts
        let catalogue = account.catalogue
        let own = "\(call.house.paths.users)/\(user.id)"
        let head = parts.head(
            "\(t("As")) <bdi>\(user.name)</bdi>", lead: user.username,
            crumbs: [(word(.users), call.house.paths.users), (user.name, own)],
            actions: [parts.link(t("Why?"), to: own + "/access", icon: "search")])
        var main: HTML = parts.alert(
            "<strong>\(t("You are not acting as this person."))</strong> \(t("This shows what they would see. Nothing here is done in their name."))",
            tone: .warning)
        if user.status(at: call.now) != .enabled {
            main += parts.alert("\(t("Nobody signs in with this now: it is what they would have."))", tone: .warning)
        }
        let menu = Menu(catalogue, access, call.house.paths)
        var wide = card("as-screens", word(.screens), screens(access, catalogue, parts))
        if !catalogue.functions.isEmpty { wide += card("as-functions", word(.functions), functions(access, catalogue, parts)) }
        var narrow = card("as-menu", t("The menu"), Self.menu(menu, parts))
        if !places.isEmpty { narrow += card("as-places", word(.places), Self.places(access, places, parts)) }
        main += "<div class=\"split\"><div>\(wide)</div><div>\(narrow)</div></div>"
        return frame.page(t("As %1", user.name), at: .users, head + main)
    }

    private static func card(_ id: StaticString, _ title: String, _ body: HTML) -> HTML {
        """
        <section class="card" aria-labelledby="\(literal: id)"><div class="card-header"><h2 id="\(literal: id)">\(title)</h2></div>\(body)</section>
        """
    }

    /// As it stands at the left of their pages, and leads nowhere.
    private static func menu(_ menu: Menu, _ parts: Parts) -> HTML {
        if menu.groups.isEmpty { return nothing(t("Nothing but their own settings.")) }
        let groups = menu.groups.map { group -> HTML in
            let items = group.items.map { item -> HTML in "<li>\(parts.icon(item.icon))<div>\(item.text)</div></li>" }
            return "\(group.label.map { label -> HTML in "<p class=\"side-title\">\(label)</p>" })<ul class=\"items\">\(items)</ul>"
        }
        return groups.joined()
    }

    private static func screens(_ access: Access, _ catalogue: Catalogue, _ parts: Parts) -> HTML {
        let own = Screen.ownScreens.filter { catalogue.hasFieldWork || !Policy.fieldWorkScreens.contains($0) }
        let granted = (catalogue.screens.map(\.id) + own).filter { access.level(of: $0) > .none }
        if granted.isEmpty { return nothing(t("None.")) }
        let items = granted.map { screen -> HTML in
            "<li><div>\(catalogue.name(of: screen))\(reach(access.screens[screen], of: screen))</div>\(badge(access.level(of: screen), parts))</li>"
        }
        return "<ul class=\"items\">\(items)</ul>"
    }

    private static func reach(_ held: Held?, of screen: Screen) -> HTML {
        guard let held, Screen.withReach.contains(screen), let reach = held.reach(at: held.level) else { return "" }
        let text = reach == .all ? t("everybody's") : held.reach(at: .read) == .all ? t("their own, and to read everybody's") : t("their own")
        return "<span class=\"sub\">\(text)</span>"
    }

    private static func functions(_ access: Access, _ catalogue: Catalogue, _ parts: Parts) -> HTML {
        let granted = catalogue.functions.filter { access.level(of: $0.id) > .none }
        if granted.isEmpty { return nothing(t("None.")) }
        let items = granted.map { entry -> HTML in "<li><div>\(entry.label)</div>\(badge(access.level(of: entry.id), parts))</li>" }
        return "<ul class=\"items\">\(items)</ul>"
    }

    private static func places(_ access: Access, _ places: [DecisionStore.Place], _ parts: Parts) -> HTML {
        guard case .only(let granted) = access.places else {
            return "<ul class=\"items\"><li><div><strong>\(t("All, current and future"))</strong></div></li></ul>"
        }
        let shown = places.filter { granted.contains($0.id) }
        if granted.isEmpty { return nothing(t("None.")) }
        let items = shown.map { place -> HTML in "<li><div><bdi>\(place.path)</bdi></div></li>" }
        let more = granted.count - shown.count
        return "<ul class=\"items\">\(items)\(if: more > 0, "<li><div class=\"muted\">\(t("and %1 more", String(more)))</div></li>")</ul>"
    }

    private static func nothing(_ text: String) -> HTML { "<div class=\"card-body\"><p class=\"muted mb-0\">\(text)</p></div>" }

    private static func badge(_ level: Level, _ parts: Parts) -> HTML {
        level == .full
            ? "<span class=\"level level-full\">\(parts.icon("level-full"))\(t("Full"))</span>"
            : "<span class=\"level level-read\">\(parts.icon("level-read"))\(t("Read"))</span>"
    }
}

/// Settings > Users: who can do this, and what somebody would see.
package enum DecisionsPages {
    private static let read = Route.Needs.need(.screen(.users, .read))

    package static let routes: [Route] = [
        .get("/settings/users/who-can", read, alsoInAccounts: true, handler: WhoCanPage.show),
        .get("/settings/users/{id}/see-as", read, alsoInAccounts: true, handler: SeeAsPage.show),
    ]
}
