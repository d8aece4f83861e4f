import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SignInFeature

/// The enterprise's accounts: the list, disabling, switching. `AccountForm` creates and edits.
enum AccountsPages {
    static let path = "/accounts"

    private static let any = Route.Needs.need(.enterprise(nil))
    private static let manage = Route.Needs.need(.enterprise(.manageAccounts))
    private static let switches = Route.Needs.need(.enterprise(.switchAccount))

    static let routes: [Route] = [
        .get(path, any, handler: list),
        .get(path + "/new", manage, handler: AccountForm.new),
        .post(path, manage, handler: AccountForm.create),
        .get(path + "/{id}", any, handler: AccountForm.edit),
        .post(path + "/{id}", manage, handler: AccountForm.save),
        .get(path + "/{id}/disable", manage, handler: askDisable),
        .post(path + "/{id}/disable", manage) { try await setDisabled(true, $0) },
        .post(path + "/{id}/enable", manage) { try await setDisabled(false, $0) },
        .get(path + "/{id}/switch", switches, handler: askSwitch),
        .post(path + "/{id}/switch", switches, stepUp: .secondStep, handler: switchInto),
    ]

    static func own(_ account: Account) -> String { "\(path)/\(account.id)" }

    // MARK: List

    private static func list(_ call: Call) async throws -> Answer {
        let asked = AccountsAsked(call.pageQuery())
        let now = call.now
        let (page, tree, numbers) = try await call.enterpriseRead { permit, tx in
            let tree = try Groups.tree(permit, tx)
            let page = try Accounts.list(asked.filter(tree), PageRequest(after: asked.after), permit, tx)
            return (page, tree, try Accounts.numbers(of: page.items.map(\.id), at: now, permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let may = AccountRights(call)
        let new = may.manage ? [parts.link(t("Create %1", wordInside(.account)), to: path + "/new", icon: "plus", primary: true)] : []
        let head = parts.head(
            "\(word(.accounts))", lead: t("One for each branch, property or client. Nothing crosses from one to another."),
            actions: page.items.isEmpty && !asked.isNarrowed ? [] : new)
        guard !page.items.isEmpty || asked.isNarrowed else {
            return frame.page(word(.accounts), at: .accounts, head + done(call, parts) + empty(may, new, parts))
        }
        let list: HTML
        if page.items.isEmpty {
            let clear: HTML = "<a class=\"btn\" href=\"\(path)\">\(t("Clear search and filters"))</a>"
            list = parts.empty(t("Nothing matches"), t("None fits this search and these filters."), icon: "search", actions: [clear])
        } else {
            list =
                parts.table(
                    caption: t("%1, newest first", word(.accounts)),
                    columns: [t("Name"), t("Group"), word(.users), t("Last sign-in"), t("Status"), ""],
                    rows: page.items.map { row($0, group: $0.group.map(tree.path), numbers[$0.id] ?? AccountNumbers(), may, parts) })
                + parts.pager(count(page, isFirst: asked.after == nil), older: page.next.map(asked.older))
        }
        return frame.page(word(.accounts), at: .accounts, head + done(call, parts) + asked.tools(tree, parts) + list)
    }

    private static func empty(_ may: AccountRights, _ new: [HTML], _ parts: Parts) -> HTML {
        let text =
            may.manage
            ? t("Create the first one, then switch into it: there you add its API keys and its users.")
            : t("None exists yet in the groups that you work in. An administrator who manages accounts creates them.")
        return parts.empty(t("No %1 yet", wordInside(.accounts)), text, icon: "building", actions: new)
    }

    private static func count(_ page: Page<Account>, isFirst: Bool) -> String {
        guard isFirst, page.next == nil else { return t("Newest first") }
        return page.items.count == 1 ? "1 " + wordInside(.account) : "\(page.items.count) " + wordInside(.accounts)
    }

    private static func row(_ account: Account, group: String?, _ numbers: AccountNumbers, _ may: AccountRights, _ parts: Parts) -> HTML {
        let own = own(account)
        let leadsIn = may.switchInto && !account.isDisabled
        var items: [Parts.MenuItem] = []
        if leadsIn { items.append(.init(t("Switch into"), own + "/switch", icon: "switch", asks: true)) }
        items.append(may.manage ? .init(t("Edit"), own, icon: "edit") : .init(t("View"), own, icon: "eye"))
        if may.manageUsers { items.append(.init(word(.users), own + "/users", icon: "users")) }
        if may.manage {
            items.append(
                account.isDisabled
                    ? .init(t("Enable"), own, icon: "check") : .init(t("Disable"), own + "/disable", icon: "ban", dangerous: true, asks: true))
        }
        let region = account.region.map { region -> HTML in "<span class=\"sub\"><bdi>\(region)</bdi></span>" }
        let people: HTML = may.manageUsers ? "<a href=\"\(own)/users\">\(numbers.users)</a>" : "\(numbers.users)"
        return """
            <tr\(attribute: "class", account.isDisabled ? "off" : nil)><th scope="row"><a href="\(own)"><bdi>\(account.name)</bdi></a>\(region)</th>
            \(parts.cell(t("Group"), text(group)))\(parts.cell(word(.users), people))\
            \(parts.cell(t("Last sign-in"), parts.time(numbers.lastSignInAt, ago: true, none: t("Never"))))
            \(parts.cell(t("Status"), status(account, parts)))\(parts.menuCell(parts.menu(for: account.name, items)))</tr>
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
        case .switchOver:
            parts.alert(
                "\(t("You were switched back: the time was over, or what you had switched into was taken away. You are not in it any more."))",
                tone: .warning)
        case .switchedBack: parts.alert("\(t("You switched back. You are at the enterprise level again."))")
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
        let (account, rules) = try await call.enterpriseRead { permit, tx in
            (try Accounts.find(call.id(), permit, tx), try Switching.Rules(at: now, permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let title = t("Switch into %1", account.name)
        guard !account.isDisabled else {
            let main: HTML = """
                \(parts.head("<bdi>\(account.name)</bdi>", crumbs: [(word(.accounts), path)]))
                \(parts.alert("\(t("This account is disabled. Enable it before you switch into it."))", tone: .warning))\(parts.link(t("Open the account"), to: own(account)))
                """
            return frame.page(title, at: .accounts, narrow: true, main, status: status)
        }
        let fields: HTML = """
            \(form.summary)<p class="muted">\(t("It is over at the latest:")) \(parts.time(rules.end))</p>
            \(form.text("reason", t("Reason"), help: t("Such as “support case 4711”. The account's history shows it."), optional: !rules.isReasonRequired))
            """
        let main = parts.confirm(
            title,
            t(
                """
                You act there as its manager until you switch back or the time is over. Everything you do is recorded: the account sees in \
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
    let manageUsers: Bool
    let switchInto: Bool

    init(_ call: Call) {
        let permissions = call.caller?.principal.enterprise?.permissions ?? []
        manage = permissions.contains(.manageAccounts)
        manageUsers = permissions.contains(.manageUsers)
        switchInto = permissions.contains(.switchAccount)
    }
}
