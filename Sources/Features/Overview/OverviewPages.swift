import APIKeysFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyMail
import LatchkeyWeb
import LinksFeature
import SessionsFeature
import UsersFeature

/// Overview: numbers, what wants attention, the newest sessions, and which API keys one holds.
package enum OverviewPages {
    package static func routes(photos: any SessionPhotos) -> [Route] {
        [.get("/overview", .need(.screen(.overview, .read))) { try await show($0, photos) }]
    }

    /// Everything on the page, read at one moment.
    private struct Shown: Sendable {
        let overview: Overview
        let notices: LinkNotices
        let newest: HTML
        /// Nil for whoever holds all keys.
        let keys: [APIKey]?
    }

    private static func show(_ call: Call, _ photos: any SessionPhotos) async throws -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let now = call.now
        let shown = try await call.read { permit, tx in
            let overview = try Overview.read(at: now, permit, tx)
            let links = overview.attention.compactMap { if case .userLacksKey(let link) = $0 { link } else { nil } }
            let hasSessions = overview.sessions != nil
            return Shown(
                overview: overview, notices: try LinkNotices(about: links, permit, tx),
                newest: try hasSessions ? Sessions.newest(6, photos, at: now, parts, permit, tx) : "",
                keys: try hasSessions && permit.keys != .all ? APIKeys.list(PageRequest(limit: 200), at: now, permit, tx).items : nil)
        }
        let main: HTML = """
            \(parts.head("\(t("Overview"))"))<div id="list" data-live>\(numbers(shown.overview, call))\(attention(shown, call, parts))\
            \(newest(shown, call, parts))\(keys(shown, parts))</div>
            """
        return frame.page(t("Overview"), at: .overview, main)
    }

    // MARK: Numbers

    private static func numbers(_ overview: Overview, _ call: Call) -> HTML {
        var tiles: [HTML] = []
        func tile(_ name: String, _ number: Int, _ path: String) {
            tiles.append("<div><dt>\(name)</dt><dd><a href=\"\(path)\">\(String(number))</a></dd></div>")
        }
        let paths = call.house.paths
        if let sessions = overview.sessions {
            tile(t("Sessions under way"), sessions.underWay, Sessions.path(SessionStatus.underWay))
            tile(t("Waiting for confirmation"), sessions.waiting, Sessions.path([.captured, .confirm]))
            tile(t("Made in the last 7 days"), sessions.createdLately, paths.sessions)
        }
        if let people = overview.people {
            tile(t("Active %1", wordInside(.users)), people.enabled, paths.users + "?status=enabled")
            if people.pending > 0 { tile(t("Pending %1", wordInside(.users)), people.pending, paths.users + "?status=pending") }
            if people.disabled > 0 { tile(t("%1 %2", word(.disabled), wordInside(.users)), people.disabled, paths.users + "?status=disabled") }
        }
        if let links = overview.links {
            tile(t("Links that are open"), links.open, paths.links)
            tile(t("Starts from links"), links.starts, paths.links)
        }
        return tiles.isEmpty ? "" : "<dl class=\"tiles\">\(tiles)</dl>"
    }

    // MARK: Attention

    private static func attention(_ shown: Shown, _ call: Call, _ parts: Parts) -> HTML {
        let overview = shown.overview
        // Whoever sees sessions alone has a list of them, and is told here only of what is about to end.
        if overview.attention.isEmpty, overview.people == nil, overview.links == nil { return "" }
        let items = overview.attention.map { item($0, shown.notices, call, parts) }
        let body: HTML =
            items.isEmpty
            ? "<div class=\"card-body\"><p class=\"calm\">\(parts.icon("success"))\(t("Nothing needs you right now."))</p></div>"
            : "<ul class=\"items\">\(items)</ul>\(if: overview.isTruncated, "<div class=\"card-footer\"><span class=\"muted\">\(t("There is more of these; the first 20 of each are shown."))</span></div>")"
        return """
            <section class="card" aria-labelledby="attention"><div class="card-header"><h2 class="card-title" id="attention">\(t("Needs attention"))</h2>\
            </div>\(body)</section>
            """
    }

    private static func item(_ attention: Attention, _ notices: LinkNotices, _ call: Call, _ parts: Parts) -> HTML {
        let paths = call.house.paths
        switch attention {
        case .managerAlone(let user):
            return item(
                parts, "shield", user.name, "\(paths.users)/\(user.id)",
                "\(t("Only this person can manage the account. If they are away, nobody can: give a second person the manager's role."))")
        case .userLacksKey(let link):
            let text: HTML = """
                <bdi>\(link.holder?.name)</bdi> \(t("does not hold the API key")) <bdi>\(link.key.name)</bdi>\(t(", and sees no session of this link."))
                """
            return item(parts, "link", link.name, "\(paths.links)/\(link.id)", text, notices.remedy(for: link, call, parts))
        case .activationEnding(let user, let endsAt):
            let text: HTML =
                endsAt.map { end -> HTML in
                    end > call.now
                        ? "\(t("Has not signed in yet, and the activation link ends")) \(parts.time(end, ago: true))"
                        : "\(t("Has not signed in yet, and the activation link ended")) \(parts.time(end, ago: true))"
                } ?? "\(t("Has not signed in yet, and no activation link is out. Send one again."))"
            return item(parts, "user", user.name, "\(paths.users)/\(user.id)", text)
        case .mailGivenUp(let mail):
            let text: HTML = "\(t("A mail could not be sent: %1", letter(mail.template))) · \(parts.time(mail.settledAt, ago: true))"
            return item(parts, "mail", mail.name, "\(paths.users)/\(mail.user)", text)
        case .sessionEnding(let session):
            let text: HTML = "\(session.contact.name ?? t("No contact")) · \(t("ends")) \(parts.time(session.deadline, ago: true))"
            return item(parts, "clock", session.code, "\(paths.sessions)/\(session.id)", text, isCode: true)
        case .personNotSeen(let user):
            let seen = user.lastSeenAt ?? user.lastSignInAt
            let text: HTML =
                seen.map { time -> HTML in "\(t("Not seen for 90 days; last")) \(parts.time(time, ago: true))" }
                ?? "\(t("Has never signed in, for 90 days"))"
            return item(parts, "user", user.name, "\(paths.users)/\(user.id)", text)
        }
    }

    private static func item(
        _ parts: Parts, _ icon: StaticString, _ name: String, _ path: String, _ text: HTML, _ remedy: HTML = "", isCode: Bool = false
    ) -> HTML {
        """
        <li>\(parts.icon(icon))<div><a class="title-link\(if: isCode, " mono")" href="\(path)"><bdi>\(name)</bdi></a><span class="sub">\(text)</span></div>\(remedy)</li>
        """
    }

    private static func letter(_ template: String) -> String {
        switch template {
        case "password.forgotten": t("forgotten password")
        case "user.activation": t("activation")
        case "user.credentials": t("login details")
        case "email.confirm", "email.changed": t("change of e-mail address")
        default: template
        }
    }

    // MARK: Sessions and keys

    private static func newest(_ shown: Shown, _ call: Call, _ parts: Parts) -> HTML {
        guard shown.overview.sessions != nil else { return "" }
        let all = parts.link(t("All sessions"), to: call.house.paths.sessions, icon: "arrow-right")
        let body: HTML = shown.newest.isEmpty ? "<p class=\"muted mb-0\">\(t("No sessions yet. They appear here as they come."))</p>" : shown.newest
        return "<div class=\"row-between mt-4 mb-2\"><h2>\(t("Newest sessions"))</h2>\(if: !shown.newest.isEmpty, all)</div>\(body)"
    }

    private static func keys(_ shown: Shown, _ parts: Parts) -> HTML {
        guard let keys = shown.keys else { return "" }
        let names = keys.map { key -> HTML in
            "<li>\(parts.icon("key"))<div><bdi>\(key.name)</bdi></div>\(parts.badge(key.mode == .live ? t("Live") : t("Test"), tone: key.mode == .live ? .good : .plain))</li>"
        }
        let body: HTML =
            keys.isEmpty
            ? "<div class=\"card-body\"><p class=\"muted mb-0\">\(t("None yet: without one you see no sessions. Ask whoever manages the users."))</p></div>"
            : "<ul class=\"items\">\(names)</ul>"
        return """
            <section class="card mt-4" aria-labelledby="my-keys"><div class="card-header"><h2 class="card-title" id="my-keys">\(t("Your API keys"))</h2></div>\(body)</section>
            """
    }
}
