import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// The JSON face of administrators.
enum AdministratorsAPI {
    private static let manage = Route.Needs.need(.enterprise(.manageAdministrators))

    static let routes: [Route] = [
        .get("/api/v1/administrators", manage, handler: list),
        .post("/api/v1/administrators", manage, stepUp: .secondStep, handler: create),
        .get("/api/v1/administrators/{id}", manage, handler: show),
        .patch("/api/v1/administrators/{id}", manage, handler: update),
        .put("/api/v1/administrators/{id}/password", manage, stepUp: .secondStep, handler: setPassword),
        .post("/api/v1/administrators/{id}/disable", manage) { try await setDisabled(true, $0) },
        .post("/api/v1/administrators/{id}/enable", manage) { try await setDisabled(false, $0) },
        .post("/api/v1/administrators/{id}/activation", manage, handler: activate),
        .post("/api/v1/administrators/{id}/switch", .need(.enterprise(.switchAdministrator)), stepUp: .secondStep, handler: switchInto),
    ]

    private static func list(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let page = query.page()
        try query.finish()
        return try await call.enterpriseRead { permit, tx in .json(try Administrators.list(page, permit, tx).json(\.json)) }
    }

    private static func show(_ call: Call) async throws -> Answer {
        try await call.enterpriseRead { permit, tx in
            let administrator = try Administrators.find(call.id(), permit, tx)
            try call.noQuery()
            return .object(administrator.json, tag: administrator.tag)
        }
    }

    private static func create(_ call: Call) async throws -> Answer {
        let password = try await call.enterpriseRead { permit, tx in
            try Administrators.draft(call.fieldsWithoutQuery(), at: call.now, permit, tx).password
        }
        let hash = try await password.hashed(call.house)
        return try await call.enterpriseWrite { permit, tx, ledger in
            let administrator = try Administrators.draft(call.fieldsWithoutQuery(), judged: password, at: ledger.now, permit, tx).administrator
            return try call.once(permit.actor, tx) {
                try Administrators.create(administrator, passwordHash: hash, call.house.mail, permit, tx, ledger)
                guard let password, password.isGenerated else { return .object(administrator.json, tag: administrator.tag, status: 201) }
                let json = administrator.json.adding("generated_password", .string(password.text))
                var answer = Answer.object(json, tag: administrator.tag, status: 201)
                answer.secrets = ["generated_password"]
                return answer
            }
        }
    }

    private static func update(_ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            let administrator = try Administrators.update(call.id(), call.fieldsWithoutQuery, match: call.requireMatch, permit, tx, ledger)
            return .object(administrator.json, tag: administrator.tag)
        }
    }

    private static func setPassword(_ call: Call) async throws -> Answer {
        let password = try await call.enterpriseRead { permit, tx in
            try Administrators.password(for: call.id(), call.fieldsWithoutQuery, permit, tx)
        }
        let hash = try await call.house.hasher.hash(password.text)
        return try await call.enterpriseWrite { permit, tx, ledger in
            try Administrators.setPassword(of: call.id(), call.fieldsWithoutQuery, judged: password, hash: hash, permit, tx, ledger)
            return password.isGenerated ? .json(["generated_password": .string(password.text)]) : .noContent
        }
    }

    private static func setDisabled(_ disabled: Bool, _ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            let id: AdministratorID = try call.id()
            _ = try Administrators.find(id, permit, tx)
            try call.noInput()
            let administrator = try Administrators.setDisabled(disabled, id, permit, tx, ledger)
            return .object(administrator.json, tag: administrator.tag)
        }
    }

    private static func activate(_ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            let id: AdministratorID = try call.id()
            _ = try Administrators.find(id, permit, tx)
            try call.noInput()
            let administrator = try Administrators.activate(id, call.house.mail, permit, tx, ledger)
            return .object(administrator.json, tag: administrator.tag)
        }
    }

    private static func switchInto(_ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            let id: AdministratorID = try call.id()
            _ = try Administrators.find(id, permit, tx)
            let reason = try call.reason()
            return try call.once(permit.actor, tx) {
                try Administrators.switchInto(id, because: reason, call.origin, permit, tx, ledger).answer
            }
        }
    }
}
