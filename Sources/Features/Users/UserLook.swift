import APIKeysFeature
import LatchkeyAccess
import LatchkeyWeb
import RolesFeature

/// How users look, in lists and on their pages.
enum UserLook {
    static func path(_ user: User) -> String { "\(UsersPages.path)/\(user.id)" }

    static func name(_ status: User.Status) -> String {
        switch status {
        case .enabled: t("Active")
        case .pending: t("Pending")
        case .disabled: word(.disabled)
        }
    }

    static func badge(_ status: User.Status, _ parts: Parts) -> HTML {
        switch status {
        case .enabled: parts.badge(name(status), icon: "st-on", tone: .good)
        case .pending: parts.badge(name(status), icon: "st-pending", tone: .warning)
        case .disabled: parts.badge(name(status), icon: "st-off")
        }
    }

    /// The roles, each leading to its page where the reader may see it.
    static func roles(_ user: User, _ holdings: Holdings, _ parts: Parts) -> HTML {
        let badges = holdings.roles(of: user).map { role -> HTML in
            let badge = role.isManager ? parts.badge(role.name, icon: "shield", tone: .violet) : parts.badge(role.name, icon: "user")
            return holdings.seesRoles ? "<a class=\"badge-link\" href=\"\(RolesPages.path(role.id))\">\(badge)</a>" : badge
        }
        return badges.joined(separator: " ")
    }

    /// The keys by name, or what it means that there are none.
    static func keys(_ user: User, _ holdings: Holdings, _ parts: Parts) -> HTML {
        guard let keys = holdings.keys(of: user) else { return "\(t("All keys"))" }
        return keys.isEmpty ? noKeys(user, holdings, parts) : names(keys.map(\.name))
    }

    /// Whoever does not hold all keys learns nothing about those of others.
    static func noKeys(_ user: User, _ holdings: Holdings, _ parts: Parts) -> HTML {
        guard holdings.reader.keys == .all else { return "<span class=\"muted\">\(t("None that you hold"))</span>" }
        guard holdings.access(of: user).level(of: .sessions) > .none else { return "<span class=\"muted\">\(t("None"))</span>" }
        return parts.badge(t("No keys: sees nothing"), icon: "alert", tone: .warning)
    }

    /// When somebody was last seen, and when they last signed in.
    static func lastHere(_ user: User, _ parts: Parts) -> HTML {
        let seen = parts.time(user.lastSeenAt, ago: true, none: t("Never"))
        guard let signIn = user.lastSignInAt else { return seen }
        return "\(seen)<span class=\"sub\">\(t("Signed in")) \(parts.time(signIn, ago: true))</span>"
    }

    static func names(_ names: [String]) -> HTML {
        names.map { name -> HTML in "<bdi>\(name)</bdi>" }.joined(separator: ", ")
    }

    /// What this reader may do to this user.
    static func actions(_ user: User, _ holdings: Holdings, at now: Timestamp, onOwnPage: Bool = false) -> [Parts.MenuItem] {
        let own = path(user)
        var items: [Parts.MenuItem] = []
        if !onOwnPage {
            if holdings.mayEdit(user) { items.append(.init(t("Edit"), own + "/edit", icon: "edit")) }
            if holdings.maySetPassword(of: user) { items.append(.init(t("Change password"), own + "/password", icon: "lock")) }
            items.append(.init(t("Access"), own + "/access", icon: "shield"))
            items.append(.init(t("History"), own + "/history", icon: "history"))
            items.append(.init(t("See as"), own + "/see-as", icon: "eye"))
        }
        if holdings.maySetPassword(of: user) {
            items.append(.init(t("Change e-mail"), own + "/email", icon: "mail"))
            items.append(.init(t("Reset second step"), own + "/second-step/reset", icon: "shield", asks: true))
        }
        guard holdings.mayEdit(user) else { return items }
        if holdings.hasFieldWork, holdings.reader.visibility(at: .full) == .all(keys: .all) {
            items.append(.init(t("Hand over everything"), own + "/hand-over", icon: "switch"))
        }
        if user.status(at: now) == .pending {
            items.append(.init(t("Send activation again"), own + "/activation", icon: "mail", asks: true))
        }
        if user.status(at: now) == .disabled {
            items.append(.init(word(.enable), own + "/reactivate", icon: "refresh", asks: true))
            if holdings.mayErase { items.append(.init(t("Erase their data"), own + "/erase", icon: "x", dangerous: true, asks: true)) }
        } else {
            items.append(.init(word(.disable), own + "/deactivate", icon: "ban", dangerous: true, asks: true))
        }
        if holdings.mayDelete(user) { items.append(.init(t("Delete"), own + "/delete", icon: "x", dangerous: true, asks: true)) }
        return items
    }
}
