import FactorsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import PasskeysFeature

/// Adding a passkey of one's own: what the browser is told, and what it brings back.
enum OwnPasskeys {
    /// - Throws: `Problem` 409 `factor_not_allowed`, `too_many_factors`, `no_passkeys_here`.
    static func offer(_ call: Call) async throws -> Passkeys.Asking {
        let now = call.now
        let desk = try Passkeys.Desk(call.house)
        let enterprise = call.caller?.surroundings.enterprise ?? ""
        return try await call.ownRead { permit, tx in
            try OwnFactors.requireRoom(for: .passkey, at: now, permit, tx)
            guard let person = try CandidateStore.find(at: now, permit, tx) else { throw Refusal.signIn }
            return try Passkeys.offer(
                username: person.username, name: person.name, enterprise: enterprise.isEmpty ? "Latchkey" : enterprise, at: now, desk, permit, tx)
        }
    }

    /// Keeps what the browser brings back; answers the first recovery codes, once.
    /// - Throws: `Problem` 422 `invalid_passkey`, 409 as `offer`, and `factor_added` for one that is somebody's already.
    static func add(_ answer: PasskeyAnswer, name: String?, _ call: Call) async throws -> (factor: Factor, recoveryCodes: [String]) {
        let desk = try Passkeys.Desk(call.house)
        let room = call.house.mail
        return try await call.ownWrite { permit, tx, ledger in
            let factor = Factor(id: .new(at: ledger.now), kind: .passkey, name: name ?? t("Passkey"), createdAt: ledger.now)
            let made = try Passkeys.made(answer, as: factor.id, at: ledger.now, desk, permit)
            try OwnFactors.requireRoom(for: .passkey, at: ledger.now, permit, tx)
            let codes = try OwnFactors.add(factor, sealed: nil, room, permit, tx, ledger)
            try Passkeys.keep(made, at: ledger.now, permit, tx)
            return (factor, codes)
        }
    }
}
