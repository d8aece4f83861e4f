import HistoryFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import RolesFeature
import UsersFeature

/// Asks whether something is to be as it was before an entry, shows from what to what, and does it.
enum RestorePages {
    /// What is asked: an entry, and a field of it; without one the last change that can be taken back.
    private struct Asked: Sendable {
        var entry: String?
        var field: String?

        init(_ form: FormData) {
            entry = form["entry"].flatMap { $0.isEmpty ? nil : $0 }
            field = form["field"].flatMap { $0.isEmpty ? nil : $0 }
        }

        func fields() throws -> Fields {
            try Fields(JSON(members: [("entry", JSON(entry)), ("field", JSON(field))].filter { $0.1 != .null }))
        }
    }

    /// What a restoring would change.
    private struct Shown: Sendable {
        var name: String
        var asked: Asked
        /// Empty where it is like that already.
        var changes: [JSON] = []
        var names: [String: String] = [:]
        var at: Timestamp?
    }

    private static func shown(
        _ subject: Subject, _ asked: Asked, now: JSON, then: JSON, _ entry: HistoryEntry, at time: Timestamp, _ permit: borrowing Permit,
        _ tx: any Transaction
    ) throws -> Shown {
        let named = JSON(members: then.members.map { ($0.0, now[$0.0] ?? .null) })
        let changes = Change.between(named, then).map { change -> JSON in
            ["field": .string(change.field), "from": change.from, "to": change.to]
        }
        let values = changes.flatMap { [$0["from"], $0["to"]] }.compactMap { $0 }
        let ids = Set(values.flatMap { ($0.items ?? []).compactMap(\.text) })
        let names = try HistoryPage.names(of: ids, asOf: time, permit, tx)
        return Shown(
            name: subject.name, asked: asked, changes: changes, names: names.merging(entry.names) { first, _ in first }, at: entry.at)
    }

    // MARK: Users

