import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// One integration in the console: its functions, its live tokens, its last calls, and what is asked once.
enum IntegrationPage {
    private static let path = IntegrationsPages.path

    static let routes: [Route] = [
        .get(path + "/{id}", .need(.screen(.integrations, .read)), handler: show),
        .post(path + "/{id}", .need(.screen(.integrations, .full)), handler: save),
        .get(path + "/{id}/disable", .need(.screen(.integrations, .full)), handler: askDisable),
        .post(path + "/{id}/disable", .need(.screen(.integrations, .full))) { try await setDisabled(true, $0) },
        .post(path + "/{id}/enable", .need(.screen(.integrations, .full)), stepUp: .secondStep) { try await setDisabled(false, $0) },
        .get(path + "/{id}/delete", .need(.screen(.integrations, .full)), handler: askDelete),
        .post(path + "/{id}/delete", .need(.screen(.integrations, .full)), handler: delete),
        .post(path + "/{id}/close-token", .need(.screen(.integrations, .full)), handler: closeToken),
        ThingHistory.page(path + "/{id}/history", .need(.screen(.integrations, .read)), at: .integrations, of: { (word(.integrations), path) }) {
            call, permit, tx in try Integrations.find(call.id(), at: call.now, permit, tx).subject
        },
    ]

    private static let shownTokens = 50

    private struct Shown: Sendable {
        var integration: Integration
        var catalogue: Catalogue
        var tokens: [AccessToken]
        var calls: [RecentCalls.Call]
    }

    private static func read(_ call: Call) async throws -> Shown {
        try await call.read { permit, tx in
            let id: IntegrationID = try call.id()
            var integration = try Integrations.find(id, at: call.now, permit, tx)
            let tokens = try AccessTokens.live(of: id, limit: shownTokens, call.gate, at: call.now, permit, tx)
            integration.lastUsedAt = (tokens.map(\.lastSeenAt) + [integration.lastUsedAt].compactMap { $0 }).max()
            return Shown(
                integration: integration, catalogue: try AccountFacts.of(permit, tx).catalogue, tokens: tokens,
                calls: try IntegrationCalls.list(PageRequest(), of: id, call.house.recentCalls, permit, tx).items)
        }
    }

    // MARK: Show and save

    private static func show(_ call: Call) async throws -> Answer {
        let shown = try await read(call)
        let form = FormView(
            Parts(call.house.assets), values: IntegrationForm.values(shown.integration.functions, shown.catalogue))
        return try page(call, shown, form, version: shown.integration.tag.text)
    }

