import HTTPTypes
import LatchkeyAccess
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Settings > Users > Exports: what one has asked for, and asking for more.
struct ExportsPages: Sendable {
    private static let own = "/settings/exports"
    /// Where it is for whoever looks: in their own account, or in one that they named.
    static var path: String { Inside.path(own) }
    private let shared: ExportRoutes

    init(_ shared: ExportRoutes) { self.shared = shared }

    var routes: [Route] {
        [
            .get(Self.own, ExportRoutes.read, alsoInAccounts: true, handler: list),
            .get(Self.own + "/new", ExportRoutes.read, alsoInAccounts: true, handler: new),
            .post(Self.own, ExportRoutes.read, alsoInAccounts: true, stepUp: .secondStep, handler: create),
            .get(Self.own + "/{id}", ExportRoutes.read, alsoInAccounts: true, handler: show),
            .get(Self.own + "/{id}/file", ExportRoutes.read, alsoInAccounts: true, handler: file),
            .post(Self.own + "/{id}/delete", ExportRoutes.read, alsoInAccounts: true, handler: delete),
        ]
    }

    private func list(_ call: Call) async throws -> Answer {
        let page = PageRequest(after: call.pageQuery()["after"].flatMap(Cursor.init(text:)))
        let exports = try await call.read { permit, tx in try Exports.list(page, at: call.now, permit, tx) }
        let frame = Frame(call)
        let parts = frame.parts
        let new = parts.link(t("New export"), to: Self.path + "/new", icon: "plus", primary: true)
        let head = parts.head(
            "\(t("Exports"))", lead: t("Files that you asked for. They are yours alone, and gone after a day."),
            crumbs: [(word(.users), call.house.paths.users)], actions: [new])
        let done: HTML = Done(call) == .deleted ? parts.alert("\(t("The export was deleted."))") : ""
        if exports.items.isEmpty {
            let text = t(
                "Export who may sign in, what each may do and which role gives it, as CSV or as a workbook: for an access review, or to keep.")
            return frame.page(
                t("Exports"), at: .users, head + done + parts.empty(t("No exports yet"), text, icon: "table", actions: [new]))
        }
        let rows = exports.items.map { export -> HTML in
            let own = "\(Self.path)/\(export.id)"
            let fetch: HTML =
                export.state == .ready
                ? "<a class=\"btn btn-sm\" href=\"\(own)/file\" download>\(t("Download"))</a>" : "<a href=\"\(own)\">\(t("Look"))</a>"
            return """
                <tr><th scope="row"><a href="\(own)">\(label(export))</a><span class="sub">\(export.format.rawValue.uppercased())\
                \(if: !narrowed(export).isEmpty, " · \(narrowed(export))")</span></th>\
                \(parts.cell(t("State"), badge(export, parts)))\(parts.cell(t("Rows"), "\(export.rows.map { String($0) } ?? "")"))\
                \(parts.cell(t("Asked for"), parts.time(export.createdAt, ago: true)))\(parts.cell(t("File"), fetch))</tr>
                """
        }
        let columns = [t("What"), t("State"), t("Rows"), t("Asked for"), t("File")]
        let count = exports.items.count == 1 ? t("1 export") : t("%1 exports", String(exports.items.count))
        return frame.page(
            t("Exports"), at: .users,
            head + done + parts.table(caption: t("Exports, newest first"), columns: columns, rows: rows)
                + parts.pager(count, older: exports.next.map { Self.path + "?after=" + $0.text }))
    }

    private func show(_ call: Call) async throws -> Answer {
        let export = try await call.read { permit, tx in try Exports.find(call.id(), at: call.now, permit, tx) }
        let frame = Frame(call)
        let parts = frame.parts
        let own = "\(Self.path)/\(export.id)"
        let facts: [(String, HTML)] = [
            (t("What"), "\(label(export))"), (t("Narrowed to"), "\(narrowed(export).isEmpty ? t("Everything") : narrowed(export))"),
            (t("Format"), "\(export.format.rawValue.uppercased())"), (t("State"), badge(export, parts)),
            (t("Rows"), "\(export.rows.map { String($0) } ?? "")"), (t("Asked for"), parts.time(export.createdAt)),
            (t("Kept until"), parts.time(export.expiresAt)),
        ]
        let notice: HTML
        switch export.state {
        case .running:
            notice = parts.alert(
                "\(t("The file is being made. This page looks again by itself; you may go on with something else."))", tone: .warning)
        case .failed: notice = parts.alert("\(sentence(export.failure))", tone: .danger)
        case .ready: notice = parts.alert("\(t("The file is ready."))")
        }
        let fetch: [HTML] =
            export.state == .ready
            ? ["<a class=\"btn btn-primary\" href=\"\(own)/file\" download>\(parts.icon("table"))\(t("Download"))</a>"] : []
        let main: HTML = """
            \(parts.head("\(label(export))", crumbs: [(word(.users), call.house.paths.users), (t("Exports"), Self.path)], actions: fetch))\(notice)\
            \(parts.card(t("Details"), parts.details(facts)))\
            <form method="post" action="\(own)/delete"><button class="btn" type="submit">\(t("Delete this export"))</button></form>
            """
        var answer = frame.page(label(export), at: .users, narrow: true, main)
        if export.state == .running, let refresh = HTTPField.Name("Refresh") { answer.headers[refresh] = "2" }
        return answer
    }

