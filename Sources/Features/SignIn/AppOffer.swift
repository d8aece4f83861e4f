import FactorsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// An authenticator app that somebody is about to add. Nothing is stored until a code of it is typed: what stands in the form, or in the answer, is
/// sealed, for this person and this login, for 15 minutes, and becomes one factor at most.
struct AppOffer: Sendable {
    let id: FactorID
    let app: TOTP
    let sealed: String
    /// What the app reads from the QR code.
    let url: String

    private static let context = "authenticator app offer"
    private static let seconds: Int64 = 900

    /// A new one for whoever asks.
    /// - Throws: `Problem` as `OwnFactors.requireRoom`.
    static func make(_ call: Call) async throws -> AppOffer {
        let now = call.now
        let (person, login) = try await call.ownRead { permit, tx in
            try OwnFactors.requireRoom(for: .totp, at: now, permit, tx)
            guard let person = try CandidateStore.find(at: now, permit, tx) else { throw Refusal.signIn }
            return (person, permit.login)
        }
        let (id, app) = (FactorID.new(at: now), TOTP.make())
        let offer: JSON = [
            "id": JSON(id), "secret": .string(Base64URL.encode(app.secret)), "login": JSON(login),
            "until": .int(now.adding(seconds: Self.seconds).milliseconds),
        ]
        let sealed = Base64URL.encode(call.house.masterKey.seal(offer.encode(), context: Self.context))
        return AppOffer(id: id, app: app, sealed: sealed, url: url(app, person, call))
    }

    /// One that was made before, for its page that comes again; nil where it is over.
    static func again(_ sealed: String, _ call: Call) async throws -> AppOffer? {
        let now = call.now
        let (person, login) = try await call.ownRead { permit, tx in (try CandidateStore.find(at: now, permit, tx), permit.login) }
        guard let person, let (id, app) = open(sealed, login, at: now, call.house.masterKey) else { return nil }
        return AppOffer(id: id, app: app, sealed: sealed, url: url(app, person, call))
    }

    private static func url(_ app: TOTP, _ person: Candidate, _ call: Call) -> String {
        let enterprise = call.caller?.surroundings.enterprise ?? ""
        let issuer = [enterprise.isEmpty ? "Latchkey" : enterprise, person.accountName].compactMap { $0 }.joined(separator: " ")
        return app.url(issuer: issuer, account: person.username, encode: PercentEncoding.encode)
    }

    /// What a sealed one says; nil for what is none, of another login, or out of date.
    static func open(_ text: String, _ login: LoginID, at now: Timestamp, _ key: MasterKey) -> (id: FactorID, app: TOTP)? {
        guard text.utf8.count < 1024, let sealed = Base64URL.decode(text), let bytes = try? key.open(sealed, context: context),
            let offer = try? JSON.parse(bytes), let until = offer["until"]?.integer, now.milliseconds < until,
            offer["login"]?.text == login.description, let id = offer["id"]?.text.flatMap({ FactorID($0) }),
            let secret = offer["secret"]?.text.flatMap({ Base64URL.decode($0) })
        else { return nil }
        return (id, TOTP(secret: secret))
    }

    /// Keeps the app once a code of it was typed.
    /// - Throws: `Problem` 400, 422 naming the field (`invalid_code`, `offer_closed`), and as `OwnFactors.requireRoom`.
    static func confirm(_ fields: Fields, _ call: Call) async throws -> (factor: Factor, recoveryCodes: [String]) {
        let text = fields.secret("enrolment")
        let code = fields.secret("code")
        let name = fields.optionalText("name", 1...100) ?? t("Authenticator app")
        try fields.finish()
        let (key, room) = (call.house.masterKey, call.house.mail)
        return try await call.ownWrite { permit, tx, ledger in
            guard let (id, app) = open(text, permit.login, at: ledger.now, key) else {
                throw Problem.invalid("enrolment", "offer_closed", t("This took too long, or was begun elsewhere. Begin again."))
            }
            guard let step = app.step(of: code, atMilliseconds: ledger.now.milliseconds, after: nil) else {
                throw Problem.invalid("code", "invalid_code", t("This is not the code that the app shows now. Is the clock of your phone right?"))
            }
            try OwnFactors.requireRoom(for: .totp, at: ledger.now, permit, tx)
            let factor = Factor(id: id, kind: .totp, name: name, createdAt: ledger.now)
            let sealed = key.seal(app.secret, context: permit.person.context(ofSealed: id))
            return (factor, try OwnFactors.add(factor, sealed: sealed, lastStep: step, room, permit, tx, ledger))
        }
    }
}
