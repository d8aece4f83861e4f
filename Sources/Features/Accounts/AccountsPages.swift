import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SignInFeature

/// The enterprise's accounts: the list, disabling, switching. `AccountForm` creates and edits.
package enum AccountsPages {
    static let path = "/accounts"

    private static let any = Route.Needs.need(.enterprise(nil))
    private static let manage = Route.Needs.need(.enterprise(.manageAccounts))
    private static let switches = Route.Needs.need(.enterprise(.switchAccount))

    package static let routes: [Route] = [
        .get(path, any, handler: list),
        .get(path + "/new", manage, handler: AccountForm.new),
        .post(path, manage, handler: AccountForm.create),
        .get(path + "/{id}", any, handler: AccountForm.edit),
        .post(path + "/{id}", manage, handler: AccountForm.save),
        .get(path + "/{id}/disable", manage, handler: askDisable),
        .post(path + "/{id}/disable", manage) { try await setDisabled(true, $0) },
        .post(path + "/{id}/enable", manage) { try await setDisabled(false, $0) },
        .get(path + "/{id}/switch", switches, handler: askSwitch),
        .post(path + "/{id}/switch", switches, handler: switchInto),
    ]

    static func own(_ account: Account) -> String { "\(path)/\(account.id)" }

    // MARK: List

    private static func list(_ call: Call) async throws -> Answer {
        let after = call.pageQuery()["after"].flatMap(Cursor.init(text:))
        let (page, groups) = try await call.enterpriseRead { permit, tx in
            (try Accounts.list(PageRequest(after: after), permit, tx), try Groups.all(permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let may = AccountRights(call)
        let new = may.manage ? [parts.link(t("Create account"), to: path + "/new", icon: "plus", primary: true)] : []
        let head = parts.head(
            "\(t("Accounts"))", lead: t("One for each branch, property or client. Nothing crosses from one to another."),
            actions: page.items.isEmpty ? [] : new)
        guard !page.items.isEmpty else {
            return frame.page(t("Accounts"), at: .accounts, head + done(call, parts) + empty(may, new, parts))
        }
        let names = Dictionary(groups.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        let table = parts.table(
            caption: t("Accounts, newest first"), columns: [t("Name"), t("Group"), t("Region"), t("Status"), t("Created"), ""],
            rows: page.items.map { row($0, group: $0.group.flatMap { names[$0] }, may, parts) })
        let pager = parts.pager(count(page, isFirst: after == nil), older: page.next.map { path + "?after=" + $0.text })
        return frame.page(t("Accounts"), at: .accounts, head + done(call, parts) + table + pager)
    }

    private static func empty(_ may: AccountRights, _ new: [HTML], _ parts: Parts) -> HTML {
        let text =
            may.manage
            ? t("Create the first one, then switch into it: there you add its API keys and its users.")
            : t("None exists yet in the groups that you work in. An administrator who manages accounts creates them.")
        return parts.empty(t("No accounts yet"), text, icon: "building", actions: new)
    }

    private static func count(_ page: Page<Account>, isFirst: Bool) -> String {
        guard isFirst, page.next == nil else { return t("Newest first") }
        return page.items.count == 1 ? t("1 account") : t("%1 accounts", String(page.items.count))
    }

    private static func row(_ account: Account, group: String?, _ may: AccountRights, _ parts: Parts) -> HTML {
        let own = own(account)
        let leadsIn = may.switchInto && !account.isDisabled
        var items: [Parts.MenuItem] = []
        if leadsIn { items.append(.init(t("Switch into"), own + "/switch", icon: "switch", asks: true)) }
        if may.manage {
            items.append(.init(t("Edit"), own, icon: "edit"))
            items.append(
                account.isDisabled
                    ? .init(t("Enable"), own, icon: "check") : .init(t("Disable"), own + "/disable", icon: "ban", dangerous: true, asks: true))
        }
        let name: HTML = """
            <a href="\(leadsIn ? own + "/switch" : own)"\(flag: "data-dialog", leadsIn)>\
            \(if: leadsIn, "<span class=\"visually-hidden\">\(t("Switch into")) </span>")<bdi>\(account.name)</bdi></a>
            """
        return """
            <tr\(attribute: "class", account.isDisabled ? "off" : nil)><th scope="row">\(name)</th>
            \(parts.cell(t("Group"), text(group)))\(parts.cell(t("Region"), text(account.region)))\(parts.cell(t("Status"), status(account, parts)))
            \(parts.cell(t("Created"), parts.time(account.createdAt)))\(parts.menuCell(parts.menu(for: account.name, items)))</tr>
            """
    }

    private static func text(_ text: String?) -> HTML {
        guard let text else { return "<span class=\"muted\">—</span>" }
        return "<bdi>\(text)</bdi>"
    }

    static func status(_ account: Account, _ parts: Parts) -> HTML {
        account.isDisabled ? parts.badge(t("Disabled"), icon: "st-off") : parts.badge(t("Enabled"), icon: "st-on", tone: .good)
    }

    private static func done(_ call: Call, _ parts: Parts) -> HTML {
        switch Done(call) {
        case .created: parts.alert("\(t("The account was created. Switch into it to add its API keys and its users."))")
        case .saved: parts.alert("\(t("The account was saved."))")
        case .disabled: parts.alert("\(t("The account was disabled: everybody in it is signed out, its API keys are stopped. Nothing is deleted."))")
        case .enabled: parts.alert("\(t("The account was enabled. Its API keys work again, and its users can sign in."))")
        case .switchedBack: parts.alert("\(t("You switched back. You are not in an account any more."))")
        default: ""
        }
    }

    // MARK: Disable and enable

    private static func askDisable(_ call: Call) async throws -> Answer {
        let account = try await call.enterpriseRead { permit, tx in try Accounts.find(call.id(), permit, tx) }
        let frame = Frame(call)
        let question = t("Disable %1?", account.name)
        let consequences = t(
            """
            All sign-ins in it end and its API keys stop working, both at once. Nothing is deleted. You can enable it again: then the API keys \
            work again, and everybody signs in anew.
            """)
        let main = frame.parts.confirm(question, consequences, action: t("Disable"), path: own(account) + "/disable", back: path)
        return frame.page(question, at: .accounts, narrow: true, main)
    }

    private static func setDisabled(_ disabled: Bool, _ call: Call) async throws -> Answer {
        _ = try await call.enterpriseWrite { permit, tx, ledger in try Accounts.setDisabled(disabled, call.id(), permit, tx, ledger) }
        return .see((disabled ? Done.disabled : Done.enabled).at(path))
    }

    // MARK: Switch

    private static func askSwitch(_ call: Call) async throws -> Answer {
        try await switchPage(call, FormView(Parts(call.house.assets)))
    }

    private static func switchPage(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let now = call.now
        let (account, end) = try await call.enterpriseRead { permit, tx in
            (try Accounts.find(call.id(), permit, tx), try SwitchStore.end(at: now, permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let title = t("Switch into %1", account.name)
        guard !account.isDisabled else {
            let main: HTML = """
                \(parts.head("<bdi>\(account.name)</bdi>", crumbs: [(t("Accounts"), path)]))
                \(parts.alert("\(t("This account is disabled. Enable it before you switch into it."))", tone: .warning))\(parts.link(t("Open the account"), to: own(account)))
                """
            return frame.page(title, at: .accounts, narrow: true, main, status: status)
        }
        let fields: HTML = """
            \(form.summary)<p class="muted">\(t("Your sign-in ends at the latest:")) \(parts.time(end))</p>
            \(form.text("reason", t("Reason"), help: t("Such as “support case 4711”. The account's history shows it."), optional: true))
            """
        let main = parts.confirm(
            title,
            t(
                """
                You act there as its manager until you switch back or your own sign-in ends. Everything you do is recorded: the account sees in \
                its history who you are and why you came.
                """),
            action: t("Switch"), path: own(account) + "/switch", back: path, dangerous: false, fields: fields)
        return frame.page(title, at: .accounts, narrow: true, main, status: status)
    }

    private static func switchInto(_ call: Call) async throws -> Answer {
        // The token goes into the browser's cookie, so a caller without one would lose it.
        guard call.isByCookie else { throw Problem(403, "browser_only", t("This page switches a browser. With a token, use the API.")) }
        let form = try call.form()
        do {
            let switched = try await call.enterpriseWrite { permit, tx, ledger in
                let id: AccountID = try call.id()
                _ = try Accounts.find(id, permit, tx)
                let fields = try Fields(JSON(members: form.texts("reason")))
                let reason = fields.optionalText("reason", 1...500, multiline: true)
                try fields.finish()
                return try Accounts.switchInto(id, because: reason, call.origin, permit, tx, ledger)
            }
            return ParentLogins.enter(switched.token, from: call, .see(call.house.paths.home))
        } catch let problem as Problem where problem.isAboutInput {
            return try await switchPage(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }
}

/// What the administrator who asks may do to accounts.
struct AccountRights {
    let manage: Bool
    let switchInto: Bool

    init(_ call: Call) {
        let permissions = call.caller?.principal.enterprise?.permissions ?? []
        manage = permissions.contains(.manageAccounts)
        switchInto = permissions.contains(.switchAccount)
    }
}
