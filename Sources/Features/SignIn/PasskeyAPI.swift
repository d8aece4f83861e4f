import FactorsFeature
import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import PasskeysFeature

/// The JSON face of passkeys: what a browser is told, and what it brings back.
enum PasskeyAPI {
    private static let asks = Route.Leaves.nothing(because: "only a challenge is made, and kept nowhere")

    static func routes(_ desk: FrontDesk) -> [Route] {
        [
            .post("/api/v1/me/factors/passkeys/options", .need(.secondStep), leaves: asks, stepUp: .everybody, handler: offer),
            .post("/api/v1/me/factors/passkeys", .need(.secondStep), stepUp: .everybody, handler: add),
            .post("/api/v1/logins/passkey/options", .nothing(because: .signIn), leaves: asks, handler: askAnybody),
            .post("/api/v1/logins/passkey", .nothing(because: .signIn)) { try await signIn($0, desk) },
            .post("/api/v1/logins/second-step/passkey", .nothing(because: .signIn), leaves: asks, handler: askSecondStep),
            .post("/api/v1/logins/current/step-up/passkey", .need(.secondStep), leaves: asks, handler: askStepUp),
        ]
    }

    // MARK: Adding

    private static func offer(_ call: Call) async throws -> Answer {
        try call.noInput()
        return .json(try await OwnPasskeys.offer(call).json)
    }

    private static func add(_ call: Call) async throws -> Answer {
        let fields = try call.fieldsWithoutQuery()
        let answer = PasskeyAnswer(fields)
        let name = fields.optionalText("name", 1...100)
        try fields.finish()
        let (factor, codes) = try await OwnPasskeys.add(answer, name: name, call)
        return .json(codes.isEmpty ? factor.json : factor.json.adding("recovery_codes", JSON(codes)), status: 201)
    }

    // MARK: Signing in

    private static func askAnybody(_ call: Call) async throws -> Answer {
        try call.noInput()
        // A browser on our own pages shows its cookie with the answer; a program has the flow alone.
        let nonce = call.inbound.headers[.secFetchSite] == "same-origin" ? StepNonce(call) ?? StepNonce() : nil
        var answer = Answer.json(try PasskeySignIn.ask(nonce: nonce, call.house).json)
        if let nonce { answer.setCookie(StepNonce.cookie(nonce, call.house.settings)) }
        return answer
    }

    private static func signIn(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        let fields = try call.fieldsWithoutQuery()
        let answer = PasskeyAnswer(fields)
        let takesOver = fields.optionalFlag("take_over") ?? false
        try fields.finish()
        let nonce = call.inbound.headers[.secFetchSite] == "same-origin" ? StepNonce(call) : nil
        let opened = try await PasskeySignIn.open(answer, nonce: nonce, takesOver: takesOver, call.origin, desk, call.house)
        return SignInAPI.answer(opened, KnownBrowser(call), call)
    }

    private static func askSecondStep(_ call: Call) async throws -> Answer {
        let fields = try call.fieldsWithoutQuery()
        var step = SecondStep.Step(token: Secret(fields.secret("step_token")))
        try fields.finish()
        if call.inbound.headers[.secFetchSite] == "same-origin" { step.nonce = StepNonce(call) }
        return .json(try await SecondStep.askPasskey(step, call.house).json)
    }

    // MARK: Once more

    private static func askStepUp(_ call: Call) async throws -> Answer {
        try call.noInput()
        return .json(try await SteppingUp.askPasskey(call).json)
    }
}
