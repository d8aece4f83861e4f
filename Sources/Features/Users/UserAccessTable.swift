import APIKeysFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// What a user can see and do, and which of their roles gives it.
struct UserAccessTable {
    private let user: User
    private let holdings: Holdings
    private let access: Access
    private let parts: Parts

    init(_ user: User, _ holdings: Holdings, _ parts: Parts) {
        self.user = user
        self.holdings = holdings
        self.parts = parts
        access = holdings.access(of: user)
    }

    var html: HTML {
        let screens = UserScreens.shown(holdings).map { row($0.label, $0.id) }
        let functions = holdings.account.catalogue.functions.map { entry in
            let level = access.level(of: entry.id)
            return row(entry.label, level, level == .none ? nothing : given(by: access.via(entry.id, at: level)))
        }
        return """
            \(card("access", "\(t("What")) <bdi>\(user.name)</bdi> \(t("can see, and why"))", t("Screen"), screens))\
            \(if: !functions.isEmpty, card("functions", "\(t("What")) <bdi>\(user.name)</bdi> \(t("can do, and why"))", t("Function"), functions))
            """
    }

    private func card(_ id: StaticString, _ title: HTML, _ column: String, _ rows: [HTML]) -> HTML {
        """
        <section class="card" aria-labelledby="\(literal: id)"><div class="card-header"><h2 id="\(literal: id)">\(title)</h2></div>\
        <table class="table table-cards"><caption class="visually-hidden">\(t("Levels, and where they come from"))</caption>\
        <thead><tr><th scope="col">\(column)</th><th scope="col">\(t("Level"))</th><th scope="col">\(t("Why"))</th></tr></thead><tbody>\(rows)</tbody></table></section>
        """
    }

    private func row(_ name: String, _ level: Level, _ why: HTML) -> HTML {
        "<tr><th scope=\"row\">\(name)</th>\(parts.cell(t("Level"), badge(level)))\(parts.cell(t("Why"), why))</tr>"
    }

    private func badge(_ level: Level) -> HTML {
        switch level {
        case .none: "<span class=\"level level-none\">\(parts.icon("level-none"))\(t("None"))</span>"
        case .read: "<span class=\"level level-read\">\(parts.icon("level-read"))\(t("Read"))</span>"
        case .full: "<span class=\"level level-full\">\(parts.icon("level-full"))\(t("Full"))</span>"
        }
    }

    private var nothing: HTML { "<span class=\"muted\">\(t("No %1 of theirs gives it", wordInside(.role)))</span>" }

    private func given(by roles: [Role]) -> HTML {
        let names = roles.map { role -> HTML in "<strong><bdi>\(role.name)</bdi></strong>" }.joined(separator: ", ")
        return "\(names) \(roles.count == 1 ? t("gives it") : t("give it"))"
    }

    // MARK: Screens, and whose records they show

    private func row(_ name: String, _ screen: Screen) -> HTML {
        guard let held = access.screens[screen], held.level > .none else { return row(name, .none, nothing) }
        guard Screen.withReach.contains(screen), let reach = held.reach(at: held.level) else {
            return row(name, held.level, given(by: access.via(screen, at: held.level)))
        }
        var why: HTML = "\(given(by: roles(screen, held.level, reach))), \(whose(reach))"
        if let wider = held.reach(at: .read), wider != reach {
            why += ". \(t("To read only:")) \(given(by: roles(screen, .read, wider))), \(whose(wider))"
        }
        return row(name, held.level, why)
    }

    private func roles(_ screen: Screen, _ level: Level, _ reach: Reach) -> [Role] {
        access.roles.filter { $0.grants.screens[screen].map { Held($0).covers(ScreenGrant(level, reach: reach)) } ?? false }
    }

    private func whose(_ reach: Reach) -> HTML {
        let sessions = reach == .own ? t("for their own sessions under") : t("for everybody's sessions under")
        guard let keys = holdings.keys(of: user) else { return "\(sessions) <strong>\(t("all keys"))</strong>" }
        if keys.isEmpty { return "\(sessions) \(t("their keys")): \(UserLook.noKeys(user, holdings, parts))" }
        return "\(sessions) <strong>\(UserLook.names(keys.map(\.name)))</strong>"
    }
}
