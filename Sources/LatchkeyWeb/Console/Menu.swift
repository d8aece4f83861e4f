import LatchkeyAccess

/// The console's menu of an account: what its catalogue arranges, of that what this person has.
package struct Menu: Sendable {
    package struct Item: Sendable {
        package var screen: Screen
        package var text: String
        package var path: String
        package var icon: StaticString
    }

    package struct Group: Sendable {
        package var label: String?
        package var isTabs: Bool
        package var items: [Item]
    }

    package let groups: [Group]

    /// Pages that the catalogue does not name come last, so that none is out of reach.
    package init(_ catalogue: Catalogue, _ access: Access, _ paths: Paths) {
        func item(_ screen: Screen, _ label: String?) -> Item? {
            guard access.level(of: screen) > .none, catalogue.hasFieldWork || !Policy.fieldWorkScreens.contains(screen) else { return nil }
            if let page = ConsolePage.all.first(where: { $0.screen == screen }) {
                return Item(screen: screen, text: label ?? page.label(), path: page.path(paths), icon: page.icon)
            }
            guard let entry = catalogue.screens.first(where: { $0.id == screen }), let url = entry.url else { return nil }
            return Item(screen: screen, text: label ?? entry.label, path: url, icon: "external")
        }
        let named = Set(catalogue.navigation.flatMap { $0.items.map(\.screen) })
        let unnamed = ConsolePage.all.map(\.screen) + catalogue.screens.map(\.id)
        let rest = NavigationGroup(t("More"), unnamed.filter { !named.contains($0) }.map { NavigationItem($0) })
        groups = (catalogue.navigation + [rest]).compactMap { group in
            let items = group.items.compactMap { item($0.screen, $0.label) }
            return items.isEmpty ? nil : Group(label: group.label, isTabs: group.isTabs, items: items)
        }
    }

    /// The section whose tabs this page is one of.
    package func section(of screen: Screen) -> Group? { groups.first { $0.isTabs && $0.items.contains { $0.screen == screen } } }
}

/// A page of Latchkey's own: its screen, where it is, and what it is called. One that is not built has no line here.
struct ConsolePage: Sendable {
    let screen: Screen
    let icon: StaticString
    let path: @Sendable (Paths) -> String
    let label: @Sendable () -> String

    init(_ screen: Screen, _ icon: StaticString, _ path: @escaping @Sendable (Paths) -> String, _ label: @escaping @Sendable () -> String) {
        self.screen = screen
        self.icon = icon
        self.path = path
        self.label = label
    }

    static let all: [ConsolePage] = [
        ConsolePage(.overview, "overview", { $0.overview }, { t("Overview") }),
        ConsolePage(.sessions, "sessions", { $0.sessions }, { t("Sessions") }),
        ConsolePage(.users, "users", { $0.users }, { word(.users) }),
        ConsolePage(.roles, "shield", { $0.roles }, { word(.roles) }),
        ConsolePage(.places, "building", { $0.places }, { word(.places) }),
        ConsolePage(.logins, "device", { $0.logins }, { word(.logins) }),
        ConsolePage(.links, "link", { $0.links }, { word(.links) }),
        ConsolePage(.apiKeys, "key", { $0.apiKeys }, { t("API keys") }),
        ConsolePage(.integrations, "plug", { $0.integrations }, { word(.integrations) }),
        ConsolePage(.catalogue, "book", { $0.catalogue }, { t("Catalogue") }),
        ConsolePage(.history, "history", { $0.history }, { word(.history) }),
    ]
}
