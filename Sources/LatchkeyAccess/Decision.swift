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
    /// Decides one question, giving the first reason that applies. The slow, obvious twin of this is the reference model in the tests.
    package func decide(_ question: Question, exclusions: [Exclusion] = []) -> Decision {
        func no(_ reason: Decision.Reason) -> Decision { Decision(reason: reason, via: []) }
        let held: Level
        let giving: [Role]
        switch question.thing {
        case .screen(let screen):
            held = level(of: screen)
            giving = via(screen, at: question.level)
        case .function(let function):
            held = level(of: function)
            giving = via(function, at: question.level)
        case .session(_, let owner):
            // Held at all, whatever the reach: only then may the answer tell anything about the record.
            held = level(of: .sessions)
            let isOwn = owner != nil && owner == user
            giving = via(.sessions, at: question.level)
                .filter { isOwn || ($0.grants.screens[.sessions]?.reach.covers(.all) ?? false) }
        }
        if question.level == .none || held == .none { return no(.notGranted) }
        if held < question.level { return no(.levelTooLow) }
        if let path = question.path, !path.contains(where: places.contains) { return no(.placeNotHeld) }
        if case .session(let key, _) = question.thing {
            if !keys.contains(key) { return no(.keyNotHeld) }
            if giving.isEmpty { return no(.notOwner) }
        }
        if case .function(let function) = question.thing, question.level == .full, let maker = question.maker, maker == user,
            exclusions.contains(where: { $0.on == .record && $0.involves(function) })
        {
            return no(.maker)
        }
        return Decision(reason: .granted, via: giving.map(\.id))
    }
}
