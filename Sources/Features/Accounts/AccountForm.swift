import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The form of one account. Who may not manage accounts sees it without being able to change it.
enum AccountForm {
    // MARK: What is typed

    private static let contactFields = ["first_name", "last_name", "phone", "email"]

    private static func input(_ form: FormData) -> JSON {
        let contact = contactFields.map { name in (name, form.texts("contact." + name).first?.1 ?? .null) }
        return JSON(
            members: form.texts("name", "group", "region") + (form["catalogue"].map { [("catalogue", .string($0))] } ?? []) + [
                ("contact", JSON(members: contact))
            ])
    }

    private static func values(_ account: Account) -> [String: [String]] {
        [
            "name": [account.name], "group": [account.group?.description ?? ""], "region": [account.region ?? ""],
            "contact.first_name": [account.contact?.firstName ?? ""], "contact.last_name": [account.contact?.lastName ?? ""],
            "contact.phone": [account.contact?.phone ?? ""], "contact.email": [account.contact?.email ?? ""],
        ]
    }

    // MARK: Create

    static func new(_ call: Call) async throws -> Answer {
        let usual = call.caller?.surroundings.enterpriseCatalogue?.id ?? ReadyCatalogue.inspection.rawValue
        let group = call.pageQuery()["group"] ?? ""
        return try await newPage(call, FormView(Parts(call.house.assets), values: ["catalogue": [usual], "group": [group]]))
    }

    /// The kinds of dashboard that a new account may have.
    private static var catalogues: [(value: String, text: String, help: String)] {
        ReadyCatalogue.allCases.map { catalogue in
            let help =
                switch catalogue {
                case .inspection: t("Sessions under API keys, sharable links, a role ADMIN and a role USER.")
                case .hotel: t("A building dashboard: floors, profiles, one sign-in for each person. No field work.")
                case .payments: t("Clients and their external users; who makes a payment does not authorize it. No field work.")
                case .own: t("An empty catalogue, which the account fills with its own screens and words.")
                }
            return (value: catalogue.rawValue, text: name(of: catalogue), help: help)
        }
    }

    static func name(of catalogue: ReadyCatalogue) -> String {
        switch catalogue {
        case .inspection: t("Inspection")
        case .hotel: t("Hotel")
        case .payments: t("Payments")
        case .own: t("Own")
        }
    }