    private func file(_ call: Call) async throws -> Answer { try await shared.file(call) {} }

    private func delete(_ call: Call) async throws -> Answer {
        try await shared.forget(call) {}
        return .see(Done.deleted.at(Self.path))
    }

    // MARK: Asking

    private func new(_ call: Call) async throws -> Answer {
        try call.requireMayExport()
        let query = call.pageQuery()
        var values = Dictionary(Self.filters.compactMap { name in query[name].map { (name, [$0]) } }, uniquingKeysWith: +)
        let sources = try allowed(call)
        values["kind"] = [sources.first { $0.kind == query["kind"] }?.kind ?? sources.first?.kind ?? ""]
        values["format"] = ["xlsx"]
        return try page(call, FormView(Parts(call.house.assets), values: values))
    }

    private func create(_ call: Call) async throws -> Answer {
        try call.requireMayExport()
        let form = try call.form()
        do {
            // What narrows one kind and not another is left out where it does not fit.
            let kind = form["kind"] ?? ""
            let filters = shared.sources.first { $0.kind == kind }?.filters ?? []
            let members = form.texts("kind", "format") + filters.compactMap { name in (form[name] ?? "").isEmpty ? nil : (name, JSON(form[name])) }
            let (_, export) = try await shared.ask(call) { try Fields(JSON(members: members)) }
            return .see(export.map { "\(Self.path)/\($0.id)" } ?? Self.path)
        } catch let problem as Problem where problem.isAboutInput {
            return try page(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    private static let filters = ["search", "status", "role", "screen", "level", "place"]

    private func allowed(_ call: Call) throws -> [any ExportSource] {
        let access = try call.principal().access
        return shared.sources.filter { source in access.map { (try? source.require($0)) != nil } ?? false }
    }

    private func page(_ call: Call, _ form: FormView, status: Int = 200) throws -> Answer {
        let frame = Frame(call)
        let kinds = try allowed(call).map { (value: $0.kind, text: $0.label, help: $0.explanation) }
        let formats = [
            (value: TableFormat.xlsx.rawValue, text: t("Workbook (XLSX)"), help: t("For Excel, LibreOffice and the like.")),
            (
                value: TableFormat.csv.rawValue, text: t("CSV"),
                help: t("Comma-separated values in UTF-8. What might be a formula begins with an apostrophe.")
            ),
        ]
        let kept = Self.filters.filter { !form.value($0).isEmpty }
        let narrowed: HTML =
            kept.isEmpty
            ? ""
            : "<p class=\"form-hint\">\(t("Of users, those alone that your list showed:")) <strong>\(kept.map { "\($0) \(form.value($0))" }.joined(separator: ", "))</strong></p>"
        let hidden = kept.map { form.hidden($0, form.value($0)) }
        let main: HTML = """
            \(frame.parts.head("\(t("New export"))", lead: t("The file has what you may see, at the moment in which it is made. History tells that it was made, with how many rows."), crumbs: [(word(.users), call.house.paths.users), (t("Exports"), Self.path)]))\
            \(form.summary)<form method="post" action="\(Self.path)">\(hidden)\
            \(form.section(t("Export"), id: "s-export", [form.radios("kind", t("What"), kinds), narrowed, form.radios("format", t("As"), formats)]))\
            \(form.actions(t("Export"), cancel: Self.path))</form>
            """
        return frame.page(t("New export"), at: .users, narrow: true, main, status: status)
    }

    // MARK: Looks

    private func label(_ export: Export) -> String { shared.sources.first { $0.kind == export.kind }?.label ?? export.kind }

    private func narrowed(_ export: Export) -> String {
        export.filter.members.map { "\($0.0) \($0.1.text ?? "")" }.joined(separator: ", ")
    }

    private func badge(_ export: Export, _ parts: Parts) -> HTML {
        switch export.state {
        case .running: parts.badge(t("In the making"), icon: "clock", tone: .warning)
        case .ready: parts.badge(t("Ready"), icon: "check", tone: .good)
        case .failed: parts.badge(t("Failed"), icon: "error", tone: .bad)
        }
    }

    private func sentence(_ failure: Export.Failure?) -> String {
        switch failure {
        case .notAllowed: t("There is no file: meanwhile you were no longer allowed to see what would be in it.")
        case .tooLarge: t("There is no file: it would have been too large. Narrow it down.")
        case .interrupted: t("There is no file: it took too long, or the server was stopped meanwhile. Ask for it again.")
        case .failed, nil: t("There is no file: something went wrong. Ask for it again.")
        }
    }
}
