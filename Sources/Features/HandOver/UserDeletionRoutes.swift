import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import LinksFeature
import SessionsFeature
import UsersFeature

/// Deleting a user, whose work goes to somebody else before or stays for those who see everybody's (ruling 18).
package enum UserDeletionRoutes {
    private static let full = Route.Needs.need(.screen(.users, .full))
    private static let path = "/settings/users/{id}/delete"

    package static let all: [Route] = [
        .delete("/api/v1/users/{id}", full, alsoInAccounts: true, handler: api),
        .get(path, full, alsoInAccounts: true, handler: ask),
        .post(path, full, alsoInAccounts: true, handler: post),
    ]

    private static func api(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let user = try Users.find(call.id(), permit, tx)
            let query = try call.query()
            let to = query.text("hand_over_to")
            try query.finish()
            try call.optionalFields().finish()
            try delete(user.id, handingOverTo: to, field: "hand_over_to", permit, tx, ledger)
            return .noContent
        }
    }

    private static func delete(
        _ id: UserID, handingOverTo to: String?, field: String, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        if let to {
            do { _ = try HandOver.run(id, { try Fields(["to": .string(to)]) }, permit, tx, ledger) } catch var problem as Problem {
                problem.errors = problem.errors.map { .init(field, $0.code, $0.message) }
                throw problem
            }
        }
        try Users.delete(id, permit, tx, ledger)
    }

    // MARK: Pages

    private static func ask(_ call: Call) async throws -> Answer { try await page(call, FormView(Parts(call.house.assets))) }

    private static func post(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            try await call.write { permit, tx, ledger in
                let to = form["to"].flatMap { $0.isEmpty ? nil : $0 }
                try delete(Users.find(call.id(), permit, tx).id, handingOverTo: to, field: "to", permit, tx, ledger)
            }
            return .see(Done.deleted.at(call.house.paths.users))
        } catch let problem as Problem where problem.isAboutInput {
            return try await page(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    /// What a user leaves behind, and who could have it.
    private struct Left: Sendable {
        let user: User
        var sessions = 0
        var links = 0
        var candidates: [User] = []

        init(_ user: User, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
            self.user = user
            guard try AccountFacts.of(permit, tx).catalogue.hasFieldWork, try HandOver.mayGive(user, permit, tx) else { return }
            var own = SessionFilter()
            own.owner = .id(user.id)
            sessions = try Sessions.count(own, at: now, permit, tx)
            links = try Links.count(assignedTo: user.id, permit, tx)
            if sessions + links > 0 { candidates = try HandOver.candidates(for: user, at: now, permit, tx) }
        }
    }

    private static func page(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let (left, isOneself) = try await call.read { permit, tx in
            (try Left(Users.find(call.id(), permit, tx), at: call.now, permit, tx), permit.user)
        }
        let user = left.user
        let frame = Frame(call)
        let own = "\(call.house.paths.users)/\(user.id)"
        let title = t("Delete %1?", user.name)
        let consequences = [
            isOneself == user.id
                ? t("This is you: you are signed out at once and for good.") : t("All sign-ins of this person end at once, and for good."),
            t("Their name stays in the history and on what they made. Username and e-mail are free again; whoever gets them inherits nothing."),
        ]
        var fields: HTML = ""
        if left.sessions + left.links > 0 {
            let sessions = left.sessions == 1 ? t("1 session") : t("%1 sessions", String(left.sessions))
            let links = left.links == 1 ? t("1 sharable link") : t("%1 sharable links", String(left.links))
            let what = left.links == 0 ? sessions : left.sessions == 0 ? links : t("%1 and %2", sessions, links)
            let options =
                [(value: "", text: t("Nobody: it stays for those who see everybody's sessions"))]
                + left.candidates.map { (value: $0.id.description, text: "\($0.name) (\($0.username))") }
            fields = form.select(
                "to", t("Who gets %1?", what), options,
                help: t("A link that is assigned to somebody who is deleted starts nothing."))
        }
        let main = frame.parts.confirm(
            title, consequences.joined(separator: " "), action: t("Delete"), path: own + "/delete", back: own, fields: fields)
        let head = frame.parts.head("<bdi>\(user.name)</bdi>", crumbs: [(word(.users), call.house.paths.users), (user.name, own)])
        return frame.page(title, at: .users, narrow: true, (status == 200 ? "" : head + form.summary) + main, status: status)
    }
}
