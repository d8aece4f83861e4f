import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// Integrations in the console: all of them, and making one.
package enum IntegrationsPages {
    static let path = "/settings/integrations"

    package static let routes: [Route] =
        [
            .get(path, .need(.screen(.integrations, .read)), handler: list),
            .get(path + "/new", .need(.screen(.integrations, .full)), handler: new),
            .post(path, .need(.screen(.integrations, .full)), stepUp: .secondStep, handler: create),
        ] + IntegrationPage.routes

    // MARK: List

    private static func list(_ call: Call) async throws -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let after = call.pageQuery()["after"].flatMap(Cursor.init(text:))
        let (page, catalogue) = try await call.read { permit, tx in
            (try Integrations.list(PageRequest(after: after), at: call.now, permit, tx), try AccountFacts.of(permit, tx).catalogue)
        }
        let look = IntegrationLook(catalogue: catalogue, parts: parts)
        let mayEdit = try call.principal().access?.level(of: .integrations) == .full
        let new = parts.link(t("Create %1", wordInside(.integration)), to: path + "/new", icon: "plus", primary: true)
        let title = word(.integrations)
        let head = parts.head(
            "\(title)",
            lead: t("Your own systems, which call the API with a client ID and a secret. Each does what its functions say, and nothing else."),
            actions: mayEdit ? [new] : [])
        guard !page.items.isEmpty else {
            let text = t("Building control, a booking system, a script: each gets an identity of its own, which you can switch off by itself.")
            return frame.page(
                title, at: .integrations,
                head + done(call, parts) + parts.empty(t("None yet"), text, icon: "plug", actions: mayEdit ? [new] : []))
        }
        let table = parts.table(
            caption: title, columns: [t("Name"), t("Client ID"), word(.functions), t("Status"), t("Live tokens"), t("Last used"), ""],
            rows: page.items.map { row($0, look, mayEdit: mayEdit) })
        return frame.page(
            title, at: .integrations,
            head + done(call, parts) + table
                + parts.pager(t("%1 shown", String(page.items.count)), older: page.next.map { path + "?after=" + $0.text }))
    }

    private static func row(_ integration: Integration, _ look: IntegrationLook, mayEdit: Bool) -> HTML {
        let parts = look.parts
        let own = "\(path)/\(integration.id)"
        var items = [
            Parts.MenuItem(mayEdit ? t("Edit") : t("Open"), own, icon: mayEdit ? "edit" : "eye"),
            .init(word(.history), own + "/history", icon: "history"),
        ]
        if mayEdit {
            items.append(
                integration.isDisabled
                    ? .init(word(.enable), own, icon: "check") : .init(word(.disable), own + "/disable", icon: "ban", dangerous: true, asks: true))
            items.append(.init(t("Delete"), own + "/delete", icon: "x", dangerous: true, asks: true))
        }
        return """
            <tr\(attribute: "class", integration.isDisabled ? "off" : nil)><th scope="row"><a href="\(own)">\(integration.name)</a></th>
            \(parts.cell(t("Client ID"), "<span class=\"mono\">\(integration.clientID)</span>"))\(parts.cell(word(.functions), look.glance(integration.functions)))
            \(parts.cell(t("Status"), look.status(integration)))\(parts.cell(t("Live tokens"), "\(String(integration.liveTokens))"))
            \(parts.cell(t("Last used"), parts.time(integration.lastUsedAt, ago: true, none: t("Never"))))
            \(parts.menuCell(parts.menu(for: integration.name, items)))</tr>
            """
    }

    static func done(_ call: Call, _ parts: Parts) -> HTML {
        switch Done(call) {
        case .saved: parts.alert("\(t("The functions were saved. Tokens that are out obey already."))")
        case .disabled: parts.alert("\(t("It was disabled. Its tokens work no longer; its secret stays, for when you enable it again."))")
        case .enabled: parts.alert("\(t("It was enabled. It asks for a new token with the secret that it has."))")
        case .deleted: parts.alert("\(t("It was deleted. Its client ID is never given out again."))")
        case .closed: parts.alert("\(t("The token works no longer."))")
        default: ""
        }
    }

    // MARK: Create

    private static func new(_ call: Call) async throws -> Answer {
        let asked = call.pageQuery()["client_id"] ?? ""
        let (catalogue, isFree) = try await call.read { permit, tx in
            (try AccountFacts.of(permit, tx).catalogue, asked.isEmpty ? nil : try Integrations.isFree(asked, permit, tx))
        }
        var values = IntegrationForm.values([:], catalogue)
        values["token_format"] = ["opaque"]
        values["client_id"] = [asked]
        return try formPage(call, catalogue, FormView(Parts(call.house.assets), values: values), isFree: isFree)
    }

    private static func create(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let (integration, secret) = try await call.write { permit, tx, ledger in
                let input = JSON(members: form.texts("name", "client_id", "token_format") + [("functions", IntegrationForm.functions(form))])
                let integration = try Integrations.draft(Fields(input), at: ledger.now, permit, tx)
                return (integration, try Integrations.create(integration, permit, tx, ledger))
            }
            return secretPage(call, integration, secret)
        } catch let problem as Problem where problem.isAboutInput {
            let catalogue = try await call.read { permit, tx in try AccountFacts.of(permit, tx).catalogue }
            return try formPage(call, catalogue, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    private static func formPage(
        _ call: Call, _ catalogue: Catalogue, _ form: FormView, isFree: Bool? = nil, status: Int = 200
    ) throws -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        guard let access = try call.principal().access else { throw Refusal.noAccount }
        let look = IntegrationLook(catalogue: catalogue, parts: parts)
        let title = t("Create %1", wordInside(.integration))
        let fields: HTML = """
            \(form.section(word(.integration), id: "s-integration", [
                form.text("name", t("Name"), help: t("Unique in the account.")),
                clientID(form, isFree, parts),
                form.radios("token_format", t("Access tokens"), [
                    ("opaque", look.format(.opaque), t("Whoever gets one asks Latchkey what it is worth, and hears of a change at once.")),
                    ("jwt", look.format(.jwt), t("Others read it with Latchkey's public keys, and hear of a change when it is over.")),
                ]),
            ]))
            \(IntegrationForm(look: look, access: access, form: form).functions())
            """
        let main: HTML = """
            \(parts.head("\(title)", lead: t("The secret is made by the server and shown once. Afterwards only the functions can be changed."), crumbs: [(word(.integrations), path)]))
            \(form.summary)<form method="post" action="\(path)">\(fields)\(form.actions(title, cancel: path))</form>
            """
        return frame.page(title, at: .integrations, narrow: true, main, status: status)
    }

    /// Whether it may be taken is looked up while it is typed.
    private static func clientID(_ form: FormView, _ isFree: Bool?, _ parts: Parts) -> HTML {
        var state: HTML = ""
        if let isFree {
            state =
                isFree
                ? parts.badge(t("May be taken"), icon: "check", tone: .good) : parts.badge(t("Cannot be taken"), icon: "ban", tone: .bad)
        }
        return """
            <div hx-get="\(path)/new" hx-trigger="input delay:300ms" hx-include="#client-id" hx-select="#client-id-state" hx-target="#client-id-state" hx-swap="outerHTML">\
            \(form.text("client_id", t("Client ID"), .identifier, help: t("Letters, digits, dots, underscores and hyphens. Unique for ever, also against deleted ones.")))\
            <div id="client-id-state" role="status">\(state)</div></div>
            """
    }

    private static func secretPage(_ call: Call, _ integration: Integration, _ secret: Secret) -> Answer {
        let frame = Frame(call)
        let title = t("%1 was created", integration.name)
        let panel = frame.parts.secret(
            title: t("The secret, shown only now"),
            lead: t("With it and the client ID, your system asks %1 for access tokens.", call.house.paths.absolute(call.house.paths.tokenEndpoint)),
            values: [("client-id", t("Client ID"), integration.clientID), ("client-secret", t("Client secret"), secret.text)],
            then: "\(path)/\(integration.id)")
        return frame.page(
            title, at: .integrations, narrow: true, frame.parts.head("\(title)", crumbs: [(word(.integrations), path)]) + panel)
    }
}
