import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import RolesFeature

/// Users > Access reviews: the list, and beginning and changing one.
package enum ReviewsPages {
    static let path = "/settings/reviews"
    private static let read = Route.Needs.need(.screen(.users, .read))
    private static let full = Route.Needs.need(.screen(.users, .full))

    package static let routes: [Route] = [
        .get(path, read, handler: list),
        .get(path + "/new", full, handler: new),
        .post(path, full, handler: create),
        .get(path + "/{id}", read, handler: ReviewPage.show),
        .get(path + "/{id}/edit", full, handler: edit),
        .post(path + "/{id}", full, handler: save),
        .post(path + "/{id}/answers", full, handler: ReviewPage.answer),
        .get(path + "/{id}/end", full, handler: ReviewPage.askEnd),
        .post(path + "/{id}/end", full, handler: ReviewPage.end),
    ]

    static func path(_ review: Review) -> String { "\(path)/\(review.id)" }

    static func crumbs(_ call: Call) -> [(String, String)] { [(word(.users), call.house.paths.users), (t("Access reviews"), path)] }

    // MARK: The list

    private static func list(_ call: Call) async throws -> Answer {
        let after = call.pageQuery()["after"].flatMap(Cursor.init(text:))
        let page = try await call.read { permit, tx in try Reviews.list(PageRequest(after: after), permit, tx) }
        let frame = Frame(call)
        let parts = frame.parts
        let mayBegin = call.caller?.principal.access?.level(of: .users) == .full
        let create = mayBegin ? [parts.link(t("Begin a review"), to: path + "/new", icon: "plus", primary: true)] : []
        let lead = t("Whoever manages people says of each of them whether their access is still right, until a day.")
        let head = parts.head("\(t("Access reviews"))", lead: lead, crumbs: [(word(.users), call.house.paths.users)], actions: create)
        if page.items.isEmpty {
            let text = t("Here you will see who was asked about whose access, what they answered, and what became of it.")
            return frame.page(t("Access reviews"), at: .users, head + parts.empty(t("No review yet"), text, icon: "shield", actions: create))
        }
        let rows = page.items.map { review -> HTML in
            let answered = review.counts.items - review.counts.unanswered
            return """
                <tr><th scope="row"><a href="\(path(review))"><bdi>\(review.name)</bdi></a></th>\
                \(parts.cell(t("Status"), ReviewPage.badge(review.status(at: call.now), parts)))\
                \(parts.cell(t("Answered"), "\(t("%1 of %2", String(answered), String(review.counts.items)))"))\
                \(parts.cell(t("Until"), parts.time(review.dueAt)))\(parts.cell(t("Begun by"), "<bdi>\(review.creator.name)</bdi>"))</tr>
                """
        }
        let table = parts.table(
            caption: t("Access reviews, newest first"), columns: [t("Name"), t("Status"), t("Answered"), t("Until"), t("Begun by")], rows: rows)
        let count = page.items.count == 1 ? t("1 review") : t("%1 reviews", String(page.items.count))
        let pager = parts.pager(t("%1, newest first", count), older: page.next.map { path + "?after=" + $0.text })
        return frame.page(t("Access reviews"), at: .users, head + table + pager)
    }

    // MARK: Begin and change

    private static func new(_ call: Call) async throws -> Answer {
        let roles = try await call.read { permit, tx in try Roles.all(permit, tx) }
        let values = ["unanswered": [Review.Unanswered.keep.rawValue]]
        return form(call, nil, roles, FormView(Parts(call.house.assets), values: values))
    }

    private static func input(_ form: FormData, of review: Review?) throws -> Fields {
        var members = form.texts("name", "unanswered")
        members.append(("due_at", end(form, of: review)))
        if review == nil { members.append(("roles", form.isTicked("all_roles") ? .string("all") : form.list("roles"))) }
        return try Fields(JSON(members: members))
    }

    /// The beginning of a day; the moment that stands there already, where its day was left as it was.
    private static func end(_ form: FormData, of review: Review?) -> JSON {
        let text = (form["due_at"] ?? "").trimmingWhitespace()
        if text.isEmpty { return .null }
        if let review, day(review.dueAt) == text { return JSON(review.dueAt) }
        return .string(text.utf8.count == 10 ? text + "T00:00:00Z" : text)
    }

    private static func day(_ time: Timestamp) -> String { String(time.description.prefix(10)) }

    private static func create(_ call: Call) async throws -> Answer {
        let input = try call.form()
        do {
            let review = try await call.write(touches: .records) { permit, tx, ledger in
                let draft = try Reviews.draft(Self.input(input, of: nil), at: ledger.now, permit, tx)
                return try Reviews.create(draft, call.house.mail, permit, tx, ledger)
            }
            return .see(Done.created.at(path(review)))
        } catch let problem as Problem where problem.isAboutInput {
            let roles = try await call.read { permit, tx in try Roles.all(permit, tx) }
            return form(call, nil, roles, FormView(Parts(call.house.assets), refused: input, problem), status: problem.status)
        }
    }

    private static func edit(_ call: Call) async throws -> Answer {
        let review = try await call.read { permit, tx in try Reviews.find(call.id(), permit, tx) }
        let values = ["name": [review.name], "unanswered": [review.unanswered.rawValue], "due_at": [day(review.dueAt)]]
        return form(call, review, [], FormView(Parts(call.house.assets), values: values), version: review.tag(at: call.now).text)
    }

    private static func save(_ call: Call) async throws -> Answer {
        let input = try call.form()
        do {
            let review = try await call.write(touches: .records) { permit, tx, ledger in
                let before = try Reviews.find(call.id(), permit, tx)
                return try Reviews.update(
                    before.id, { try Self.input(input, of: before) }, match: { try input.requireVersion($0.tag(at: ledger.now)) }, permit, tx, ledger)
            }
            return .see(Done.saved.at(path(review)))
        } catch let problem as Problem where problem.isAboutInput {
            let review = try await call.read { permit, tx in try Reviews.find(call.id(), permit, tx) }
            let version = input.version(after: problem, stored: review.tag(at: call.now))
            return form(
                call, review, [], FormView(Parts(call.house.assets), refused: input, problem), version: version, status: problem.status)
        }
    }

    private static func form(
        _ call: Call, _ review: Review?, _ roles: [RoleDefinition], _ form: FormView, version: String? = nil, status: Int = 200
    ) -> Answer {
        let frame = Frame(call)
        let title = review.map { t("Change %1", $0.name) } ?? t("Begin an access review")
        let own = review.map { path($0) }
        let covered =
            review == nil
            ? form.checks(
                "roles", t("Whose access"), roles.map { (value: $0.id.description, text: "<bdi>\($0.name)</bdi>" as HTML) },
                all: (name: "all_roles", text: t("Everybody's")), help: t("Of everybody who has one of these, as it is now.")) : ""
        let sections = form.section(
            t("What is asked"), id: "s-review",
            [
                form.text("name", t("Name"), help: t("As those who answer will see it, such as Spring 2027.")),
                form.text(
                    "due_at", t("Ends on"), .date,
                    help: t("At the beginning of this day (UTC). Those who manage people are mailed now, and again before the end.")), covered,
                form.radios(
                    "unanswered", t("What nobody has answered by then"),
                    [
                        ("keep", t("Stays as it is"), t("The results say that nobody answered.")),
                        ("remove", t("Is taken away"), t("Each of them an entry in the history. Whoever has nothing else is deactivated.")),
                        ("disable", t("Deactivates the person"), t("Whatever else they have.")),
                    ]), "<p class=\"form-hint\">\(t("The last person who can manage the account always stays."))</p>",
            ])
        let main: HTML = """
            \(frame.parts.head("\(title)", crumbs: crumbs(call) + (review.map { [($0.name, path($0))] } ?? [])))\(form.summary)
            <form method="post" action="\(own ?? path)">\(version.map { form.hidden("version", $0) })\(sections)
            \(form.actions(review == nil ? t("Begin, and mail them") : t("Save changes"), cancel: own ?? path))</form>
            """
        return frame.page(title, at: .users, narrow: true, main, status: status)
    }
}
