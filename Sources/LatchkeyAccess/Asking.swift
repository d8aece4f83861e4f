/// Who may ask what others may do, and about which records (`api.md`, decisions; ruling 7).
extension Access {
    /// Asking about others takes `users` at read from a person, and the function `decisions` from a machine: its `users` lets it manage users.
    package func mayAskAboutOthers(isMachine: Bool) -> Bool {
        isMachine ? level(of: Function.decisions) >= .read : level(of: .users) >= .read
    }
}

extension Permit {
    /// The sessions about which this principal may ask: those that they see, and all for a machine that decides.
    package var askableSessions: Visibility {
        login == nil && access.mayAskAboutOthers(isMachine: true) ? .all(keys: .all) : visibleSessions
    }
}