    static func create(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            try await call.enterpriseWrite { permit, tx, ledger in
                let account = try Accounts.draft(Fields(input(form)), at: ledger.now, permit, tx)
                try Accounts.create(account, permit, tx, ledger)
            }
            return .see(Done.created.at(AccountsPages.path))
        } catch let problem as Problem where problem.isAboutInput {
            return try await newPage(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    private static func newPage(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let groups = try await call.enterpriseRead { permit, tx in try Groups.tree(permit, tx) }
        let frame = Frame(call)
        let kinds = form.radios("catalogue", t("Kind of dashboard"), catalogues)
        let main: HTML = """
            \(frame.parts.head("\(t("Create %1", wordInside(.account)))", crumbs: [(word(.accounts), AccountsPages.path)]))
            \(form.summary)<form method="post" action="\(AccountsPages.path)">\(fields(form, groups: choices(groups, of: nil, call), kinds: kinds))
            \(form.actions(t("Create %1", wordInside(.account)), cancel: AccountsPages.path))</form>
            """
        return frame.page(t("Create %1", wordInside(.account)), at: .accounts, narrow: true, main, status: status)
    }

    // MARK: Edit

    static func edit(_ call: Call) async throws -> Answer {
        let shown = try await find(call)
        let form = FormView(Parts(call.house.assets), values: values(shown.account))
        return editPage(call, shown, form, version: shown.account.tag.text)
    }

    /// An account with what its page says of it.
    private struct Shown: Sendable {
        let account: Account
        let tree: GroupTree
        let numbers: AccountNumbers
        /// Its own words, for the way to its own pages.
        let words: [Word: String]
        let changes: [HistoryEntry]
    }

    private static func find(_ call: Call) async throws -> Shown {
        try await call.enterpriseRead { permit, tx in
            let account = try Accounts.find(call.id(), permit, tx)
            return Shown(
                account: account, tree: try Groups.tree(permit, tx),
                numbers: try Accounts.numbers(of: [account.id], at: call.now, permit, tx)[account.id] ?? AccountNumbers(),
                words: try AccountFacts.of(account.id, permit, tx).catalogue.terms,
                changes: try EnterpriseHistory.find(HistoryFilter(subject: account.id.description), PageRequest(limit: 10), permit, tx).items)
        }
    }

    static func save(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            _ = try await call.enterpriseWrite { permit, tx, ledger in
                try Accounts.update(
                    call.id(), { try Fields(input(form)) }, match: form.requireVersion, permit, tx, ledger)
            }
            return .see(Done.saved.at("\(AccountsPages.path)/\(call.parameters["id"] ?? "")"))
        } catch let problem as Problem where problem.isAboutInput {
            let shown = try await find(call)
            let version = form.version(after: problem, stored: shown.account.tag)
            let refused = FormView(Parts(call.house.assets), refused: form, problem)
            return editPage(call, shown, refused, version: version, status: problem.status)
        }
    }

    private static func editPage(
        _ call: Call, _ shown: Shown, _ form: FormView, version: String, status: Int = 200
    ) -> Answer {
        let account = shown.account
        let frame = Frame(call)
        let parts = frame.parts
        let may = AccountRights(call)
        let own = AccountsPages.own(account)
        let switchInto = parts.link(t("Switch into"), to: own + "/switch", icon: "switch")
        let notice: HTML = """
            \(if: account.isDisabled, parts.alert("\(t("This account is disabled: nobody can sign in to it, and its API keys do not work."))", tone: .warning))\
            \(if: account.isDisabled && may.manage, """
            <form method="post" action="\(own)/enable" class="mb-2"><button class="btn" type="submit">\(parts.icon("check"))\(t("Enable"))</button></form>
            """)
            """
        let main: HTML = """
            \(parts.head(
                "<bdi>\(account.name)</bdi> \(AccountsPages.status(account, parts))", crumbs: [(word(.accounts), AccountsPages.path)],
                actions: may.switchInto && !account.isDisabled ? [switchInto] : [], withTabs: true))
            \(frame.accountTabs(account.id, name: account.name, shown.words, .accounts))\
            \(if: Done(call) == .saved, parts.alert("\(t("The account was saved."))"))\(notice)\(form.summary)
            \(parts.card(t("At a glance"), parts.details(facts(shown, parts))))<form method="post" action="\(own)">\(form.hidden("version", version))
            <fieldset class="plain"\(flag: "disabled", !may.manage)>\(fields(form, groups: choices(shown.tree, of: account, call)))</fieldset>
            \(if: may.manage, form.actions(t("Save changes"), cancel: AccountsPages.path))</form>
            \(EnterprisePages.changes(shown.changes, shown.tree, parts))
            """
        return frame.page(account.name, at: .accounts, narrow: true, main, status: status)
    }

    private static func facts(_ shown: Shown, _ parts: Parts) -> [(String, HTML)] {
        let numbers = shown.numbers
        let people = [
            t("%1 active", String(numbers.enabled)), numbers.pending > 0 ? t("%1 pending", String(numbers.pending)) : nil,
            numbers.disabled > 0 ? t("%1 disabled", String(numbers.disabled)) : nil,
        ].compactMap { $0 }
        return [
            (shown.words[.users] ?? Word.users.english, "\(people.joined(separator: ", "))"),
            (t("Last sign-in"), parts.time(numbers.lastSignInAt, ago: true, none: t("Never"))), (t("Created"), parts.time(shown.account.createdAt)),
            (t("Id"), "<button class=\"id\" type=\"button\" aria-label=\"\(t("Copy account id"))\">\(shown.account.id)</button>"),
        ]
    }

    // MARK: Fields

    /// Who works in some groups only names one of them; a new account has none until one is chosen.
    private static func choices(_ tree: GroupTree, of account: Account?, _ call: Call) -> [(value: String, text: String)] {
        let all = tree.groups.map { (value: $0.id.description, text: tree.path($0.id)) }
        if call.caller?.principal.enterprise?.groups == .all { return [(value: "", text: t("None"))] + all }
        return account == nil && all.count != 1 ? [(value: "", text: t("Choose a group"))] + all : all
    }

    private static func fields(_ form: FormView, groups: [(value: String, text: String)], kinds: HTML = "") -> HTML {
        """
        \(form.section(word(.account), id: "s-account", [
            form.text("name", t("Name")),
            form.row(form.select("group", t("Group"), groups), form.text("region", t("Region"), optional: true)),
            kinds,
        ]))
        \(form.section(t("Support contact"), lead: t("Shown under “Need help?” to everybody in the account."), id: "s-support", [
            form.row(
                form.text("contact.first_name", t("First name"), optional: true), form.text("contact.last_name", t("Last name"), optional: true)),
            form.row(
                form.text("contact.email", t("E-mail"), .email, optional: true),
                form.text("contact.phone", t("Phone"), .phone, help: t("With + and country code, such as +4915112345678."), optional: true)),
        ]))
        """
    }
}