    private static func save(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let integration = try await call.write { permit, tx, ledger in
                try Integrations.update(
                    call.id(), { try Fields(["functions": IntegrationForm.functions(form)]) }, match: form.requireVersion, permit, tx, ledger)
            }
            return .see(Done.saved.at("\(path)/\(integration.id)"))
        } catch let problem as Problem where problem.isAboutInput {
            let shown = try await read(call)
            let version = form.version(after: problem, stored: shown.integration.tag)
            return try page(
                call, shown, FormView(Parts(call.house.assets), refused: form, problem), version: version, status: problem.status)
        }
    }

    private static func page(_ call: Call, _ shown: Shown, _ form: FormView, version: String, status: Int = 200) throws -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        guard let access = try call.principal().access else { throw Refusal.noAccount }
        let integration = shown.integration
        let own = "\(path)/\(integration.id)"
        let mayEdit = access.level(of: .integrations) == .full
        let look = IntegrationLook(catalogue: shown.catalogue, parts: parts)
        var actions = [parts.link(word(.history), to: own + "/history", icon: "history")]
        if mayEdit {
            actions.append(
                integration.isDisabled
                    ? "<form method=\"post\" action=\"\(own)/enable\"><button class=\"btn\" type=\"submit\">\(parts.icon("check"))\(word(.enable))</button></form>"
                    : ask(word(.disable), own + "/disable", icon: "ban", parts))
            actions.append(ask(t("Delete"), own + "/delete", icon: "x", parts))
        }
        let facts = parts.details([
            (
                t("Client ID"),
                """
                <span class="mono" id="client-id">\(integration.clientID)</span> <button class="btn btn-sm js-only" type="button" data-copy-from="client-id">\
                \(parts.icon("copy"))<span data-label-text>\(t("Copy"))</span></button>
                """
            ),
            (t("Status"), look.status(integration)), (t("Access tokens"), "\(look.format(integration.tokenFormat))"),
            (t("Created"), parts.time(integration.createdAt)), (t("Last used"), parts.time(integration.lastUsedAt, ago: true, none: t("Never"))),
        ])
        let functions = IntegrationForm(look: look, access: access, form: form).functions(stored: integration.functions)
        let main: HTML = """
            \(parts.head("\(integration.name)", crumbs: [(word(.integrations), path)], actions: actions))\(IntegrationsPages.done(call, parts))
            \(if: integration.isDisabled, parts.alert("\(t("It is disabled: it gets no token, and those that it had are over."))", tone: .warning))
            \(parts.card(t("Details"), facts))
            \(form.summary)<form method="post" action="\(own)">\(form.hidden("version", version))<fieldset class="plain"\(flag: "disabled", !mayEdit)>\(functions)</fieldset>
            \(if: mayEdit, form.actions(t("Save changes"), cancel: path))</form>
            \(tokens(shown, own, mayEdit: mayEdit, parts))\(calls(shown, parts))
            """
        return frame.page(integration.name, at: .integrations, narrow: true, main, status: status)
    }

    private static func ask(_ text: String, _ path: String, icon: StaticString, _ parts: Parts) -> HTML {
        "<a class=\"btn\" href=\"\(path)\" data-dialog>\(parts.icon(icon))\(text)</a>"
    }

    private static func tokens(_ shown: Shown, _ own: String, mayEdit: Bool, _ parts: Parts) -> HTML {
        let count = String(shown.integration.liveTokens)
        let heading: HTML = "<h2 class=\"mt-4 mb-2\">\(t("Live tokens")) <span class=\"muted\">\(count)</span></h2>"
        if shown.tokens.isEmpty { return "\(heading)<p class=\"muted\">\(t("None. It asks for one when it needs it."))</p>" }
        let rows = shown.tokens.map { token -> HTML in
            let close: HTML = """
                <form method="post" action="\(own)/close-token"><input type="hidden" name="token" value="\(token.id)">\
                <button class="btn btn-sm" type="submit">\(t("Close"))<span class="visually-hidden"> \(token.createdAt.minute)</span></button></form>
                """
            return """
                <tr><th scope="row">\(parts.time(token.createdAt))</th>\(parts.cell(t("Last seen"), parts.time(token.lastSeenAt, ago: true)))
                \(parts.cell(t("Until"), parts.time(token.expiresAt)))\(parts.cell(t("Address"), "<span class=\"mono\">\(token.address)</span>"))
                \(parts.menuCell(mayEdit ? close : ""))</tr>
                """
        }
        let table = parts.table(
            caption: t("Live tokens"), columns: [t("Issued"), t("Last seen"), t("Until"), t("Address"), ""], rows: rows)
        return "\(heading)\(table)"
    }

    private static func calls(_ shown: Shown, _ parts: Parts) -> HTML {
        let heading: HTML = "<h2 class=\"mt-4 mb-2\">\(t("Recent calls"))</h2>"
        if shown.calls.isEmpty { return "\(heading)<p class=\"muted\">\(t("It has not called yet."))</p>" }
        let rows = shown.calls.map { call -> HTML in
            let tone: Parts.Tone = call.status < 400 ? .good : call.status < 500 ? .warning : .bad
            return """
                <tr><th scope="row">\(parts.time(call.at))</th>\(parts.cell(t("Call"), "<span class=\"mono\">\(call.method) \(call.route)</span>"))
                \(parts.cell(t("Answer"), parts.badge(String(call.status), tone: tone)))\(parts.cell(t("Address"), "<span class=\"mono\">\(call.address)</span>"))</tr>
                """
        }
        let table = parts.table(caption: t("Recent calls"), columns: [t("When"), t("Call"), t("Answer"), t("Address")], rows: rows)
        return "\(heading)\(table)"
    }

    // MARK: What is asked once

    private static func askDisable(_ call: Call) async throws -> Answer {
        try await ask(
            call, { t("%1 %2?", word(.disable), $0) },
            t("Its tokens stop working at once, for good. Its secret stays: when you enable it again, it can ask for new ones."),
            action: word(.disable), verb: "disable")
    }

    private static func askDelete(_ call: Call) async throws -> Answer {
        try await ask(
            call, { t("Delete %1?", $0) },
            t("This is final. Its tokens and its secret stop working at once, and its client ID is never given out again. Its history stays."),
            action: t("Delete"), verb: "delete")
    }

    private static func ask(
        _ call: Call, _ question: (String) -> String, _ consequences: String, action: String, verb: String
    ) async throws -> Answer {
        let integration = try await call.read { permit, tx in try Integrations.find(call.id(), at: call.now, permit, tx) }
        let frame = Frame(call)
        let own = "\(path)/\(integration.id)"
        let question = question(integration.name)
        let main = frame.parts.confirm(question, consequences, action: action, path: "\(own)/\(verb)", back: own)
        return frame.page(question, at: .integrations, narrow: true, main)
    }

    private static func setDisabled(_ disabled: Bool, _ call: Call) async throws -> Answer {
        do {
            let integration = try await call.write { permit, tx, ledger in try Integrations.setDisabled(disabled, call.id(), permit, tx, ledger) }
            return .see((disabled ? Done.disabled : Done.enabled).at("\(path)/\(integration.id)"))
        } catch let problem as Problem where problem.isAboutInput {
            return try await refused(call, problem)
        }
    }

    private static func delete(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in try Integrations.delete(call.id(), permit, tx, ledger) }
        return .see(Done.deleted.at(path))
    }

    private static func closeToken(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            return try await call.write { permit, tx, ledger in
                let id: IntegrationID = try call.id()
                _ = try Integrations.find(id, at: ledger.now, permit, tx)
                let token = form["token"].flatMap { LoginID($0) }
                guard let token, try AccessTokens.isLive(token, of: id, at: ledger.now, permit, tx) else {
                    throw Problem.unknownReference("token")
                }
                try AccessTokens.close(token, permit, tx, ledger)
                return .see(Done.closed.at("\(path)/\(id)"))
            }
        } catch let problem as Problem where problem.isAboutInput { return try await refused(call, problem) }
    }

    /// The page as it stands, with what was refused.
    private static func refused(_ call: Call, _ problem: Problem) async throws -> Answer {
        let shown = try await read(call)
        let values = IntegrationForm.values(shown.integration.functions, shown.catalogue)
        let form = FormView(Parts(call.house.assets), values: values, refused: problem)
        return try page(call, shown, form, version: shown.integration.tag.text, status: problem.status)
    }
}
