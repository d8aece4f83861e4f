import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// The screens that pages about users show: the catalogue's, then those of Latchkey's own that there is something to see on.
enum UserScreens {
    struct Shown: Sendable {
        let id: Screen
        let label: String
        /// Whether it comes from the account's catalogue.
        let isOfCatalogue: Bool
    }

    private static let own: [Screen] = [
        .sessions, .links, .apiKeys, .users, .roles, .places, .logins, .integrations, .catalogue, .history,
    ]

    static func shown(_ holdings: Holdings) -> [Shown] {
        let own = own.filter { holdings.hasFieldWork || !Policy.fieldWorkScreens.contains($0) }
        return holdings.account.catalogue.screens.map { Shown(id: $0.id, label: $0.label, isOfCatalogue: true) }
            + own.map { Shown(id: $0, label: holdings.account.catalogue.name(of: $0), isOfCatalogue: false) }
    }

    static func name(_ level: Level) -> String {
        switch level {
        case .none: t("None")
        case .read: t("Read")
        case .full: t("Full")
        }
    }

}
