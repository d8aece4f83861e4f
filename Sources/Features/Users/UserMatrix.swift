import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// Users by screens: the level that each has on each, as shape and colour, and the role that gives it on hover and focus.
struct UserMatrix {
    private let holdings: Holdings
    private let now: Timestamp
    private let parts: Parts
    private let screens: [UserScreens.Shown]

    init(_ holdings: Holdings, at now: Timestamp, _ parts: Parts) {
        self.holdings = holdings
        self.now = now
        self.parts = parts
        screens = UserScreens.shown(holdings)
    }

    func html(_ users: [User]) -> HTML {
        let heads = screens.enumerated().map { index, screen -> HTML in
            "<th scope=\"col\"\(attribute: "class", isFirstOfOwn(index) ? "apart" : nil)><span>\(screen.label)</span></th>"
        }
        return """
            <ul class="legend" aria-label="\(t("Levels"))">\(legend(.full))\(legend(.read))\(legend(.none))</ul>\
            <div class="card matrix-scroll" role="region" aria-label="\(t("Users by screens"))" tabindex="0"><table class="table matrix" data-matrix>\
            <caption class="visually-hidden">\(t("Users, newest first, with their level on each screen and the role that gives it"))</caption>\
            <thead><tr><th scope="col" class="matrix-name">\(t("Name"))</th>\(heads)<th scope="col"><span class="visually-hidden">\(t("Actions"))</span></th></tr></thead>\
            <tbody>\(users.map(row))</tbody></table></div>
            """
    }

    private func legend(_ level: Level) -> HTML {
        "<li><span class=\"lv \(look(level))\" aria-hidden=\"true\"></span>\(UserScreens.name(level))</li>"
    }

    private func isFirstOfOwn(_ index: Int) -> Bool {
        index > 0 && !screens[index].isOfCatalogue && screens[index - 1].isOfCatalogue
    }

    private func row(_ user: User) -> HTML {
        let status = user.status(at: now)
        let access = holdings.access(of: user)
        let roles = holdings.roles(of: user).map(\.name).joined(separator: ", ")
        let cells = screens.enumerated().map { index, screen in cell(screen, access, isFirst: index == 0, isApart: isFirstOfOwn(index)) }
        return """
            <tr\(attribute: "class", status == .disabled ? "off" : nil)><th scope="row" class="matrix-name"><a href="\(UserLook.path(user))"><bdi>\(user.name)</bdi></a>\
            <span class="sub"><bdi>\(user.username)</bdi></span><span class="sub"><bdi>\(roles)</bdi></span>\(if: status != .enabled, UserLook.badge(status, parts))</th>\
            \(cells)\(parts.menuCell(parts.menu(for: user.name, UserLook.actions(user, holdings, at: now))))</tr>
            """
    }

    private func cell(_ screen: UserScreens.Shown, _ access: Access, isFirst: Bool, isApart: Bool) -> HTML {
        let level = access.level(of: screen.id)
        let reason = reason(screen.id, level, access)
        return """
            <td data-label="\(screen.label)"\(attribute: "class", classes(level, isApart))><span class="lv \(look(level))" role="img" aria-label="\(screen.label): \(reason)"\
             data-reason="\(reason)" title="\(reason)" tabindex="\(isFirst ? 0 : -1)"></span></td>
            """
    }

    private func classes(_ level: Level, _ isApart: Bool) -> String? {
        switch (level, isApart) {
        case (.none, true): "nothing apart"
        case (.none, false): "nothing"
        case (_, true): "apart"
        case (_, false): nil
        }
    }

    private func look(_ level: Level) -> HTML {
        switch level {
        case .none: "lv-none"
        case .read: "lv-read"
        case .full: "lv-full"
        }
    }

    /// `Full, from Front office`; where reading goes wider than writing, or only to one's own, that too.
    private func reason(_ screen: Screen, _ level: Level, _ access: Access) -> String {
        if level == .none { return UserScreens.name(level) }
        let roles = access.via(screen, at: level).map(\.name).joined(separator: ", ")
        let reason = t("%1, from %2", UserScreens.name(level), roles)
        guard Screen.withReach.contains(screen), access.screens[screen]?.reach(at: level) == .own else { return reason }
        return access.screens[screen]?.reach(at: .read) == .all
            ? t("%1 (own to write, all to read)", reason) : t("%1 (own only)", reason)
    }
}
