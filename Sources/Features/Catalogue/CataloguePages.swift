import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The catalogue of the account: what there is, and its text to edit.
package enum CataloguePages {
    private static let path = "/settings/catalogue"
    private static let read = Route.Needs.need(.screen(.catalogue, .read))
    private static let full = Route.Needs.need(.screen(.catalogue, .full))

    package static let routes: [Route] = [
        .get(path, read, handler: show),
        .get(path + "/text", read, handler: text),
        .get(path + "/edit", full, handler: edit),
        .post(path + "/edit", full, handler: save),
        .post(
            path + "/load", full, leaves: .nothing(because: "It puts a file's text into the form, and changes nothing."),
            upload: .multipart(limit: 1 << 20),
            handler: load),
        .post(
            path + "/check", full, leaves: .nothing(because: "It says what another catalogue would change, and changes nothing."), handler: check),
    ]

    // MARK: What there is

    private static func show(_ call: Call) async throws -> Answer {
        let catalogue = try await call.read { permit, tx in try Catalogues.find(permit, tx) }
        let frame = Frame(call)
        let parts = frame.parts
        let mayEdit = try call.principal().access?.level(of: .catalogue) == .full
        let download = parts.link(t("Download"), to: path + "/text", icon: "download")
        let edit = parts.link(t("Edit"), to: path + "/edit", icon: "edit", primary: true)
        let head = parts.head(
            "\(t("Catalogue"))",
            lead: t("What there is to grant in this account beside Latchkey's own pages, and the words and the menu of its console."),
            actions: mayEdit ? [download, edit] : [download])
        let done = Done(call) == .saved ? parts.alert("\(t("The catalogue was saved. It counts from everybody's next click on."))") : ""
        return frame.page(t("Catalogue"), at: .catalogue, head + done + CatalogueLook(catalogue, parts).html)
    }

    private static func text(_ call: Call) async throws -> Answer {
        let catalogue = try await call.read { permit, tx in try Catalogues.find(permit, tx) }
        var answer = Answer(200, .bytes(Array(CatalogueText.yaml(catalogue).utf8), type: "application/yaml; charset=utf-8"))
        answer.headers[.contentDisposition] = "attachment; filename=\"catalogue.yaml\""
        return answer
    }

    // MARK: Edit

    private static func edit(_ call: Call) async throws -> Answer {
        let catalogue = try await call.read { permit, tx in try Catalogues.find(permit, tx) }
        let form = FormView(Parts(call.house.assets), values: ["text": [CatalogueText.yaml(catalogue)]])
        return editPage(call, form, version: catalogue.tag.text)
    }

    /// The form with the text of a file, for browsers that cannot read it themselves.
    private static func load(_ call: Call) async throws -> Answer {
        let catalogue = try await call.read { permit, tx in try Catalogues.find(permit, tx) }
        let parts = Parts(call.house.assets)
        let (_, file) = try await call.receiveForm()
        guard let text = file.flatMap({ String(validating: $0, as: UTF8.self) }) else {
            let problem = Problem.invalid("file", "required", t("Choose a file with text in UTF-8."))
            let view = FormView(parts, values: ["text": [CatalogueText.yaml(catalogue)]], refused: problem)
            return editPage(call, view, version: catalogue.tag.text, status: 422)
        }
        return editPage(call, FormView(parts, values: ["text": [text]]), version: catalogue.tag.text)
    }

    private static func fields(_ form: FormData) throws -> Fields {
        do { return try Fields(CatalogueYAML.parse(Array((form["text"] ?? "").utf8))) } catch let error as CatalogueYAML.Malformed {
            throw error.problem
        }
    }

    private static func save(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            _ = try await call.write { permit, tx, ledger in
                try Catalogues.replace({ try fields(form) }, match: form.requireVersion, permit, tx, ledger)
            }
            return .see(Done.saved.at(path))
        } catch let problem as Problem where problem.isAboutInput { return try await refused(call, form, problem) }
    }

    /// Says what saving would do.
    private static func check(_ call: Call) async throws -> Answer {
        let form = try call.form()
        let now = call.now
        do {
            let revision = try await call.read { permit, tx in try Catalogues.preview(fields(form), at: now, permit, tx) }
            let parts = Parts(call.house.assets)
            let shown = FormView(parts, values: ["text": [form["text"] ?? ""]])
            return editPage(call, shown, version: form["version"] ?? "", CatalogueLook.outcome(revision, parts))
        } catch let problem as Problem where problem.isAboutInput { return try await refused(call, form, problem) }
    }

    /// The form again, with each thing that is wrong at its place in the text.
    private static func refused(_ call: Call, _ form: FormData, _ problem: Problem) async throws -> Answer {
        let stored = try await call.read { permit, tx in try Catalogues.find(permit, tx).tag }
        var told = problem
        // Here the text is a field like any other.
        if problem.status == 400 { told.status = 422 }
        if problem.status == 400, problem.errors.isEmpty { told.errors = [.init("text", problem.code, problem.detail)] }
        told.errors = told.errors.map { error in
            Problem.Field("text", error.code, error.field == "text" ? error.message : "\(error.field): \(error.message)")
        }
        let view = FormView(Parts(call.house.assets), refused: form, told)
        return editPage(call, view, version: form.version(after: problem, stored: stored), status: told.status)
    }

    private static func editPage(_ call: Call, _ form: FormView, version: String, _ outcome: HTML = "", status: Int = 200) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let help = t(
            """
            Parts that you leave out stay as they are, but screens and functions have to be there. Screens, functions and built-in roles that \
            somebody has cannot vanish.
            """)
        let main: HTML = """
            \(parts.head("\(t("Edit catalogue"))", crumbs: [(t("Catalogue"), path)]))
            \(form.summary)\(outcome)<form method="post" action="\(path)/load" enctype="multipart/form-data" data-no-draft class="field">\
            <label class="form-label" for="file">\(t("Take the text from a file"))</label>\
            <input class="form-control" type="file" id="file" name="file" accept=".yaml,.yml,.json" data-load-into="text" required>\
            \(form.problem(with: "file"))<button class="btn plain-only mt-2" type="submit">\(t("Take its text"))</button></form>
            <form method="post" action="\(path)/edit">\(form.hidden("version", version))
            <div class="yaml">\(form.area("text", t("The catalogue in YAML"), rows: 28, help: help))</div>
            <div class="form-actions"><button class="btn btn-primary" type="submit">\(t("Save changes"))</button>\
            <button class="btn" type="submit" formaction="\(path)/check">\(t("Show what would change"))</button>\
            <a class="btn" href="\(path)">\(t("Cancel"))</a></div></form>
            """
        return frame.page(t("Edit catalogue"), at: .catalogue, main, status: status)
    }
}
