import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// Making and changing a link in the console.
enum LinkForm {
    private static let path = LinksPages.path

    /// What a form offers: keys that the reader holds, users who are enabled.
    private struct Choices: Sendable {
        var keys: [APIKey]
        var users: [(id: UserID, name: String)]

        init(at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
            keys = []
            var request = PageRequest(limit: 200)
            repeat {
                let page = try APIKeys.list(request, at: now, permit, tx)
                keys += page.items
                request.after = page.next
            } while request.after != nil
            users = try LinkUserStore.all(at: now, limit: 2000, permit, tx)
        }
    }

    // MARK: New

    static func new(_ call: Call) async throws -> Answer {
        let choices = try await choices(call)
        return page(call, choices, FormView(Parts(call.house.assets), values: ["active": ["yes"]]))
    }

    private static func choices(_ call: Call) async throws -> Choices {
        try await call.read { permit, tx in try Choices(at: call.now, permit, tx) }
    }

    static func create(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let id = try await call.write(touches: .records) { permit, tx, ledger in
                let draft = try Links.draft(Fields(input(form, of: nil)), at: ledger.now, permit, tx)
                return try Links.create(draft, sealing: call.house.masterKey, permit, tx, ledger).0.id
            }
            return .see(Done.created.at("\(path)/\(id)"))
        } catch let problem as Problem where problem.isAboutInput {
            let view = FormView(Parts(call.house.assets), refused: form, problem)
            return page(call, try await choices(call), view, status: problem.status)
        }
    }

    // MARK: Edit

    /// A link with all that its page shows.
    private struct Shown: Sendable {
        let link: Link
        let token: String
        let notices: LinkNotices
        let choices: Choices
    }

    private static func find(_ call: Call) async throws -> Shown {
        let now = call.now
        return try await call.read { permit, tx in
            let link = try Links.find(call.id(), at: now, permit, tx)
            return Shown(
                link: link, token: try Links.token(of: link.id, opening: call.house.masterKey, permit, tx),
                notices: try LinkNotices(about: [link], permit, tx), choices: try Choices(at: now, permit, tx))
        }
    }

    static func edit(_ call: Call) async throws -> Answer {
        let shown = try await find(call)
        let link = shown.link
        let values = [
            "name": [link.name], "api_key": [link.apiKey.description], "user": [link.user?.description ?? ""],
            "active": link.isActive ? ["yes"] : [], "ends_at": [day(link.endsAt) ?? ""], "max_starts": [link.maxStarts.map { String($0) } ?? ""],
        ]
        let view = FormView(Parts(call.house.assets), values: values)
        return page(call, shown.choices, view, shown, version: link.tag(at: call.now).text)
    }

    static func save(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let id = try await call.write(touches: .records) { permit, tx, ledger in
                let before = try Links.find(call.id(), at: ledger.now, permit, tx)
                return try Links.update(
                    before.id, { try Fields(input(form, of: before)) }, match: form.requireVersion, permit, tx, ledger
                ).id
            }
            return .see(Done.saved.at("\(path)/\(id)"))
        } catch let problem as Problem where problem.isAboutInput {
            let shown = try await find(call)
            let view = FormView(Parts(call.house.assets), refused: form, problem)
            let version = form.version(after: problem, stored: shown.link.tag(at: call.now))
            return page(call, shown.choices, view, shown, version: version, status: problem.status)
        }
    }

    private static func input(_ form: FormData, of link: Link?) -> JSON {
        var members = form.texts("name", "api_key", "user")
        members.append(("active", .bool(form.isTicked("active"))))
        members.append(("ends_at", end(form, of: link)))
        members.append(("max_starts", form.number("max_starts")))
        return JSON(members: members)
    }

    /// The beginning of a day; the moment that stands there already, where its day was left as it was.
    private static func end(_ form: FormData, of link: Link?) -> JSON {
        let text = (form["ends_at"] ?? "").trimmingWhitespace()
        if text.isEmpty { return .null }
        if let end = link?.endsAt, day(end) == text { return JSON(end) }
        return .string(text.utf8.count == 10 ? text + "T00:00:00Z" : text)
    }

    private static func day(_ time: Timestamp?) -> String? { time.map { String($0.description.prefix(10)) } }

    // MARK: The page

    private static func page(
        _ call: Call, _ choices: Choices, _ form: FormView, _ shown: Shown? = nil, version: String? = nil, status: Int = 200
    ) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let link = shown?.link
        let own = link.map { "\(path)/\($0.id)" }
        let title = link?.name ?? t("Create link")
        let mayEdit = call.caller?.principal.access?.level(of: .links) == .full
        var heading: HTML = "<bdi>\(title)</bdi>"
        if let link { heading += " \(LinkLook.badge(link, at: call.now, parts))" }
        let qr = own.map { [parts.link(t("QR code"), to: $0 + "/qr", icon: "qr")] } ?? []
        let main: HTML = """
            \(parts.head(heading, crumbs: [(t("Sharable links"), path)], actions: qr))\(done(call, parts))\(form.summary)\
            \(shown.map { above($0, call, parts) })<form method="post" action="\(own ?? path)">\(version.map { form.hidden("version", $0) })\
            <fieldset class="plain"\(flag: "disabled", !mayEdit)>\(fields(form, choices, link))</fieldset>
            \(if: mayEdit, form.actions(link == nil ? t("Create link") : t("Save changes"), cancel: path))</form>
            """
        return frame.page(title, at: .links, narrow: true, main, status: status)
    }

    private static func done(_ call: Call, _ parts: Parts) -> HTML {
        switch Done(call) {
        case .created: parts.alert("\(t("The link was created. Copy its URL, or print its QR code."))")
        case .saved: parts.alert("\(t("The link was saved. It counts for sessions started from now on."))")
        default: ""
        }
    }

    private static func above(_ shown: Shown, _ call: Call, _ parts: Parts) -> HTML {
        let url = LinkLook.url(call.house.paths.link(shown.token), id: "url", of: shown.link, parts)
        let why = LinkLook.why(shown.link).map { why -> HTML in
            parts.alert("\(why) \(t("As long as that is so, the link starts nothing."))", tone: .warning)
        }
        return """
            \(shown.notices.alert(shown.link, call, parts))\(why)\
            \(parts.card(t("URL"), "\(url)<p class=\"muted mt-2\">\(t("Started so far: %1", LinkLook.starts(shown.link)))</p>"))
            """
    }

    private static func fields(_ form: FormView, _ choices: Choices, _ link: Link?) -> HTML {
        let keys = choices.keys.map { key in
            (value: key.id.description, text: key.isDisabled ? t("%1 (disabled)", key.name) : key.mode == .test ? t("%1 (test)", key.name) : key.name)
        }
        var users = [(value: "", text: t("Nobody"))] + choices.users.map { (value: $0.id.description, text: $0.name) }
        if let user = link?.user, let holder = link?.holder, !choices.users.contains(where: { $0.id == user }) {
            users.append((value: user.description, text: t("%1 (deactivated)", holder.name)))
        }
        return """
            \(form.section(t("Link"), id: "s-link", [
                form.text("name", t("Name"), help: t("Your users see it on the sessions that come from it. Unique in the account.")),
                form.check("active", t("Active: it starts sessions")),
            ]))
            \(form.section(t("Sessions"), lead: t("What sessions started from now on are stamped with."), id: "s-sessions", [
                form.select("api_key", t("API key"), keys, help: t("Sessions are made under it.")),
                form.select("user", t("Assigned user"), users, help: t("Owns the sessions. To see them they need the API key too.")),
            ]))
            \(form.section(t("Limits"), id: "s-limits", [
                form.text("ends_at", t("Ends on"), .date, help: t("From the beginning of this day (UTC) it starts nothing."), optional: true),
                form.text("max_starts", t("Most starts"), .number, help: t("After so many sessions it starts nothing more."), optional: true),
            ]))
            """
    }
}
