import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import LinksFeature

/// Giving one API key to a user in one click, where a link that is assigned to them needs it.
enum UserKeyPages {
    static func give(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let user = try await call.write { permit, tx, ledger in
                let before = try Users.find(call.id(), permit, tx)
                let held = before.keys.shown(to: permit.keys)
                return try Users.update(before.id, { try keys(held, adding: form["api_key"]) }, match: { _ in }, permit, tx, ledger)
            }
            return .see(Done.saved.at(UserLook.path(user)))
        } catch let problem as Problem where problem.isAboutInput {
            return try await refused(call, form, problem)
        }
    }

    /// The keys that the user has, and one more; holders of all keys have it.
    private static func keys(_ held: Scope<APIKeyID>, adding key: String?) throws -> Fields {
        let fields = try Fields(["api_key": (key ?? "").isEmpty ? .null : JSON(key)])
        let id: APIKeyID? = fields.optionalID("api_key")
        if fields.isAbsent("api_key") { fields.invalid("api_key", "required", t("Say which key.")) }
        try fields.finish()
        guard let id, case .only(let ids) = held else { return try Fields([:]) }
        return try Fields(["api_keys": Scope.only(ids.union([id])).idsJSON()])
    }

    private static func refused(_ call: Call, _ form: FormData, _ problem: Problem) async throws -> Answer {
        let user = try await call.read { permit, tx in try Users.find(call.id(), permit, tx) }
        let frame = Frame(call)
        var named = problem
        // The list of all keys is what the verb judges; here one was named.
        named.errors = problem.errors.map { .init("api_key", $0.code, $0.message) }
        let view = FormView(frame.parts, refused: form, named)
        let own = UserLook.path(user)
        let main: HTML = """
            \(frame.parts.head("<bdi>\(user.name)</bdi>", crumbs: [(word(.users), UsersPages.path), (user.name, own)]))\(view.summary)
            <form method="post" action="\(call.house.paths.giveKey(to: user.id))" id="api-key">\(view.hidden("api_key", form["api_key"] ?? ""))
            <button class="btn" type="submit">\(t("Try again"))</button> \(frame.parts.link(t("Back"), to: own))</form>
            """
        return frame.page(user.name, at: .users, narrow: true, main, status: problem.status)
    }

    /// The warning about links whose key a user lacks, for the user's own pages.
    struct Lacking: Sendable {
        let links: [Link]
        let notices: LinkNotices

        init(of user: UserID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
            links = try Links.lacking(user, at: now, permit, tx)
            notices = try LinkNotices(about: links, permit, tx)
        }

        func alerts(_ call: Call, _ parts: Parts) -> HTML { links.map { notices.alert($0, call, parts) }.joined() }
    }
}
