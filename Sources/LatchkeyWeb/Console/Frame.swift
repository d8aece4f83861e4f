import LatchkeyAccess
import LatchkeyGate
import LatchkeyMail

/// The document around every page: navigation of the screens that this person has, the account, the person's menu, warnings.
package struct Frame: Sendable {
    let call: Call
    package let parts: Parts

    package init(_ call: Call) {
        self.call = call
        parts = Parts(call.house.assets)
    }

    /// What a page is in the navigation.
    package enum Place: Sendable, Hashable {
        /// A page of an account, by its screen.
        case screen(Screen)
        case accounts, groups, administrators, enterprise, mail, mySettings, elsewhere

        package static let overview = Place.screen(.overview)
        package static let sessions = Place.screen(.sessions)
        package static let users = Place.screen(.users)
        package static let roles = Place.screen(.roles)
        package static let places = Place.screen(.places)
        package static let logins = Place.screen(.logins)
        package static let integrations = Place.screen(.integrations)
        package static let catalogue = Place.screen(.catalogue)
        package static let links = Place.screen(.links)
        package static let apiKeys = Place.screen(.apiKeys)
        package static let history = Place.screen(.history)
    }

    /// Whether an administrator works on an account without having switched into it.
    private var isInside: Bool { call.caller?.entering != nil }

    /// The menu of whoever looks, where they are in an account.
    private func menu(_ around: Surroundings) -> Menu? {
        guard !isInside, case .account(_, _, let access)? = call.caller?.principal.place, let catalogue = around.catalogue else { return nil }
        return Menu(catalogue, access, call.house.paths)
    }

    /// A whole page for somebody who is signed in.
    package func page(_ title: String, at place: Place, narrow: Bool = false, mode: String? = nil, _ main: HTML, status: Int = 200) -> Answer {
        let around = call.caller?.surroundings ?? Surroundings()
        let menu = menu(around)
        let body: HTML = """
            <body data-person="\(call.caller?.principal.actor.id)"\(attribute: "data-lasts", lasts)>
            <a class="skip" href="#main">\(t("Skip to content"))</a>\(bars(around))
            <div class="frame">\(navigation(around, menu, place))
            <div class="stage">\(top(around, mode: mode, place: place))
            <main id="main" tabindex="-1"\(attribute: "class", narrow ? "narrow" : nil)>\(inside(around, place))\(section(menu, place))\(if: call.isGivenBack, givenBack)\(main)</main>
            <footer class="foot"><a href="/help">\(t("Need help?"))</a>\(support(around))</footer>
            </div></div></body></html>
            """
        return .page(head(title + " · " + (around.account ?? around.enterprise)) + body, status: status)
    }

    /// A small page in the middle, for those who are not signed in.
    package func sheet(
        _ title: String, enterprise: String, page: String? = nil, _ card: HTML, below: HTML = "", status: Int = 200
    ) -> Answer {
        let body: HTML = """
            <body class="plain"\(attribute: "data-page", page)><a class="skip" href="#main">\(t("Skip to content"))</a>\(bars(nil))
            <main id="main" tabindex="-1"><div class="sheet"><div class="brand">\(parts.icon("mark"))\(enterprise.isEmpty ? "Latchkey" : enterprise)</div>
            <div class="card">\(card)</div>\(below)</div></main></body></html>
            """
        return .page(head(title + " · " + (enterprise.isEmpty ? "Latchkey" : enterprise)) + body, status: status)
    }

    private var theme: String {
        let value = Cookies.value("theme", in: call.inbound.headers) ?? "system"
        return ["light", "dark"].contains(value) ? value : "system"
    }

    private func head(_ title: String) -> HTML { Self.head(title, theme: theme, nonce: call.nonce, call.house.assets) }

    static func head(_ title: String, theme: String, nonce: String, _ assets: Assets) -> HTML {
        """
        <!doctype html>
        <html lang="en" data-bs-theme="\(theme)"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title)</title>
        <meta name="htmx-config" content='{"allowEval":false,"includeIndicatorStyles":false,"historyCacheSize":0,"refreshOnHistoryMiss":true,"selfRequestsOnly":true,"scrollIntoViewOnBoost":false}'>
        <link rel="icon" href="\(assets.path("favicon.svg"))" type="image/svg+xml"><link rel="stylesheet" href="\(assets.path("latchkey.css"))">
        <script nonce="\(nonce)" src="\(assets.path("first.js"))"></script>
        <script nonce="\(nonce)" src="\(assets.path("htmx.js"))" defer></script><script nonce="\(nonce)" src="\(assets.path("latchkey.js"))" defer></script></head>
        """
    }

    private var givenBack: HTML {
        parts.alert(
            "\(t("You were signed out before this was saved. What you had typed is back in the form: look it over and save it again."))",
            tone: .warning)
    }

    /// The seconds until the login ends by itself: the page warns before, and asks again whether it is still so.
    private var lasts: String? {
        guard let end = call.caller?.lasting.endsAt else { return nil }
        return String(max(0, (end.milliseconds - call.now.milliseconds) / 1000))
    }

    // MARK: Bars that cannot be overlooked

    func bars(_ around: Surroundings?) -> HTML {
        var bars: HTML = ""
        if call.house.settings.isInsecure {
            bars +=
                "<div class=\"bar bar-warn\" role=\"status\">\(parts.icon("alert"))<span>\(t("Plain http: passwords and cookies travel in the clear."))</span></div>"
        }
        if call.house.gate.clock.isTest {
            bars +=
                "<div class=\"bar bar-warn\" role=\"status\">\(parts.icon("clock"))<span>\(t("This is a test installation: its clock can be moved."))</span></div>"
        }
        if call.house.mail.server == nil, (call.caller?.outside ?? call.caller?.principal)?.enterprise != nil {
            bars += """
                <div class="bar bar-warn" role="region" aria-label="\(t("Mail"))">\(parts.icon("alert"))<span>\(t("No mail server is set up: mails are kept as files on this server."))</span> \
                <a href="\(call.house.paths.mail)">\(t("More about mail"))</a></div>
                """
        }
        if let around, let account = around.account, !isInside, let principal = call.caller?.principal, principal.administrator != nil {
            bars += """
                <div class="bar bar-acting" role="region" aria-label="\(t("Acting in an account"))">\(parts.icon("switch"))\
                <span>\(t("Acting in %1 as %2 (administrator). Everything you do is recorded.", account, principal.actor.name))\(until)</span>\
                <form method="post" action="\(call.house.paths.switchBack)"><button class="btn" type="submit">\(t("Switch back"))</button></form></div>
                """
        } else if let principal = call.caller?.principal, let other = principal.actor.onBehalfOf {
            bars += """
                <div class="bar bar-acting" role="region" aria-label="\(t("Acting as an administrator"))">\(parts.icon("switch"))\
                <span>\(t("Acting as %1, by %2. Everything you do is recorded.", other, principal.actor.name))\(if: !isInside, until)</span>\
                <form method="post" action="\(call.house.paths.switchBack)"><button class="btn" type="submit">\(t("Switch back"))</button></form></div>
                """
        }
        return bars
    }

    /// When a switched login ends by itself, however active.
    private var until: HTML { "\(call.caller?.lasting.expiresAt.map { end -> HTML in " \(t("Until")) \(parts.time(end))." })" }

    // MARK: Left

    private func navigation(_ around: Surroundings, _ menu: Menu?, _ place: Place) -> HTML {
        let paths = call.house.paths
        func item(_ text: String, _ path: String, _ icon: StaticString, isCurrent: Bool) -> HTML {
            "<li><a class=\"nav-item\" href=\"\(path)\"\(attribute: "aria-current", isCurrent ? "page" : nil)>\(parts.icon(icon))\(text)</a></li>"
        }
        func group(_ number: Int, _ title: String?, _ items: [HTML]) -> HTML {
            guard let title else { return "<ul>\(items)</ul>" }
            return "<p class=\"side-title\" id=\"nav-\(number)\">\(title)</p><ul aria-labelledby=\"nav-\(number)\">\(items)</ul>"
        }
        var groups: [HTML] = []
        for (number, found) in (menu?.groups ?? []).enumerated() {
            if found.isTabs, let first = found.items.first {
                let isCurrent = found.items.contains { place == .screen($0.screen) }
                groups.append(group(number, nil, [item(found.label ?? first.text, first.path, first.icon, isCurrent: isCurrent)]))
            } else {
                groups.append(group(number, found.label, found.items.map { item($0.text, $0.path, $0.icon, isCurrent: place == .screen($0.screen)) }))
            }
        }
        if menu == nil {
            let catalogue = around.enterpriseCatalogue
            let permissions = (call.caller?.outside ?? call.caller?.principal)?.enterprise?.permissions ?? []
            // Where the company looks for the people of an account it looks for the accounts too.
            let heading = catalogue?.navigation.first { group in !group.isTabs && group.items.contains { $0.screen == .users } }?.label
            var items = [
                item(
                    catalogue?.terms[.accounts] ?? Word.accounts.english, paths.accounts, "building", isCurrent: place == .accounts || isInside)
            ]
            items.append(item(t("Groups"), paths.groups, "cards", isCurrent: place == .groups))
            if permissions.contains(.manageAdministrators) || permissions.contains(.switchAdministrator) {
                items.append(item(t("Administrators"), paths.administrators, "shield", isCurrent: place == .administrators))
            }
            groups.append(group(0, heading == t("Settings") ? nil : heading, items))
            groups.append(
                group(
                    1, t("Settings"),
                    [
                        item(t("Enterprise"), paths.enterprise, "settings", isCurrent: place == .enterprise),
                        item(t("Mail"), paths.mail, "mail", isCurrent: place == .mail),
                    ]))
        }
        return """
            <nav class="side" id="side" popover aria-label="\(t("Main"))"><div class="brand-row"><a class="brand" href="/">\(parts.icon("mark"))\(around.enterprise)</a>\
            <button class="btn btn-icon side-close" type="button" popovertarget="side" popovertargetaction="hide" aria-label="\(t("Close menu"))">\(parts.icon("x"))</button></div>
            \(groups)
            <p class="side-foot">Latchkey \(call.house.settings.version)</p></nav>
            """
    }

    /// The tabs of the section that this page belongs to, where the catalogue makes it one.
    private func section(_ menu: Menu?, _ place: Place) -> HTML {
        guard case .screen(let screen) = place, let section = menu?.section(of: screen), section.items.count > 1 else { return "" }
        return parts.tabs(section.label ?? "", section.items.map { (text: $0.text, path: $0.path, isCurrent: $0.screen == screen) })
    }

    /// Which account a page is about that an administrator named in the path, and the way to its other pages.
    private func inside(_ around: Surroundings, _ place: Place) -> HTML {
        guard let account = call.caller?.entering, let name = around.account else { return "" }
        let accounts = around.enterpriseCatalogue?.terms[.accounts] ?? Word.accounts.english
        return """
            <nav class="crumbs" aria-label="\(accounts)"><ol><li><a href="\(call.house.paths.accounts)">\(accounts)</a></li></ol></nav>\
            <p class="inside"><bdi>\(name)</bdi></p>\(accountTabs(account, name: name, Words.own, place))
            """
    }

    /// The tabs of an account at the enterprise level: its details, and of its own pages those that this administrator may work on. The words are the
    /// account's.
    package func accountTabs(_ account: AccountID, name: String, _ words: [Word: String], _ place: Place) -> HTML {
        var tabs = [(text: t("Details"), path: "\(call.house.paths.accounts)/\(account)", isCurrent: place == .accounts)]
        if (call.caller?.outside ?? call.caller?.principal)?.enterprise?.permissions.contains(.manageUsers) == true {
            tabs += Inside.$account.withValue(account) {
                [
                    (words[.users] ?? Word.users.english, call.house.paths.users, place == .users),
                    (words[.roles] ?? Word.roles.english, call.house.paths.roles, place == .roles),
                    (words[.history] ?? Word.history.english, call.house.paths.history, place == .history),
                ]
            }
        }
        return parts.tabs(name, tabs)
    }

    // MARK: Top

    private func top(_ around: Surroundings, mode: String?, place: Place) -> HTML {
        let sessions = call.house.paths.sessions
        var hasSessions = false
        if !isInside, case .account(_, true, let access)? = call.caller?.principal.place { hasSessions = access.level(of: .sessions) > .none }
        return """
            <header class="top"><button class="btn btn-icon top-menu" type="button" popovertarget="side" aria-label="\(t("Menu"))">\(parts.icon("menu"))</button>
            <div class="top-account"><span class="account-name">\(isInside ? around.enterprise : around.account ?? around.enterprise)</span></div>
            \(if: hasSessions && mode != nil, """
            <nav class="segmented segmented-mode" aria-label="\(t("Mode"))"><a href="\(sessions)?mode=live"\(attribute: "aria-current", mode == "test" ? nil : "true")>\(t("Live"))</a>\
            <a href="\(sessions)?mode=test"\(attribute: "aria-current", mode == "test" ? "true" : nil)>\(t("Test"))</a></nav>
            """)<div class="top-space"></div>
            \(if: hasSessions && place != .sessions, """
            <form class="search top-search" role="search" method="get" action="\(sessions)">\(parts.icon("search"))<label class="visually-hidden" for="find">\(t("Search sessions"))</label>\
            <input class="form-control" type="search" id="find" name="search" placeholder="\(t("Search sessions"))" data-search autocomplete="off"><kbd class="js-only" aria-hidden="true">/</kbd></form>
            """)\(personMenu(around))</header>
            """
    }

    private func personMenu(_ around: Surroundings) -> HTML {
        guard let principal = call.caller?.principal else { return "" }
        let name = principal.actor.name
        let initials = name.split(separator: " ").compactMap { $0.unicodeScalars.first.map(String.init) }.prefix(2).joined().uppercased()
        let themes: [(StaticString, String, StaticString)] = [
            ("light", t("Light"), "sun"), ("dark", t("Dark"), "moon"), ("system", t("Auto"), "device"),
        ]
        let choices = themes.map { choice -> HTML in
            "<button type=\"button\" data-theme-choice=\"\(literal: choice.0)\">\(parts.icon(choice.2, small: true))\(choice.1)</button>"
        }
        let isSwitched = principal.administrator != nil && principal.account != nil && !isInside
        return """
            <details class="menu"><summary class="btn btn-person" aria-label="\(t("%1: your menu", name))"><span class="avatar" aria-hidden="true">\(initials)</span>\(parts.icon("chevron-down", small: true))</summary>
            <div class="menu-list"><div class="menu-head"><strong>\(name)</strong><span class="sub">\(around.username)</span></div><hr class="menu-line"><ul>
            \(if: !isSwitched, "<li><a class=\"menu-item\" href=\"\(call.house.paths.mySettings)\">\(parts.icon("settings"))\(t("My settings"))</a></li>")
            <li><a class="menu-item" href="\(call.house.paths.docs)">\(parts.icon("book"))\(t("API reference"))</a></li>
            <li class="js-only"><div class="segmented" role="group" aria-label="\(t("Theme"))">\(choices)</div></li></ul><hr class="menu-line">
            <form method="post" action="\(call.house.paths.signOut)"><button class="menu-item" type="submit">\(parts.icon("sign-out"))\(t("Sign out"))</button></form></div></details>
            """
    }

    private func support(_ around: Surroundings) -> HTML {
        if let email = around.supportEmail { return "<span><a href=\"mailto:\(email)\">\(email)</a></span>" }
        if let phone = around.supportPhone { return "<span><a href=\"tel:\(phone)\">\(phone)</a></span>" }
        return ""
    }
}
