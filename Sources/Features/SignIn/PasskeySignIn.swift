import FactorsFeature
import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import PasskeysFeature

/// Signing in with a passkey alone: it is something that one has, and it knows its holder by a PIN or a finger.
enum PasskeySignIn {
    /// - Parameter nonce: what the browser shows; nil for a program.
    static func ask(nonce: StepNonce?, _ house: House) throws -> Passkeys.Asking {
        Passkeys.askAnybody(bound: nonce?.text ?? "", at: house.gate.now, try Passkeys.Desk(house))
    }

    /// - Throws: `Problem` 401 `invalid_credentials`, alike and with equal work whatever is wrong; once the passkey was right 409
    ///   `already_signed_in` or `login_refused`, after which the same answer still counts.
    static func open(
        _ answer: PasskeyAnswer, nonce: StepNonce?, takesOver: Bool, _ origin: Origin, _ front: FrontDesk, _ house: House
    ) async throws -> SignIn.Opened {
        let desk = try Passkeys.Desk(house)
        let bound = nonce?.text ?? ""
        let now = house.gate.now
        // Strangers write nothing: only what is right goes on to the writer.
        let found = try await house.gate.read(door: .signIn) { permit, tx -> Candidate? in
            guard let shown = try Passkeys.judge(answer, bound: bound, at: now, desk, permit, tx) else { return nil }
            return try CandidateStore.find(shown.person, at: now, permit, tx)
        }
        guard let found, isWelcome(found) else {
            front.noteFailure(found, reason: "wrong_passkey", origin, house)
            throw refusal
        }
        let opened = try await house.gate.write(door: .signIn, origin: origin) { [gate = house.gate] permit, tx, book -> SignIn.Opened? in
            try tx.lock(found.chain.name)
            guard let shown = try Passkeys.judge(answer, bound: bound, at: book.now, desk, permit, tx),
                let person = try CandidateStore.find(shown.person, at: book.now, permit, tx), isWelcome(person),
                try Passkeys.use(shown, at: book.now, permit, tx)
            else { return nil }
            let displaced = try LoginRule.makeRoom(for: person, takeOver: takesOver, origin, gate, at: book.now, permit, tx)
            if shown.isCounterRegressed { try note(shown, of: person, book) }
            return try SignIn.open(person, displacing: displaced, by: .passkey, origin, permit, tx, book)
        }
        guard let opened else { throw refusal }
        house.metrics.count("latchkey_sign_ins_total")
        return opened
    }

    /// Whether they may sign in, and their account takes passkeys.
    private static func isWelcome(_ person: Candidate) -> Bool {
        person.obstacle == nil && person.security.map { $0.secondStep.methods.contains(.passkey) } ?? true
    }

    /// A counter that did not go up is no reason to refuse, and one to look.
    static func note(_ shown: Passkeys.Shown, of person: Candidate, _ book: Doorbook) throws {
        try book.record("passkey.counter_fell", person.subject, in: person.chain, by: person.actor, [Change("factor", to: JSON(shown.factor))])
    }

    static var refused: String { t("The passkey was not accepted. Try again.") }

    private static var refusal: Problem {
        var problem = SignIn.invalidCredentials
        problem.detail = refused
        return problem
    }
}
