import HistoryFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Erasing a person's data: by the API, and in the console after it is said what is lost.
package enum UserErasureRoutes {
    private static let full = Route.Needs.need(.screen(.users, .full))
    private static let pattern = "/settings/users"

    package static let all: [Route] = [
        .post("/api/v1/users/{id}/erase", full, alsoInAccounts: true, stepUp: .secondStep, handler: api),
        .get(pattern + "/erase", full, alsoInAccounts: true, handler: list),
        .get(pattern + "/{id}/erase", full, alsoInAccounts: true, handler: ask),
        .post(pattern + "/{id}/erase", full, alsoInAccounts: true, stepUp: .secondStep, handler: post),
    ]

    private static func api(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            try UserErasure.require(permit)
            let id = try UserErasure.find(call.id(), at: ledger.now, permit, tx).id
            let count = try erase(id, call.fieldsWithoutQuery(), permit, tx, ledger)
            return .json(["id": JSON(id), "entries": JSON(count)])
        }
    }

    private static func erase(_ id: UserID, _ fields: Fields, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws -> Int {
        let reason = fields.text("reason", 1...200)
        let keepActs = fields.optionalFlag("keep_acts") ?? false
        try fields.finish()
        return try UserErasure.run(id, keepActs: keepActs, reason: reason, permit, tx, ledger)
    }

    // MARK: Pages

    /// People who are deleted: their own pages are gone.
    private static func list(_ call: Call) async throws -> Answer {
        let (now, path) = (call.now, call.house.paths.users)
        let people = try await call.read { permit, tx in
            try UserErasure.require(permit)
            return try UserErasureStore.deleted(at: now, permit, tx)
        }
        let frame = Frame(call)
        let parts = frame.parts
        let head = parts.head(
            "\(t("Erase a person's data"))", lead: t("Of people who are deleted. Somebody who is disabled is found among the users."),
            crumbs: [(word(.users), path)])
        let done: HTML = Done(call) == .deleted ? parts.alert("\(t("The data was erased. The history has an entry that says so."))") : ""
        if people.isEmpty {
            let empty = parts.empty(t("Nobody"), t("Nobody is deleted whose data is still here."), icon: "users")
            return frame.page(t("Erase a person's data"), at: .users, head + done + empty)
        }
        let rows = people.map { person -> HTML in
            """
            <tr>\(parts.cell(t("Name"), "<bdi>\(person.name)</bdi>"))\(parts.cell(t("Id"), "<code>\(person.id.description)</code>"))\
            <td class="end"><a class="btn btn-sm" href="\(path)/\(person.id)/erase">\(t("Erase"))<span class="visually-hidden"> \(person.name)</span></a></td></tr>
            """
        }
        let table = parts.table(caption: t("People who are deleted"), columns: [t("Name"), t("Id"), ""], rows: rows)
        return frame.page(t("Erase a person's data"), at: .users, head + done + table)
    }

    private static func ask(_ call: Call) async throws -> Answer { try await page(call, FormView(Parts(call.house.assets))) }

    private static func post(_ call: Call) async throws -> Answer {
        try await call.read { permit, _ in try UserErasure.require(permit) }
        let form = try call.form()
        do {
            try await call.write { permit, tx, ledger in
                try UserErasure.require(permit)
                let id = try UserErasure.find(call.id(), at: ledger.now, permit, tx).id
                let members = form.texts("reason") + [("keep_acts", .bool(form.isTicked("keep_acts")))]
                _ = try erase(id, Fields(JSON(members: members)), permit, tx, ledger)
            }
            return .see(Done.deleted.at(call.house.paths.users + "/erase"))
        } catch let problem as Problem where problem.isAboutInput {
            return try await page(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    private static func page(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let (now, path) = (call.now, call.house.paths.users)
        let (person, about, acts) = try await call.read { permit, tx in
            try UserErasure.require(permit)
            let person = try UserErasure.find(call.id(), at: now, permit, tx)
            let about = try HistoryErasure.count(about: person.id.description, withActs: false, permit, tx)
            return (person, about, try HistoryErasure.count(about: person.id.description, withActs: true, permit, tx) - about)
        }
        let frame = Frame(call)
        let own = person.isDeleted ? path + "/erase" : "\(path)/\(person.id)"
        guard person.isDeleted || person.isDisabled else {
            let main = frame.parts.empty(
                t("%1 can still sign in", person.name), t("Disable this person first: whose data is erased cannot sign in any more."), icon: "alert",
                actions: [frame.parts.link(t("Back"), to: own)])
            return frame.page(t("Erase a person's data"), at: .users, narrow: true, main, status: 409)
        }
        let title = t("Erase the data of %1?", person.name)
        let lost = [
            t("There is no way back, also not by an administrator."),
            t("Name, e-mail and username go, from the history and from what they made; so do the addresses that they signed in from. The id stays."),
            about == 1
                ? t("1 entry of the history is about them: from what to what it changed something is lost.")
                : t("%1 entries of the history are about them: from what to what they changed something is lost.", String(about)),
            acts == 1
                ? t("1 more entry tells what they did to others: unless you keep it, what it changed is lost, too.")
                : t("%1 more entries tell what they did to others: unless you keep them, what they changed is lost, too.", String(acts)),
            t("That these entries were there, when, and by which id, can still be proved."),
        ]
        let fields: HTML = """
            <ul class="mt-2">\(lost.map { line -> HTML in "<li>\(line)</li>" })</ul>\
            \(form.text("reason", t("Reason"), help: t("Stays in the history: write no name. Such as: asked for on 3 March, case 4711.")))\
            \(form.check("keep_acts", t("Keep what they did to others, with their name in it")))
            """
        let main = frame.parts.confirm(
            title, person.isDeleted ? "" : t("It deletes the person, too."), action: t("Erase for good"), path: "\(path)/\(person.id)/erase",
            back: own,
            fields: fields)
        return frame.page(title, at: .users, narrow: true, form.summary + main, status: status)
    }
}
