import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Groups of accounts: the tree, what is in each, and who works in some groups only.
enum GroupsPages {
    static let path = "/groups"
    private static let any = Route.Needs.need(.enterprise(nil))
    private static let manage = Route.Needs.need(.enterprise(.manageGroups))
    private static let remove = Route.Needs.need(.enterprise(.removeGroups))

    static let routes: [Route] = [
        .get(path, any, handler: list),
        .get(path + "/new", manage, handler: new),
        .post(path, manage, handler: create),
        .get(path + "/{id}", any, handler: show),
        .post(path + "/{id}", manage, handler: save),
        .get(path + "/{id}/history", any, handler: history),
        .get(path + "/{id}/delete", remove, handler: askDelete),
        .post(path + "/{id}/delete", remove, handler: delete),
    ]

    static func own(_ group: Group) -> String { "\(path)/\(group.id)" }

    private struct Rights {
        let manages: Bool
        let removes: Bool

        init(_ call: Call) {
            let permissions = call.caller?.principal.enterprise?.permissions ?? []
            manages = permissions.contains(.manageGroups)
            removes = permissions.contains(.removeGroups)
        }
    }

    // MARK: List

    private static func list(_ call: Call) async throws -> Answer {
        let (tree, numbers) = try await call.enterpriseRead { permit, tx in
            let tree = try Groups.tree(permit, tx)
            return (tree, try Groups.numbers(tree, permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let rights = Rights(call)
        let new = rights.manages ? [parts.link(t("Create group"), to: path + "/new", icon: "plus", primary: true)] : []
        let head = parts.head(
            "\(t("Groups"))",
            lead: t("Regions, markets, brands: of %1 that belong together. An administrator may be limited to some.", wordInside(.accounts)),
            actions: tree.groups.isEmpty ? [] : new)
        let done = Done(call) == .deleted ? parts.alert("\(t("The group was deleted."))") : ""
        guard !tree.groups.isEmpty else {
            let empty = parts.empty(
                t("No groups yet"), t("Groups hold %1 and other groups, as deep as you like.", wordInside(.accounts)), icon: "cards", actions: new)
            return frame.page(t("Groups"), at: .groups, head + done + empty)
        }
        let table = parts.table(
            caption: t("Groups, each before what lies in it"), columns: [t("Name"), word(.accounts), t("Administrators"), ""],
            rows: tree.groups.map { row($0, tree, numbers[$0.id] ?? GroupNumbers(), rights, parts) })
        let hint: HTML = "<p class=\"form-hint\">\(t("Counts are of everything in a group, however deep."))</p>"
        return frame.page(t("Groups"), at: .groups, head + done + table + hint)
    }

    private static func row(_ group: Group, _ tree: GroupTree, _ numbers: GroupNumbers, _ rights: Rights, _ parts: Parts) -> HTML {
        let above = tree.above(group.id)
        let sub: HTML = above.isEmpty ? "" : "<span class=\"sub\">\(t("in")) <bdi>\(above.map(\.name).joined(separator: " / "))</bdi></span>"
        var items: [Parts.MenuItem] = [
            rights.manages ? .init(t("Edit"), own(group), icon: "edit") : .init(t("View"), own(group), icon: "eye"),
            .init(t("History"), own(group) + "/history", icon: "history"),
        ]
        if rights.removes { items.append(.init(t("Delete"), own(group) + "/delete", icon: "x", dangerous: true, asks: true)) }
        let accounts: HTML = "<a href=\"\(AccountsPages.path)?group=\(group.id)\">\(numbers.accounts)</a>"
        return """
            <tr><th scope="row" class="depth-\(min(above.count, 6))"><a href="\(own(group))"><bdi>\(group.name)</bdi></a>\(sub)</th>
            \(parts.cell(word(.accounts), accounts))\(parts.cell(t("Administrators"), "\(numbers.administrators)"))
            \(parts.menuCell(parts.menu(for: group.name, items)))</tr>
            """
    }

    // MARK: Create

    private static func new(_ call: Call) async throws -> Answer {
        let parent = call.pageQuery()["in"] ?? ""
        return try await newPage(call, FormView(Parts(call.house.assets), values: ["parent": [parent]]))
    }

    private static func create(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let group = try await call.enterpriseWrite { permit, tx, ledger in
                let group = try Groups.draft(fields(form), at: ledger.now, permit, tx)
                try Groups.create(group, permit, tx, ledger)
                return group
            }
            return .see(Done.created.at(own(group)))
        } catch let problem as Problem where problem.isAboutInput {
            return try await newPage(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    private static func fields(_ form: FormData) throws -> Fields { try Fields(JSON(members: form.texts("name", "parent"))) }

    private static func newPage(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let tree = try await call.enterpriseRead { permit, tx in try Groups.tree(permit, tx) }
        let frame = Frame(call)
        let main: HTML = """
            \(frame.parts.head("\(t("Create group"))", crumbs: [(t("Groups"), path)]))\(form.summary)
            <form method="post" action="\(path)">\(inputs(form, choices(tree, of: nil, call)))
            \(form.actions(t("Create group"), cancel: path))</form>
            """
        return frame.page(t("Create group"), at: .groups, narrow: true, main, status: status)
    }

    private static func inputs(_ form: FormView, _ choices: [(value: String, text: String)]) -> HTML {
        form.section(t("Group"), id: "s-group", [form.text("name", t("Name")), form.select("parent", t("Lies in"), choices)])
    }

    /// Where a group may lie: not in itself. Who works in some groups only names one of them.
    private static func choices(_ tree: GroupTree, of group: Group?, _ call: Call) -> [(value: String, text: String)] {
        let within = group.map { tree.within($0.id) } ?? []
        let all = tree.groups.filter { !within.contains($0.id) }.map { (value: $0.id.description, text: tree.path($0.id)) }
        let mayBeOnTop = call.caller?.principal.enterprise?.groups == .all || group.map { $0.parent.flatMap { tree[$0] } == nil } ?? false
        if mayBeOnTop { return [(value: "", text: t("No other: on top"))] + all }
        return group == nil && all.count != 1 ? [(value: "", text: t("Choose a group"))] + all : all
    }

    // MARK: One group

    private struct Shown: Sendable {
        let group: Group
        let tree: GroupTree
        let numbers: GroupNumbers
        let accounts: Page<Account>
        let tag: ETag
    }

    private static func find(_ call: Call) async throws -> Shown {
        try await call.enterpriseRead { permit, tx in
            let group = try Groups.find(call.id(), permit, tx)
            let tree = try Groups.tree(permit, tx)
            let numbers = try Groups.numbers(tree, usersOf: group.id, permit, tx)
            return Shown(
                group: group, tree: tree, numbers: numbers[group.id] ?? GroupNumbers(),
                accounts: try Accounts.list(AccountFilter(groups: [group.id]), PageRequest(limit: 10), permit, tx),
                tag: ETag(group.json(visible: permit.access.groups)))
        }
    }

    private static func show(_ call: Call) async throws -> Answer {
        let shown = try await find(call)
        let parent = shown.group.parent.flatMap { shown.tree[$0] }?.id.description ?? ""
        let form = FormView(Parts(call.house.assets), values: ["name": [shown.group.name], "parent": [parent]])
        return page(call, shown, form, version: shown.tag.text)
    }

    private static func save(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let group = try await call.enterpriseWrite { permit, tx, ledger in
                let groups = permit.access.groups
                return try Groups.update(
                    call.id(), { try fields(form) }, match: { try form.requireVersion(ETag($0.json(visible: groups))) }, permit, tx, ledger)
            }
            return .see(Done.saved.at(own(group)))
        } catch let problem as Problem where problem.isAboutInput {
            let shown = try await find(call)
            let view = FormView(Parts(call.house.assets), refused: form, problem)
            return page(call, shown, view, version: form.version(after: problem, stored: shown.tag), status: problem.status)
        }
    }

    private static func page(_ call: Call, _ shown: Shown, _ form: FormView, version: String, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let rights = Rights(call)
        let (group, tree, numbers) = (shown.group, shown.tree, shown.numbers)
        let own = own(group)
        let done: HTML =
            switch Done(call) {
            case .created: parts.alert("\(t("The group was created."))")
            case .saved: parts.alert("\(t("The group was saved."))")
            default: ""
            }
        var actions: [HTML] = []
        if rights.manages { actions.append(parts.link(t("Create a group in it"), to: "\(path)/new?in=\(group.id)", icon: "plus")) }
        if rights.removes {
            actions.append(parts.menu(for: group.name, [.init(t("Delete"), own + "/delete", icon: "x", dangerous: true, asks: true)]))
        }
        let facts: [(String, HTML)] = [
            (word(.accounts), "<a href=\"\(AccountsPages.path)?group=\(group.id)\">\(numbers.accounts)</a>"), (word(.users), "\(numbers.users)"),
            (t("Groups in it"), "\(numbers.groups)"), (t("Limited administrators"), "\(numbers.administrators)"),
            (t("Created"), parts.time(group.createdAt)),
        ]
        let inside = tree.children(of: group.id).map { child -> HTML in
            "<li>\(parts.icon("cards"))<div><a href=\"\(self.own(child))\"><bdi>\(child.name)</bdi></a></div></li>"
        }
        let accounts = shown.accounts.items.map { account -> HTML in
            """
            <li>\(parts.icon("building"))<div><a href="\(AccountsPages.own(account))"><bdi>\(account.name)</bdi></a></div>\
            \(if: account.isDisabled, AccountsPages.status(account, parts))</li>
            """
        }
        let more: HTML =
            shown.accounts.next == nil ? "" : "<li><div><a href=\"\(AccountsPages.path)?group=\(group.id)\">\(t("All of them"))</a></div></li>"
        let content: HTML = inside.isEmpty && accounts.isEmpty ? "<li><div class=\"muted\">\(t("Nothing"))</div></li>" : "\(inside)\(accounts)\(more)"
        let main: HTML = """
            \(parts.head(
                "<bdi>\(group.name)</bdi>", crumbs: [(t("Groups"), path)] + tree.above(group.id).map { ($0.name, self.own($0)) }, actions: actions,
                withTabs: true))
            \(tabs(group, isHistory: false, parts))\(done)\(form.summary)
            <div class="split"><div><form method="post" action="\(own)">\(form.hidden("version", version))
            <fieldset class="plain"\(flag: "disabled", !rights.manages)>\(inputs(form, choices(tree, of: group, call)))</fieldset>
            \(if: rights.manages, form.actions(t("Save changes"), cancel: path))</form>
            <section class="card" aria-labelledby="in-it"><div class="card-header"><h2 id="in-it">\(t("What is in it"))</h2></div>\
            <ul class="items">\(content)</ul></section></div><div>\(parts.card(t("At a glance"), parts.details(facts)))</div></div>
            """
        return frame.page(group.name, at: .groups, main, status: status)
    }

    private static func tabs(_ group: Group, isHistory: Bool, _ parts: Parts) -> HTML {
        parts.tabs(group.name, [(t("Details"), own(group), !isHistory), (t("History"), own(group) + "/history", isHistory)])
    }

    private static func history(_ call: Call) async throws -> Answer {
        let after = call.pageQuery()["after"].flatMap(Cursor.init(text:))
        let (group, tree, page) = try await call.enterpriseRead { permit, tx in
            let group = try Groups.find(call.id(), permit, tx)
            let filter = HistoryFilter(subject: group.id.description)
            return (group, try Groups.tree(permit, tx), try EnterpriseHistory.find(filter, PageRequest(after: after), permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let head = parts.head(
            "<bdi>\(group.name)</bdi>", crumbs: [(t("Groups"), path)] + tree.above(group.id).map { ($0.name, own($0)) }, withTabs: true)
        let list = EnterprisePages.timeline(page, tree, at: own(group) + "/history", parts)
        return frame.page(group.name, at: .groups, head + tabs(group, isHistory: true, parts) + list)
    }

    // MARK: Delete

    private static func askDelete(_ call: Call) async throws -> Answer {
        let group = try await call.enterpriseRead { permit, tx in try Groups.find(call.id(), permit, tx) }
        let frame = Frame(call)
        let question = t("Delete %1?", group.name)
        let consequences = t(
            "It goes only if nothing is in it and no administrator is limited to it. What happened to it stays in the history.")
        let main = frame.parts.confirm(question, consequences, action: t("Delete"), path: own(group) + "/delete", back: own(group))
        return frame.page(question, at: .groups, narrow: true, main)
    }

    private static func delete(_ call: Call) async throws -> Answer {
        do {
            try await call.enterpriseWrite { permit, tx, ledger in try Groups.delete(call.id(), permit, tx, ledger) }
            return .see(Done.deleted.at(path))
        } catch let problem as Problem where problem.isAboutInput {
            let shown = try await find(call)
            let frame = Frame(call)
            let group = shown.group
            let view = FormView(frame.parts, refused: FormData(), problem)
            let inside: [(String, HTML)] = [
                (word(.accounts), "\(shown.numbers.accounts)"), (t("Groups"), "\(shown.numbers.groups)"),
                (t("Administrators limited to it"), "\(shown.numbers.administrators)"),
            ]
            let main: HTML = """
                \(frame.parts.head("<bdi>\(group.name)</bdi>", crumbs: [(t("Groups"), path)]))\(view.summary)
                \(frame.parts.card(t("In it"), frame.parts.details(inside)))
                \(frame.parts.link(t("Back"), to: own(group)))
                """
            return frame.page(group.name, at: .groups, narrow: true, main, status: problem.status)
        }
    }
}
