import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// Importing a list: first what it would do, line by line, then all of it.
enum PlaceImportPages {
    private static let path = PlacesPages.path
    private static let example = "name,kind,parent\nMain building,building,\nFloor 1,floor,Main building\n101,room,Main building/Floor 1"

    static func ask(_ call: Call) async throws -> Answer { page(call, nil, FormView(Parts(call.house.assets))) }

    static func go(_ call: Call) async throws -> Answer {
        let form = try call.form()
        let bytes = Array((form["lines"] ?? "").utf8)
        do {
            guard form["step"] == "import" else {
                let plan = try await call.read { permit, tx in try PlaceImport(bytes, at: call.now, permit, tx).requireRight() }
                return page(call, plan, FormView(Parts(call.house.assets), values: ["lines": [form["lines"] ?? ""]]))
            }
            let made = try await call.write { permit, tx, ledger in
                let plan = try PlaceImport(bytes, at: ledger.now, permit, tx).requireRight()
                try plan.apply(permit, tx, ledger)
                return plan.places.count
            }
            return .see(made == 0 ? path : Done.completed.at(path))
        } catch var problem as Problem where problem.isAboutInput {
            // So many are told at once; each names its line.
            problem.errors = problem.errors.prefix(20).map { .init("lines", $0.code, $0.message) }
            return page(call, nil, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    /// The form with the lines of a file, for browsers that cannot read it themselves, and for workbooks.
    static func load(_ call: Call) async throws -> Answer {
        let parts = Parts(call.house.assets)
        let (_, file) = try await call.receiveForm()
        guard let file else {
            return page(call, nil, FormView(parts, values: [:], refused: .invalid("file", "required", t("Choose a file."))), status: 422)
        }
        guard let lines = TableText.lines(file, most: PlaceImport.mostRows + 1) else {
            let problem = Problem.invalid(
                "file", "malformed_file", t("This is no table that can be read: neither text in UTF-8 nor a workbook (XLSX)."))
            return page(call, nil, FormView(parts, values: [:], refused: problem), status: 422)
        }
        return page(call, nil, FormView(parts, values: ["lines": [lines]]))
    }

    private static func page(_ call: Call, _ plan: PlaceImport?, _ form: FormView, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let section = form.section(
            t("The list"), id: "s-list",
            [
                form.area("lines", t("Lines"), rows: 10),
                """
                <p class="form-hint">\(t("The first line names the columns: name, kind (building, floor, room or area) and parent. The parent is the way from the top, as in this example:"))</p>\
                <pre class="sample">\(example)</pre>
                """,
            ])
        // Whoever has seen what the lines would do, and is refused all the same, need not see it again.
        let isAgain = plan == nil && form.value("step") == "import"
        let main: HTML = """
            \(parts.head("\(t("Import places"))", lead: t("First you see line by line what it would do. Nothing is changed before you say so, and then all of it or nothing."), crumbs: [(word(.places), path)]))\
            \(form.summary)\(plan.map { judged($0, form, parts) })\
            <form method="post" action="\(path)/import/load" enctype="multipart/form-data" data-no-draft class="field">\
            <label class="form-label" for="file">\(t("From a file")) <span class="optional">\(t("CSV or XLSX"))</span></label>\
            <input class="form-control" type="file" id="file" name="file" accept=".csv,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" required>\
            \(form.problem(with: "file"))<button class="btn mt-2" type="submit">\(t("Take its lines"))</button></form>\
            <form method="post" action="\(path)/import">\(form.hidden("step", isAgain ? "import" : "check"))\(section)\
            \(form.actions(isAgain ? t("Import") : plan == nil ? t("Show what it would do") : t("Check again"), cancel: path))</form>
            """
        return frame.page(t("Import places"), at: .places, narrow: true, main, status: status)
    }

    /// What each line would do, and the button that does it.
    private static func judged(_ plan: PlaceImport, _ form: FormView, _ parts: Parts) -> HTML {
        let (new, there) = (plan.places.count, plan.rows.count - plan.places.count)
        let lead =
            new == 0
            ? t("Nothing to do: every one of these places is there already.")
            : there == 0
                ? t("All of these are new.")
                : there == 1
                    ? t("1 is there already; nothing is done about it.")
                    : t("%1 are there already; nothing is done about them.", String(there))
        let rows = plan.rows.prefix(500).map { row -> HTML in
            let outcome = row.outcome == .new ? parts.badge(t("New"), icon: "plus", tone: .good) : parts.badge(t("There already"), icon: "check")
            return """
                <tr><th scope="row"><bdi>\(row.name)</bdi></th>\(parts.cell(t("Line"), "\(row.line)"))\(parts.cell(t("Kind"), "\(row.kind)"))\
                \(parts.cell(t("Lies in"), "<bdi>\(row.path.joined(separator: " / "))</bdi>"))\(parts.cell(t("What happens"), outcome))</tr>
                """
        }
        let more: HTML = plan.rows.count > rows.count ? "<p class=\"muted\">\(t("Only the first %1 lines are shown.", String(rows.count)))</p>" : ""
        let button: HTML = """
            <form method="post" action="\(path)/import">\(form.hidden("step", "import"))\(form.hidden("lines", form.value("lines")))\
            \(form.actions(new == 1 ? t("Import 1 place") : t("Import %1 places", String(new)), cancel: path))</form>
            """
        let columns = [t("Name"), t("Line"), t("Kind"), t("Lies in"), t("What happens")]
        return """
            \(parts.alert("\(lead)"))\(parts.table(caption: t("What would happen"), columns: columns, rows: Array(rows)))\(more)\(if: new > 0, button)
            """
    }
}
