import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Settings > Enterprise, and the history of the enterprise.
package enum EnterprisePages {
    static let path = "/enterprise"
    private static let any = Route.Needs.need(.enterprise(nil))
    private static let manage = Route.Needs.need(.enterprise(.manageAdministrators))

    package static let routes: [Route] =
        AccountsPages.routes + GroupsPages.routes + AdministratorsPages.routes + AdministratorFactorsPages.routes + AdministratorErasureRoutes.pages
        + [
            .get(path, any, handler: show),
            .post(path, manage, handler: save),
            .get(path + "/history", manage, handler: history),
        ]

    // MARK: Settings

    private static func show(_ call: Call) async throws -> Answer {
        let enterprise = try await call.enterpriseRead { permit, tx in try Enterprise.find(permit, tx) }
        let settings = enterprise.settings
        var values = [
            "name": [enterprise.name], "catalogue": [settings.catalogue ?? ""], "switching.max_minutes": [String(settings.switchMinutes)],
        ]
        if settings.switchReasonRequired { values["switching.reason_required"] = ["yes"] }
        return page(call, FormView(Parts(call.house.assets), values: values), version: enterprise.tag.text)
    }

    private static func fields(_ form: FormData) throws -> Fields {
        let minutes = form.number("switching.max_minutes")
        // Left empty it would take the default, which nobody has asked for here.
        let switching: JSON = [
            "reason_required": .bool(form.isTicked("switching.reason_required")), "max_minutes": minutes == .null ? .string("") : minutes,
        ]
        return try Fields(JSON(members: form.texts("name", "catalogue") + [("switching", switching)]))
    }

    private static func save(_ call: Call) async throws -> Answer {
        // Before the form is looked at: it is the same no whatever it says.
        try await call.enterpriseRead { permit, _ in try Administrators.requireAllGroups(permit) }
        let form = try call.form()
        do {
            _ = try await call.enterpriseWrite { permit, tx, ledger in
                try Enterprises.update({ try fields(form) }, match: form.requireVersion, permit, tx, ledger)
            }
            return .see(Done.saved.at(path))
        } catch let problem as Problem where problem.isAboutInput {
            let stored = try await call.enterpriseRead { permit, tx in try Enterprise.find(permit, tx).tag }
            let view = FormView(Parts(call.house.assets), refused: form, problem)
            return page(call, view, version: form.version(after: problem, stored: stored), status: problem.status)
        }
    }

    private static func page(_ call: Call, _ form: FormView, version: String, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let rights = AdministratorRights(call)
        let mayEdit = rights.manages && rights.groups == .all && call.caller?.principal.actor.onBehalfOf == nil
        let kinds =
            [(value: "", text: t("Latchkey's own"), help: t("Account, user, role."))]
            + ReadyCatalogue.allCases.filter { $0 != .own }.map { kind -> (value: String, text: String, help: String) in
                let terms = Catalogue.ready(kind.rawValue)?.terms ?? [:]
                let words = [Word.account, .user, .role].map { terms[$0] ?? $0.english }.joined(separator: ", ")
                return (value: kind.rawValue, text: AccountForm.name(of: kind), help: words + ".")
            }
        let sections: [HTML] = [
            form.section(
                t("Enterprise"), id: "s-enterprise",
                [
                    form.text("name", t("Name")),
                    form.radios("catalogue", t("Words on the enterprise's own pages"), kinds),
                ]),
            form.section(
                t("Switching"), lead: t("Into %1, and into another administrator's view.", wordInside(.accounts)), id: "s-switching",
                [
                    form.check("switching.reason_required", t("Ask for a reason")),
                    form.text(
                        "switching.max_minutes", t("At most, in minutes"), .number,
                        help: t("5 to 720. Then one is back at the enterprise level; who is switched already keeps their time.")),
                ]),
        ]
        let actions =
            rights.manages
            ? [
                parts.link(t("Sign-in of administrators"), to: AdministratorFactorsPages.path, icon: "lock"),
                parts.link(t("History"), to: path + "/history", icon: "history"),
            ] : []
        let main: HTML = """
            \(parts.head("\(t("Enterprise"))", actions: actions))\(if: Done(call) == .saved, parts.alert("\(t("Saved."))"))\(form.summary)
            <form method="post" action="\(path)">\(form.hidden("version", version))
            <fieldset class="plain"\(flag: "disabled", !mayEdit)>\(sections)</fieldset>
            \(if: mayEdit, form.actions(t("Save changes"), cancel: nil))</form>
            """
        return frame.page(t("Enterprise"), at: .enterprise, narrow: true, main, status: status)
    }

    // MARK: History

    private static func history(_ call: Call) async throws -> Answer {
        let tree = try await call.enterpriseRead { permit, tx in try Groups.tree(permit, tx) }
        let frame = Frame(call)
        let head = frame.parts.head(
            "\(t("History"))", lead: t("What happened to accounts, groups, administrators and these settings, and who switched."),
            crumbs: [(t("Enterprise"), path)])
        let list = try await EnterpriseHistory.list(call, at: path + "/history", frame.parts) { named($0, tree) }
        return frame.page(t("History"), at: .enterprise, head + list)
    }

    /// A page of entries, with the way to older ones.
    static func timeline(_ page: Page<HistoryEntry>, _ tree: GroupTree, at path: String, _ parts: Parts) -> HTML {
        if page.items.isEmpty { return parts.empty(t("Nothing found"), t("No entry is left to show."), icon: "history") }
        let count = page.items.count == 1 ? t("1 entry") : t("%1 entries", String(page.items.count))
        let list: HTML = "<div class=\"card\"><div class=\"card-body\">\(entries(page.items, tree, parts))</div></div>"
        return list
            + parts.pager(t("%1, newest first. Nobody can edit or remove them.", count), older: page.next.map { path + "?after=" + $0.text })
    }

    private static func entries(_ entries: [HistoryEntry], _ tree: GroupTree, _ parts: Parts) -> HTML {
        HistoryTimeline.html(named(entries, tree), parts)
    }

    /// The entries with permissions and groups by name. What is gone, or lies outside, has neither name nor id.
    private static func named(_ entries: [HistoryEntry], _ tree: GroupTree) -> [HistoryEntry] {
        var names = Dictionary(tree.groups.map { ($0.id.description, $0.name) }, uniquingKeysWith: { first, _ in first })
        for permission in Permission.allCases { names[permission.rawValue] = permission.label }
        let texts = entries.flatMap(\.changes).flatMap { [$0["from"], $0["to"]] }.compactMap { $0 }.flatMap { $0.elements + [$0] }.compactMap(\.text)
        for text in texts where GroupID(text) != nil && names[text] == nil { names[text] = t("another group") }
        return entries.map { entry in
            var entry = entry
            entry.names.merge(names) { then, _ in then }
            return entry
        }
    }

    /// The newest changes of a thing, on its own page; nothing where there are none.
    static func changes(_ changes: [HistoryEntry], _ tree: GroupTree, _ parts: Parts) -> HTML {
        changes.isEmpty ? "" : parts.card(t("What the enterprise changed here"), entries(changes, tree, parts))
    }
}
