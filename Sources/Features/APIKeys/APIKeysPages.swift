import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// Developer > API keys.
package enum APIKeysPages {
    private static let path = "/developer/api-keys"

    package static let routes: [Route] = [
        .get(path, .need(.screen(.apiKeys, .read)), handler: list),
        .get(path + "/new", .need(.screen(.apiKeys, .full)), handler: new),
        .post(path, .need(.screen(.apiKeys, .full)), stepUp: .secondStep, handler: create),
        .get(path + "/{id}", .need(.screen(.apiKeys, .read)), handler: edit),
        .post(path + "/{id}", .need(.screen(.apiKeys, .full)), handler: save),
        .get(path + "/{id}/rotate", .need(.screen(.apiKeys, .full)), handler: askRotate),
        .post(path + "/{id}/rotate", .need(.screen(.apiKeys, .full)), stepUp: .secondStep, handler: rotate),
        .get(path + "/{id}/disable", .need(.screen(.apiKeys, .full)), handler: askDisable),
        .post(path + "/{id}/disable", .need(.screen(.apiKeys, .full))) { try await setDisabled(true, $0) },
        .post(path + "/{id}/enable", .need(.screen(.apiKeys, .full)), stepUp: .secondStep) { try await setDisabled(false, $0) },
        .get(path + "/{id}/delete", .need(.screen(.apiKeys, .full)), handler: askDelete),
        .post(path + "/{id}/delete", .need(.screen(.apiKeys, .full)), handler: delete),
        ThingHistory.page(path + "/{id}/history", .need(.screen(.apiKeys, .read)), at: .apiKeys, of: { (t("API keys"), path) }) { call, permit, tx in
            try APIKeys.find(call.id(), at: call.now, permit, tx).subject
        },
    ]

    // MARK: List

    private static func list(_ call: Call) async throws -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let after = call.pageQuery()["after"].flatMap(Cursor.init(text:))
        let page = try await call.read { permit, tx in try APIKeys.list(PageRequest(after: after), at: call.now, permit, tx) }
        let mayEdit = try call.principal().access?.level(of: .apiKeys) == .full
        let new = parts.link(t("Create API key"), to: path + "/new", icon: "plus", primary: true)
        let head = parts.head(
            "\(t("API keys"))",
            lead: t("Sessions are created under an API key. It decides whether they are live or test, and how long they may take."),
            actions: mayEdit ? [new] : [])
        guard !page.items.isEmpty else {
            let text = t("An API key lets your users, or your own systems, create sessions.")
            return frame.page(
                t("API keys"), at: .apiKeys, head + parts.empty(t("No API keys yet"), text, icon: "key", actions: mayEdit ? [new] : []))
        }
        let rows = page.items.map { row($0, parts, mayEdit: mayEdit) }
        let table = parts.table(
            caption: t("API keys"), columns: [t("Name"), t("Mode"), t("Status"), t("Sessions expire"), t("Created"), ""], rows: rows)
        let count = page.items.count == 1 ? t("1 API key") : t("%1 API keys", String(page.items.count))
        return frame.page(
            t("API keys"), at: .apiKeys,
            head + done(call, parts) + table + parts.pager(count, older: page.next.map { path + "?after=" + $0.text }))
    }

    private static func row(_ key: APIKey, _ parts: Parts, mayEdit: Bool) -> HTML {
        let own = "\(path)/\(key.id)"
        var items: [Parts.MenuItem] = []
        if mayEdit {
            items.append(.init(t("Edit"), own, icon: "edit"))
            items.append(.init(t("New secret"), own + "/rotate", icon: "refresh"))
        }
        items.append(.init(word(.history), own + "/history", icon: "history"))
        if mayEdit {
            items.append(
                key.isDisabled
                    ? .init(t("Enable"), own, icon: "check") : .init(t("Disable"), own + "/disable", icon: "ban", dangerous: true, asks: true))
            items.append(.init(t("Delete"), own + "/delete", icon: "x", dangerous: true, asks: true))
        }
        return """
            <tr\(attribute: "class", key.isDisabled ? "off" : nil)><th scope="row"><a href="\(own)">\(key.name)</a></th>
            \(parts.cell(t("Mode"), mode(key, parts)))\(parts.cell(t("Status"), status(key, parts)))
            \(parts.cell(t("Sessions expire"), "\(expiry(key.sessionExpiry))"))\(parts.cell(t("Created"), parts.time(key.createdAt)))
            \(parts.menuCell(parts.menu(for: key.name, items)))</tr>
            """
    }

    package static func mode(_ key: APIKey, _ parts: Parts) -> HTML {
        key.mode == .live ? parts.badge(t("Live"), tone: .info) : parts.badge(t("Test"), tone: .warning)
    }

    private static func status(_ key: APIKey, _ parts: Parts) -> HTML {
        key.isDisabled ? parts.badge(t("Disabled"), icon: "st-off") : parts.badge(t("Enabled"), icon: "st-on", tone: .good)
    }

    private static func expiry(_ expiry: APIKey.SessionExpiry) -> String {
        guard let seconds = expiry.seconds else { return t("Never") }
        let hours = seconds / 3600
        if hours == 1 { return t("After 1 hour") }
        return hours <= 72 ? t("After %1 hours", String(hours)) : t("After %1 days", String(hours / 24))
    }

    private static func done(_ call: Call, _ parts: Parts) -> HTML {
        switch Done(call) {
        case .saved: parts.alert("\(t("The API key was saved."))")
        case .disabled: parts.alert("\(t("The API key was disabled. Its secret works no longer; its sessions stay."))")
        case .enabled: parts.alert("\(t("The API key was enabled."))")
        case .deleted: parts.alert("\(t("The API key was deleted."))")
        default: ""
        }
    }

    // MARK: Create and edit

    private static func new(_ call: Call) async throws -> Answer {
        let form = FormView(Parts(call.house.assets), values: ["mode": ["live"], "session_expiry": ["never"], "completes": ["by_review"]])
        return formPage(call, nil, form)
    }

    private static func input(_ form: FormData) -> JSON {
        JSON(members: form.texts("name", "mode", "session_expiry", "redirect_url", "language", "completes"))
    }

    private static func create(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let (key, secret) = try await call.write { permit, tx, ledger in
                let key = try APIKeys.draft(Fields(input(form)), at: ledger.now)
                return (key, try APIKeys.create(key, permit, tx, ledger))
            }
            return secretPage(call, key, secret, title: t("%1 was created", key.name))
        } catch let problem as Problem where problem.isAboutInput {
            return formPage(call, nil, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    private static func edit(_ call: Call) async throws -> Answer {
        let key = try await call.read { permit, tx in try APIKeys.find(call.id(), at: call.now, permit, tx) }
        let values = [
            "name": [key.name], "mode": [key.mode.rawValue], "session_expiry": [key.sessionExpiry.rawValue],
            "redirect_url": [key.redirectURL ?? ""], "language": [key.language ?? ""], "completes": [key.completes.rawValue],
        ]
        return formPage(call, key, FormView(Parts(call.house.assets), values: values), version: key.tag.text)
    }

    private static func save(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            _ = try await call.write { permit, tx, ledger in
                try APIKeys.update(call.id(), { try Fields(input(form)) }, match: form.requireVersion, permit, tx, ledger)
            }
            return .see(Done.saved.at(path))
        } catch let problem as Problem where problem.isAboutInput {
            let key = try await call.read { permit, tx in try APIKeys.find(call.id(), at: call.now, permit, tx) }
            let version = form.version(after: problem, stored: key.tag)
            return formPage(call, key, FormView(Parts(call.house.assets), refused: form, problem), version: version, status: problem.status)
        }
    }

    private static func formPage(_ call: Call, _ key: APIKey?, _ form: FormView, version: String? = nil, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let own = key.map { "\(path)/\($0.id)" }
        let title = key?.name ?? t("Create API key")
        let mayEdit = call.caller?.principal.access?.level(of: .apiKeys) == .full
        let expiries = APIKey.SessionExpiry.allCases.map { (value: $0.rawValue, text: expiry($0)) }
        let fields: HTML = """
            \(form.section(t("Key"), id: "s-key", [
                form.text("name", t("Name"), help: t("Your users see this name. Unique in the account.")),
                form.radios("mode", t("Mode"), [
                    ("live", t("Live"), t("Real inspections.")), ("test", t("Test"), t("To try things out: not counted, shown apart.")),
                ]),
            ]))
            \(form.section(t("Sessions under this key"), id: "s-sessions", [
                form.select("session_expiry", t("Sessions expire"), expiries),
                form.radios("completes", t("Completed"), [
                    ("by_review", t("By review"), t("A reviewer completes or invalidates each session.")),
                    ("by_itself", t("By itself"), t("Complete as soon as everything required is there.")),
                ]),
                form.text("redirect_url", t("Address to go to afterwards"), .url, help: t("An https address, such as https://example.com/done."), optional: true),
                form.text("language", t("Language"), .identifier, help: t("A language tag, such as en or pt-BR."), optional: true),
            ]))
            """
        var enable: HTML = ""
        if let key, key.isDisabled, mayEdit, let own {
            enable = """
                <form method="post" action="\(own)/enable" class="mb-2">\(parts.alert("\(t("This API key is disabled: its secret does not work."))", tone: .warning))
                <button class="btn" type="submit">\(parts.icon("check"))\(t("Enable"))</button></form>
                """
        }
        let main: HTML = """
            \(parts.head("\(title)", crumbs: [(t("API keys"), path)], actions: mayEdit && own != nil ? [parts.link(t("New secret"), to: (own ?? "") + "/rotate", icon: "refresh")] : []))
            \(enable)\(form.summary)<form method="post" action="\(own ?? path)">\(version.map { form.hidden("version", $0) })<fieldset class="plain"\(flag: "disabled", !mayEdit)>\(fields)</fieldset>
            \(if: mayEdit, form.actions(key == nil ? t("Create API key") : t("Save changes"), cancel: path))</form>
            """
        return frame.page(title, at: .apiKeys, narrow: true, main, status: status)
    }

    private static func secretPage(_ call: Call, _ key: APIKey, _ secret: Secret, title: String) -> Answer {
        let frame = Frame(call)
        let panel = frame.parts.secret(
            title: t("The secret, shown only now"),
            lead: t("Whoever has it creates and reads every session under this key. Keep it where you keep passwords."),
            values: [("secret", t("Secret"), secret.text)], then: path)
        return frame.page(title, at: .apiKeys, narrow: true, frame.parts.head("\(title)", crumbs: [(t("API keys"), path)]) + panel)
    }

    // MARK: What is asked once

    private static func askRotate(_ call: Call) async throws -> Answer {
        let key = try await call.read { permit, tx in try APIKeys.find(call.id(), at: call.now, permit, tx) }
        return rotatePage(call, key, FormView(Parts(call.house.assets), values: ["overlap_hours": ["24"]]))
    }

    private static func rotatePage(_ call: Call, _ key: APIKey, _ form: FormView, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let main: HTML = """
            \(frame.parts.head("\(t("New secret for %1", key.name))", lead: t("The new secret works at once. The present one goes on for the hours below, so that you can change it where it is used."), crumbs: [(t("API keys"), path), (key.name, "\(path)/\(key.id)")]))
            \(form.summary)<form method="post" action="\(path)/\(key.id)/rotate">\(form.text("overlap_hours", t("Hours that the present secret goes on"), .number, help: t("0 to 720. With 0 it ends at once.")))
            \(form.actions(t("Make a new secret"), cancel: path))</form>
            """
        return frame.page(t("New secret"), at: .apiKeys, narrow: true, main, status: status)
    }

    private static func rotate(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let (key, secret) = try await call.write { permit, tx, ledger in
                let fields = try Fields(["overlap_hours": form.number("overlap_hours")])
                // By API 0 is the default; nobody ends a secret at once by leaving a field empty.
                if fields.isAbsent("overlap_hours") { fields.invalid("overlap_hours", "required", t("Say for how many hours, 0 to 720.")) }
                let hours = fields.optionalInteger("overlap_hours", 0...720) ?? 0
                try fields.finish()
                return try APIKeys.rotate(call.id(), overlapHours: hours, permit, tx, ledger)
            }
            return secretPage(call, key, secret, title: t("%1 has a new secret", key.name))
        } catch let problem as Problem where problem.isAboutInput {
            let key = try await call.read { permit, tx in try APIKeys.find(call.id(), at: call.now, permit, tx) }
            return rotatePage(call, key, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    private static func askDisable(_ call: Call) async throws -> Answer {
        let key = try await call.read { permit, tx in try APIKeys.find(call.id(), at: call.now, permit, tx) }
        return ask(
            call, key, t("Disable %1?", key.name),
            t("Its secret stops working at once and nobody can create sessions under it. Its sessions stay. You can enable it again."),
            action: t("Disable"), verb: "disable")
    }

    private static func askDelete(_ call: Call) async throws -> Answer {
        let key = try await call.read { permit, tx in try APIKeys.find(call.id(), at: call.now, permit, tx) }
        return ask(
            call, key, t("Delete %1?", key.name), t("This is final. It works only while no session was made under the key; otherwise disable it."),
            action: t("Delete"), verb: "delete")
    }

    private static func ask(_ call: Call, _ key: APIKey, _ question: String, _ consequences: String, action: String, verb: String) -> Answer {
        let frame = Frame(call)
        let main = frame.parts.confirm(
            question, consequences, action: action, path: "\(path)/\(key.id)/\(verb)", back: path)
        return frame.page(question, at: .apiKeys, narrow: true, main)
    }

    private static func setDisabled(_ disabled: Bool, _ call: Call) async throws -> Answer {
        _ = try await call.write { permit, tx, ledger in try APIKeys.setDisabled(disabled, call.id(), permit, tx, ledger) }
        return .see((disabled ? Done.disabled : Done.enabled).at(path))
    }

    private static func delete(_ call: Call) async throws -> Answer {
        do {
            try await call.write { permit, tx, ledger in try APIKeys.delete(call.id(), permit, tx, ledger) }
            return .see(Done.deleted.at(path))
        } catch let problem as Problem where problem.isAboutInput {
            let key = try await call.read { permit, tx in try APIKeys.find(call.id(), at: call.now, permit, tx) }
            let form = FormView(Parts(call.house.assets), refused: FormData(), problem)
            let frame = Frame(call)
            let main = frame.parts.head("\(key.name)", crumbs: [(t("API keys"), path)]) + form.summary + frame.parts.link(t("Back"), to: path)
            return frame.page(key.name, at: .apiKeys, narrow: true, main, status: problem.status)
        }
    }
}
