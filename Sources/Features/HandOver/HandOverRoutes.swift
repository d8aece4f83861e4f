import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import LinksFeature
import SessionsFeature
import UsersFeature

/// Handing over, by API and in the console.
package enum HandOverRoutes {
    private static let full = Route.Needs.need(.screen(.users, .full))
    private static let path = "/settings/users/{id}/hand-over"

    package static let all: [Route] = [
        .post("/api/v1/users/{id}/hand-over", full, alsoInAccounts: true, handler: api),
        .get(path, full, alsoInAccounts: true, handler: ask),
        .post(path, full, alsoInAccounts: true, handler: post),
    ]

    private static func api(_ call: Call) async throws -> Answer {
        try await call.write(touches: .records) { permit, tx, ledger in
            let done = try HandOver.run(call.id(), call.fieldsWithoutQuery, permit, tx, ledger)
            return .json(done.json(at: ledger.now, visible: permit.keys))
        }
    }

    // MARK: Pages

    private static func ask(_ call: Call) async throws -> Answer { try await page(call, FormView(Parts(call.house.assets))) }

    private static func post(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let done = try await call.write(touches: .records) { permit, tx, ledger in
                try HandOver.run(call.id(), { try Fields(JSON(members: form.texts("to"))) }, permit, tx, ledger)
            }
            return .see(Done.handedOver.at("\(call.house.paths.users)/\(done.from.id)"))
        } catch let problem as Problem where problem.isAboutInput {
            return try await page(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    private static func page(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let (user, sessions, links, candidates) = try await call.read { permit, tx in
            let user = try Users.find(call.id(), permit, tx)
            guard try HandOver.mayGive(user, permit, tx) else { throw Problem.forbiddenGrant }
            var own = SessionFilter()
            own.owner = .id(user.id)
            return (
                user, try Sessions.count(own, at: call.now, permit, tx), try Links.count(assignedTo: user.id, permit, tx),
                try HandOver.candidates(for: user, at: call.now, permit, tx)
            )
        }
        let frame = Frame(call)
        let own = "\(call.house.paths.users)/\(user.id)"
        let title = t("Hand over everything of %1", user.name)
        let head = frame.parts.head("\(title)", crumbs: [(word(.users), call.house.paths.users), (user.name, own)])
        let main: HTML
        if sessions == 0, links == 0, status == 200 {
            main = frame.parts.empty(
                t("Nothing to hand over"), t("%1 owns no sessions, and no link is assigned to them.", user.name), icon: "sessions",
                actions: [frame.parts.link(t("Back"), to: own)])
        } else if candidates.isEmpty, status == 200 {
            main = frame.parts.empty(
                t("Nobody could take this over"),
                t("There is no other active user who holds all the API keys that these sessions and links are under. Give somebody the keys first."),
                icon: "users", actions: [frame.parts.link(t("Back"), to: own)])
        } else {
            let options = [(value: "", text: t("Choose …"))] + candidates.map { (value: $0.id.description, text: "\($0.name) (\($0.username))") }
            let sessionCount = sessions == 1 ? t("1 session") : t("%1 sessions", String(sessions))
            let linkCount = links == 1 ? t("1 sharable link") : t("%1 sharable links", String(links))
            let sentences = [
                sessions == 0 ? nil : t("%1 goes to the person you choose, finished work too. %2 no longer sees it.", sessionCount, user.name),
                links == 0 ? nil : t("The person you choose becomes the assigned user of %1, and owns what is started from then on.", linkCount),
                t("It is recorded, and only another hand-over changes it back."),
            ]
            main = """
                \(form.summary)<form method="post" action="\(own)/hand-over">\(form.section(t("Hand over"), id: "s-hand-over", [
                    "<p>\(sentences.compactMap { $0 }.joined(separator: " "))</p>",
                    form.select("to", t("Goes to"), options, help: t("Active users who hold the API keys that the sessions and links are under.")),
                ]))
                \(form.actions(t("Hand over"), cancel: own))</form>
                """
        }
        return frame.page(title, at: .users, narrow: true, head + main, status: status)
    }
}
