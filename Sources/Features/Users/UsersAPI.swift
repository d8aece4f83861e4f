import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// The JSON face of users.
package enum UsersAPI {
    private static let read = Route.Needs.need(.screen(.users, .read))
    private static let full = Route.Needs.need(.screen(.users, .full))

    package static let routes: [Route] = [
        .get("/api/v1/users", read, alsoInAccounts: true, handler: list),
        .post("/api/v1/users", full, alsoInAccounts: true, handler: create),
        .get("/api/v1/users/{id}", read, alsoInAccounts: true, handler: show),
        .patch("/api/v1/users/{id}", full, alsoInAccounts: true, handler: update),
        .post("/api/v1/users/{id}/disable", full, alsoInAccounts: true) { try await setDisabled(true, $0) },
        .post("/api/v1/users/{id}/enable", full, alsoInAccounts: true) { try await setDisabled(false, $0) },
        .put("/api/v1/users/{id}/password", full, alsoInAccounts: true, stepUp: .secondStep, handler: setPassword),
        .post("/api/v1/users/{id}/activation", full, alsoInAccounts: true, handler: activate),
        .put("/api/v1/users/{id}/email", full, alsoInAccounts: true, stepUp: .secondStep, handler: changeEmail),
        .post("/api/v1/email/confirm", .nothing(because: .oneTimeLink), handler: confirmEmail),
        .get("/api/v1/users/{id}/history", read, alsoInAccounts: true, handler: history),
        .get("/api/v1/users/{id}/access", read, alsoInAccounts: true, handler: access),
    ]

    private static func list(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let filter = Self.filter(query)
        let page = query.page()
        try query.finish()
        return try await call.read { permit, tx in
            let keys = permit.keys
            return .json(try Users.list(filter, page, at: call.now, permit, tx).json { $0.json(at: call.now, visible: keys) })
        }
    }

    private enum AtLevel: String, CaseIterable {
        case none, read, full
    }

    private static func filter(_ query: Query) -> UserFilter {
        let level: AtLevel? = query.choice("level")
        let screen = query.text("screen")
        if level != nil, screen == nil { query.invalid("level", "requires_screen", "Say on which screen: give screen, too.") }
        return UserFilter(
            search: query.text("search"), status: query.choice("status"), role: query.id("role"), screen: screen.map(Screen.init(rawValue:)),
            level: level.flatMap { Level(name: $0.rawValue) }, place: query.id("place"), signIn: signIn(query))
    }

    private enum LastSignIn: String, CaseIterable {
        case never
    }

    private static func signIn(_ query: Query) -> UserFilter.SignedIn? {
        let time = query.time("last_sign_in_before")
        let never: LastSignIn? = query.choice("last_sign_in")
        if time != nil, never != nil { query.invalid("last_sign_in", "mutually_exclusive", "Give a time, or never, not both.") }
        return never == nil ? time.map { .before($0) } : .never
    }

    private static func show(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let user = try Users.find(call.id(), permit, tx)
            try call.noQuery()
            return answer(user, at: call.now, permit)
        }
    }

    private static func create(_ call: Call) async throws -> Answer {
        let password = try await call.read { permit, tx in
            try Users.draft(call.fieldsWithoutQuery(), at: call.now, permit, tx).password
        }
        let hash = try await password.hashed(call.house)
        return try await call.write { permit, tx, ledger in
            let draft = try Users.draft(call.fieldsWithoutQuery(), judged: password, at: ledger.now, permit, tx)
            return try call.once(permit.actor, tx) {
                try Users.create(draft, passwordHash: hash, call.house.mail, permit, tx, ledger)
                let json = draft.user.json(at: ledger.now, visible: permit.keys)
                guard let password, password.isGenerated else { return .object(json, tag: ETag(json), status: 201) }
                var answer = Answer.object(json.adding("generated_password", .string(password.text)), tag: ETag(json), status: 201)
                answer.secrets = ["generated_password"]
                return answer
            }
        }
    }

    private static func update(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let keys = permit.keys
            let user = try Users.update(
                call.id(), call.fieldsWithoutQuery, match: { try call.requireMatch(ETag($0.json(at: ledger.now, visible: keys))) }, permit, tx,
                ledger)
            return answer(user, at: ledger.now, permit)
        }
    }

    private static func setDisabled(_ disabled: Bool, _ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let id: UserID = try call.id()
            _ = try Users.find(id, permit, tx)
            try call.noInput()
            return answer(try Users.setDisabled(disabled, id, permit, tx, ledger), at: ledger.now, permit)
        }
    }

    private static func setPassword(_ call: Call) async throws -> Answer {
        let password = try await call.read { permit, tx in try Users.password(for: call.id(), call.fieldsWithoutQuery, permit, tx) }
        let hash = try await call.house.hasher.hash(password.text)
        return try await call.write { permit, tx, ledger in
            try Users.setPassword(of: call.id(), call.fieldsWithoutQuery, judged: password, hash: hash, call.house.mail, permit, tx, ledger)
            return password.isGenerated ? .json(["generated_password": .string(password.text)]) : .noContent
        }
    }

    private static func activate(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let id: UserID = try call.id()
            _ = try Users.find(id, permit, tx)
            try call.noInput()
            return answer(try Users.activate(id, call.house.mail, permit, tx, ledger), at: ledger.now, permit)
        }
    }

    private static func changeEmail(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let user = try UserEmails.ask(call.id(), call.fieldsWithoutQuery, call.house.mail, permit, tx, ledger)
            var answer = answer(user, at: ledger.now, permit)
            answer.status = 202
            return answer
        }
    }

    private static func confirmEmail(_ call: Call) async throws -> Answer {
        let fields = try call.fieldsWithoutQuery()
        let token = fields.secret("token")
        try fields.finish()
        try await UserEmails.confirm(token, call.origin, call.house)
        return .noContent
    }

    private static func history(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let user = try Users.find(call.id(), permit, tx)
            return try HistoryPage.answer(call, subject: user.id.description, permit, tx)
        }
    }

    private static func access(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            var user = try Users.find(call.id(), permit, tx)
            try call.noQuery()
            user.keys = user.keys.shown(to: permit.keys)
            let hasFieldWork = try AccountFacts.of(permit, tx).catalogue.hasFieldWork
            return call.answer(try Users.access(of: user, permit, tx).explained(hasFieldWork: hasFieldWork))
        }
    }

    private static func answer(_ user: User, at now: Timestamp, _ permit: borrowing Permit) -> Answer {
        let json = user.json(at: now, visible: permit.keys)
        return .object(json, tag: ETag(json))
    }
}
