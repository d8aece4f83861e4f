/// A yes or no about one thing, with the reason that `rulings.md` 26 names and the roles that give it.
package struct Decision: Sendable, Hashable {
    package enum Reason: String, Sendable, Hashable {
        case granted
        case notGranted = "not_granted"
        case levelTooLow = "level_too_low"
        case placeNotHeld = "place_not_held"
        case keyNotHeld = "key_not_held"
        case notOwner = "not_owner"
        case maker
    }

    package var reason: Reason
    /// The roles that alone give it.
    package var via: [RoleID]

    package var isAllowed: Bool { reason == .granted }
}

/// What is asked about: a screen, a function or one session, at a level, maybe somewhere, maybe made by somebody.
package struct Question: Sendable, Hashable {
    package enum Thing: Sendable, Hashable {
        case screen(Screen)
        case function(Function)
        case session(key: APIKeyID, owner: UserID?)
    }

    package var thing: Thing
    package var level: Level
    /// The place of the thing and its ancestors, where it has a place.
    package var path: [PlaceID]?
    /// Who made the record, where a function acts on one.
    package var maker: UserID?

    package init(_ thing: Thing, _ level: Level, path: [PlaceID]? = nil, maker: UserID? = nil) {
        self.thing = thing
        self.level = level
        self.path = path
        self.maker = maker
    }
}

extension Access {
    /// Decides one question, giving the first reason that applies, and the roles that give it. `Holder.decide` says the same sooner, and no more
    /// than yes or no and why; the slow, obvious twin of both is the reference model in the tests.
    package func decide(_ question: Question, exclusions: [Exclusion] = []) -> Decision {
        func no(_ reason: Decision.Reason) -> Decision { Decision(reason: reason, via: []) }
        let held: Level =
            switch question.thing {
            case .screen(let screen): level(of: screen)
            case .function(let function): level(of: function)
            // Held at all, whatever the reach: only then may the answer tell anything about the record.
            case .session: level(of: .sessions)
            }
        if question.level == .none || held == .none { return no(.notGranted) }
        if held < question.level { return no(.levelTooLow) }
        if let path = question.path, !path.contains(where: places.contains) { return no(.placeNotHeld) }
        let giving = via(question)
        if case .session(let key, _) = question.thing {
            if !keys.contains(key) { return no(.keyNotHeld) }
            if giving.isEmpty { return no(.notOwner) }
        }
        if case .function(let function) = question.thing, question.level == .full, let maker = question.maker, maker == user,
            exclusions.contains(where: { $0.on == .record && $0.involves(function) })
        {
            return no(.maker)
        }
        return Decision(reason: .granted, via: giving)
    }

    /// The roles that alone give what is asked, as far as roles do: whose the record is counts, places and keys do not.
    package func via(_ question: Question) -> [RoleID] { roles.filter { gives($0, question) }.map(\.id) }

    package func gives(_ role: Role, _ question: Question) -> Bool {
        switch question.thing {
        case .screen(let screen): return (role.grants.screens[screen]?.level ?? .none) >= question.level
        case .function(let function): return (role.grants.functions[function] ?? .none) >= question.level
        case .session(_, let owner):
            guard let grant = role.grants.screens[.sessions], grant.level >= question.level else { return false }
            return owner != nil && owner == user || grant.reach.covers(.all)
        }
    }
}
