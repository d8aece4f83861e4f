import HTTPTypes
import LatchkeyAccess
import LatchkeyFiles
import LatchkeyGate
import LatchkeyWeb
import PlacesFeature

/// Settings > Users > Import: first what a table would do, line by line, then all of it.
package enum ImportsPages {
    private static let own = "/settings/users/import"
    private static var path: String { Inside.path(own) }
    private static let full = Route.Needs.need(.screen(.users, .full))
    /// Of what is wrong, and of what would be made, so many lines are shown.
    private static let mostShown = 200

    package static let routes: [Route] = [
        .get(own, full, alsoInAccounts: true, handler: ask),
        .get(own + "/template.csv", full, alsoInAccounts: true, handler: template),
        .post(own, full, alsoInAccounts: true, upload: .multipart(limit: 2 * UserImport.mostBytes, fields: UserImport.mostBytes), handler: go),
    ]

    private static func ask(_ call: Call) async throws -> Answer { page(call, nil, FormView(Parts(call.house.assets), values: ["mails": ["yes"]])) }

    private static func go(_ call: Call) async throws -> Answer {
        let (fields, file) = try await call.receiveForm()
        let bytes = file ?? Array((fields["lines"] ?? "").utf8)
        let mails = fields.isTicked("mails")
        if bytes.isEmpty {
            let problem = Problem.invalid("file", "required", t("Choose a file, or paste lines."))
            return page(call, nil, FormView(Parts(call.house.assets), refused: fields, problem), status: 422)
        }
        if fields["step"] == "import" {
            do {
                let made = try await call.write { permit, tx, ledger in
                    try Imports.run(bytes, mails: mails, call.house, permit, tx, ledger).rows.count
                }
                return .see(made == 0 ? call.house.paths.users : Done.completed.at(call.house.paths.users))
            } catch let problem as Problem where problem.isAboutInput && problem.status != 422 {
                return page(call, nil, FormView(Parts(call.house.assets), refused: fields, problem), status: problem.status)
            } catch let problem as Problem where problem.status == 422 {
                // Something has changed since the dry run, which says it in its own way.
            }
        }
        let plan = try await Imports.rehearse(bytes, mails: mails, call)
        let values = ["lines": [TableText.lines(bytes, most: UserImport.mostRows + 1) ?? ""], "mails": mails ? ["yes"] : []]
        return page(call, plan, FormView(Parts(call.house.assets), values: values), status: plan.errors.isEmpty ? 200 : 422)
    }

    // MARK: Looks

    private static func page(_ call: Call, _ plan: UserImport?, _ form: FormView, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let upload: HTML = """
            <div class="field"><label class="form-label" for="file">\(t("A file")) <span class="optional">\(t("CSV or XLSX"))</span></label>\
            <input class="form-control" type="file" id="file" name="file" accept=".csv,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet">\
            \(form.problem(with: "file"))</div>
            """
        let columns: HTML = """
            <p class="form-hint">\(t("The first line names the columns: email, first_name, last_name and roles, and where wanted username, api_keys, places, ends_at, must_change_password and password_hash. Roles, keys and places go by name, several with a semicolon between them; a place by the way to it, Main building/Floor 1.")) \
            <a href="\(path)/template.csv" download>\(t("Download a template"))</a></p>
            """
        let main: HTML = """
            \(parts.head("\(t("Import %1", wordInside(.users)))", lead: t("First you see line by line what it would do. Nothing is changed before you say so, and then all of it or nothing."), crumbs: [(word(.users), call.house.paths.users)]))\
            \(form.summary)\(plan.map { judged($0, form, parts) })<form method="post" action="\(path)" enctype="multipart/form-data" data-no-draft>\(form.hidden("step", "check"))\
            \(form.section(t("The list"), id: "s-list", [upload, form.area("lines", t("Or lines, pasted"), rows: 8, optional: true), columns]))\
            \(form.section(t("Mail"), id: "s-mail", [form.check("mails", t("Mail those without a password a link to choose one"))]))\
            \(form.actions(plan == nil ? t("Show what it would do") : t("Check again"), cancel: call.house.paths.users))</form>
            """
        return frame.page(t("Import %1", wordInside(.users)), at: .users, narrow: true, main, status: status)
    }

    private static func judged(_ plan: UserImport, _ form: FormView, _ parts: Parts) -> HTML {
        plan.errors.isEmpty ? made(plan, form, parts) : wrong(plan, parts)
    }

    private static func wrong(_ plan: UserImport, _ parts: Parts) -> HTML {
        let errors = plan.errors
        let lead =
            errors.count == 1
            ? t("One thing is wrong. Nobody would be imported.") : t("%1 things are wrong. Nobody would be imported.", String(errors.count))
        let rows = errors.prefix(mostShown).map { error -> HTML in
            let place = error.field.split(separator: ".")
            let (line, field) = (place.count > 1 ? String(place[1]) : "", place.count > 2 ? String(place[2]) : "")
            return """
                <tr><th scope="row">\(line)</th>\(parts.cell(t("Column"), "\(field)"))\(parts.cell(t("What is wrong"), "<bdi>\(error.message)</bdi>"))</tr>
                """
        }
        let alert: HTML = "<div class=\"alert alert-danger\" role=\"alert\" tabindex=\"-1\" data-focus>\(parts.icon("error"))<div>\(lead)</div></div>"
        return """
            \(alert)\(parts.table(caption: t("What is wrong"), columns: [t("Line"), t("Column"), t("What is wrong")], rows: Array(rows)))\
            \(more(errors.count))
            """
    }

    /// What each line would make, and the button that does it.
    private static func made(_ plan: UserImport, _ form: FormView, _ parts: Parts) -> HTML {
        let count = plan.rows.count
        if count == 0 { return parts.alert("\(t("There is nobody in this list."))", tone: .warning) }
        let rows = plan.rows.prefix(mostShown).map { row -> HTML in
            let password =
                row.hash != nil
                ? parts.badge(t("Brought along"), icon: "lock")
                : plan.mails ? parts.badge(t("A link is mailed"), icon: "mail") : parts.badge(t("None yet"), icon: "st-pending")
            return """
                <tr><th scope="row"><bdi>\(row.name)</bdi><span class="sub"><bdi>\(row.username)</bdi></span></th>\(parts.cell(t("Line"), "\(row.line)"))\
                \(parts.cell(word(.role), "<bdi>\(row.roles.joined(separator: ", "))</bdi>"))\(parts.cell(t("Password"), password))</tr>
                """
        }
        let button: HTML = """
            <form method="post" action="\(path)" enctype="multipart/form-data" data-no-draft>\(form.hidden("step", "import"))\
            \(if: plan.mails, form.hidden("mails", "yes"))\(form.hidden("lines", form.value("lines")))\
            \(form.actions(count == 1 ? t("Import 1 person") : t("Import %1 people", String(count)), cancel: Inside.path("/settings/users")))</form>
            """
        return """
            \(parts.alert("\(count == 1 ? t("1 person would be added.") : t("%1 people would be added.", String(count)))"))\
            \(parts.table(caption: t("Who would be added"), columns: [t("Name"), t("Line"), word(.role), t("Password")], rows: Array(rows)))\
            \(more(count))\(button)
            """
    }

    private static func more(_ count: Int) -> HTML {
        count > mostShown ? "<p class=\"muted\">\(t("Only the first %1 lines are shown.", String(mostShown)))</p>" : ""
    }

    // MARK: The template

    private static func template(_ call: Call) async throws -> Answer {
        let columns = [
            "email", "username", "first_name", "last_name", "roles", "api_keys", "places", "ends_at", "must_change_password", "password_hash",
        ]
        let writer = try CSVWriter(columns)
        return Answer(
            200, .bytes(writer.take(), type: TableFormat.csv.mediaType),
            headers: [.contentDisposition: "attachment; filename=\"latchkey-users.csv\"", .cacheControl: "private, no-store"])
    }
}