    private static func ofUser(_ id: UserID, _ asked: Asked, at time: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Shown {
        let user = try Users.find(id, permit, tx)
        if !permit.access.mayEdit(holderOf: try Roles.existing(Set(user.roles), permit, tx)) { throw Problem.forbiddenGrant }
        var asked = asked
        if asked.entry == nil {
            let entries = try HistoryPage.find(HistoryFilter(subject: id.description), PageRequest(), permit, tx).items
            let last = entries.lazy.compactMap { entry in Users.restorable(in: entry).first.map { (entry.id, $0) } }.first
            asked.entry = last?.0.description
            asked.field = last?.1
        }
        guard asked.entry != nil else { return Shown(name: user.name, asked: asked) }
        let (edit, entry) = try Restoring.userEdit(user, asked.fields(), permit, tx)
        var now = user
        now.keys = user.keys.shown(to: permit.keys)
        return try shown(user.subject, asked, now: now.details, then: edit, entry, at: time, permit, tx)
    }

    static func askUser(_ call: Call) async throws -> Answer {
        let asked = Asked(call.pageQuery())
        let now = call.now
        do {
            let shown = try await call.read { permit, tx in try ofUser(call.id(), asked, at: now, permit, tx) }
            return page(call, shown, userPlace(call))
        } catch let problem as Problem where [400, 422].contains(problem.status) {
            return try await noUserEntry(call, asked, problem)
        }
    }

    static func user(_ call: Call) async throws -> Answer {
        let form = try call.form()
        let asked = Asked(form)
        let now = call.now
        do {
            try await call.write { permit, tx, ledger in
                let (before, after) = try Restoring.user(call.id(), asked.fields, match: { _ in }, permit, tx, ledger)
                try Users.requireAgreement(from: before, to: after, { isAgreed(form, $0) }, permit, tx)
            }
            return .see(Done.saved.at(userPlace(call).own + "/history"))
        } catch let hides as HidesSessions {
            let shown = try await call.read { permit, tx in try ofUser(call.id(), asked, at: now, permit, tx) }
            return page(call, shown, userPlace(call), hides: hides, status: 409)
        } catch let problem as Problem where problem.isAboutInput {
            return try await noUserEntry(call, asked, problem)
        }
    }

    /// Yes to as many as were shown, and to no more.
    private static func isAgreed(_ form: FormData, _ hides: HidesSessions) -> Bool {
        guard form.isTicked("confirmed") else { return false }
        guard let count = hides.count, let shown = form["hides"].flatMap({ Int($0) }) else { return true }
        return count <= shown
    }

    private static func noUserEntry(_ call: Call, _ asked: Asked, _ problem: Problem) async throws -> Answer {
        let name = try await call.read { permit, tx in try Users.find(call.id(), permit, tx).name }
        return page(call, Shown(name: name, asked: asked), userPlace(call), refused: problem, status: problem.status)
    }

    // MARK: Roles

    private static func ofRole(_ id: RoleID, _ asked: Asked, at time: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Shown {
        let role = try Roles.find(id, permit, tx)
        var asked = asked
        if asked.entry == nil {
            let entries = try HistoryPage.find(HistoryFilter(subject: id.description, action: "role.changed"), PageRequest(limit: 1), permit, tx)
            asked.entry = entries.items.first?.id.description
        }
        guard asked.entry != nil else { return Shown(name: role.name, asked: asked) }
        let (edit, entry) = try Restoring.roleEdit(role, asked.fields(), permit, tx)
        return try shown(role.subject, asked, now: role.details, then: edit, entry, at: time, permit, tx)
    }

    static func askRole(_ call: Call) async throws -> Answer {
        let asked = Asked(call.pageQuery())
        let now = call.now
        do {
            let shown = try await call.read { permit, tx in try ofRole(call.id(), asked, at: now, permit, tx) }
            return page(call, shown, rolePlace(call))
        } catch let problem as Problem where [400, 422].contains(problem.status) {
            return try await noRoleEntry(call, asked, problem)
        }
    }

    static func role(_ call: Call) async throws -> Answer {
        let asked = Asked(try call.form())
        do {
            _ = try await call.write { permit, tx, ledger in try Restoring.role(call.id(), asked.fields, match: { _ in }, permit, tx, ledger) }
            return .see(Done.saved.at(rolePlace(call).own + "/history"))
        } catch let problem as Problem where problem.isAboutInput {
            return try await noRoleEntry(call, asked, problem)
        }
    }

    private static func noRoleEntry(_ call: Call, _ asked: Asked, _ problem: Problem) async throws -> Answer {
        let name = try await call.read { permit, tx in try Roles.find(call.id(), permit, tx).name }
        return page(call, Shown(name: name, asked: asked), rolePlace(call), refused: problem, status: problem.status)
    }

    // MARK: The page

    private struct Place {
        var place: Frame.Place
        var list: (name: String, path: String)
        var own: String
    }

    private static func userPlace(_ call: Call) -> Place {
        let path = call.house.paths.users
        return Place(place: .users, list: (word(.users), path), own: path + "/" + (call.parameters["id"] ?? ""))
    }

    private static func rolePlace(_ call: Call) -> Place {
        let path = call.house.paths.roles
        return Place(place: .roles, list: (word(.roles), path), own: path + "/" + (call.parameters["id"] ?? ""))
    }

    private static func page(
        _ call: Call, _ shown: Shown, _ place: Place, hides: HidesSessions? = nil, refused problem: Problem? = nil, status: Int = 200
    ) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let field = shown.asked.field.map(HistoryTimeline.fieldName)
        let title = field.map { t("Restore %1 of %2?", $0, shown.name) } ?? t("Restore %1?", shown.name)
        let crumbs = [place.list, (shown.name, place.own), (t("History"), place.own + "/history")]
        let head = parts.head("\(title)", crumbs: crumbs)
        if let problem {
            let form = FormView(parts, refused: FormData(), problem)
            let main = head + form.summary + parts.link(t("Back to the history"), to: place.own + "/history", icon: "arrow-left")
            return frame.page(title, at: place.place, narrow: true, main, status: status)
        }
        guard let at = shown.at, !shown.changes.isEmpty else {
            let back = parts.link(t("Back to the history"), to: place.own + "/history", icon: "arrow-left")
            let text = shown.at == nil ? t("No change of it can be taken back.") : t("It is like that already.")
            return frame.page(
                title, at: place.place, narrow: true, head + parts.empty(t("Nothing to restore"), text, icon: "history", actions: [back]))
        }
        let form = FormView(parts)
        let warning: HTML = hides.map { hides in parts.alert("\(Self.warning(hides))", tone: .warning) } ?? ""
        let agreed: HTML =
            hides.map { hides in
                form.hidden("confirmed", "yes") + "\(hides.count.map { form.hidden("hides", String($0)) })"
            } ?? ""
        let main: HTML = """
            \(head)\(warning)<div class="card"><div class="card-body"><p>\(t("It becomes as it was before")) \(parts.time(at)). \
            \(t("This is a change of its own, by you, and is judged like any other."))</p>\(HistoryTimeline.diff(shown.changes, names: shown.names, parts))\
            <form method="post" action="\(place.own)/restore">\(form.hidden("entry", shown.asked.entry ?? ""))\
            \(shown.asked.field.map { form.hidden("field", $0) })\(agreed)\(form.actions(t("Restore"), cancel: place.own + "/history"))</form></div></div>
            """
        return frame.page(title, at: place.place, narrow: true, main, status: status)
    }

    private static func warning(_ hides: HidesSessions) -> String {
        switch hides.count {
        case nil: t("Nothing is done yet: it would hide sessions from this person. They come back when what you take away does.")
        case 1?: t("Nothing is done yet: it would hide 1 session from this person. It comes back when what you take away does.")
        case let count?:
            t("Nothing is done yet: it would hide %1 sessions from this person. They come back when what you take away does.", String(count))
        }
    }
}
