import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

extension Call {
    /// Notes that people used what was granted: a dashboard asks when somebody comes. Searches ask about everybody, and are no use of anything.
    func noteUses(of granted: [Evaluation]) {
        guard let account = caller?.principal.account else { return }
        let uses = granted.compactMap { question -> GrantUses.Use? in
            guard case .user(let user)? = question.subject else { return nil }
            switch question.resource {
            case .screen(let screen): return GrantUses.Use(screen, by: user, in: account)
            case .function(let function): return GrantUses.Use(function, by: user, in: account)
            case .session: return GrantUses.Use(.sessions, by: user, in: account)
            }
        }
        house.uses.note(uses, at: now)
    }
}
