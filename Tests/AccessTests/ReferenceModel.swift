import LatchkeyAccess

// A second implementation of the one rule, for `ModelTests` to compare the real one with. It is written from the text of the specification
// ("The one rule of access", rulings 1, 3, 4, 11, 26, 28), one role after the other, and shares nothing with the real one but plain words
// (`Level`, `Reach`, ids). It must stay slow and obvious: no sums of roles, no sets of grants, nothing precomputed.

/// A role as somebody typed it: lines, which may say `none`, or a reach where none is needed.
struct ReferenceRole {
    struct ScreenLine { var screen: Screen, level: Level, reach: Reach }
    struct FunctionLine { var function: Function, level: Level }

    var id: RoleID
    var name: String
    var screens: [ScreenLine]
    var functions: [FunctionLine]
    var isManager: Bool
    var gives: [String]
}

/// A person, with everything that they were given. `nil` for keys or places means "all, current and future".
struct ReferencePerson {
    var user: UserID?
    var roles: [ReferenceRole]
    var keys: [APIKeyID]?
    var places: [PlaceID]?
}

/// The tree of places: each place's parent.
typealias ReferenceTree = [PlaceID: PlaceID]

enum ReferenceModel {
    // MARK: Rule 2: a request is allowed if one role alone allows it

    /// The role alone grants this screen at this level, on records of one's own or of everybody.
    static func grants(_ role: ReferenceRole, _ screen: Screen, _ level: Level, on reach: Reach) -> Bool {
        for line in role.screens where line.screen == screen && line.level != .none && line.level.rawValue >= level.rawValue {
            // `reach` is for `sessions` and `session-files`: other screens have no owners.
            if screen.rawValue != "sessions" && screen.rawValue != "session-files" { return true }
            if reach == .own || line.reach == .all { return true }
        }
        return false
    }

    static func grants(_ role: ReferenceRole, _ function: Function, _ level: Level) -> Bool {
        for line in role.functions where line.function == function && line.level != .none && line.level.rawValue >= level.rawValue { return true }
        return false
    }

    static func grants(_ person: ReferencePerson, _ screen: Screen, _ level: Level, on reach: Reach) -> Bool {
        for role in person.roles where grants(role, screen, level, on: reach) { return true }
        return false
    }

    static func grants(_ person: ReferencePerson, _ function: Function, _ level: Level) -> Bool {
        for role in person.roles where grants(role, function, level) { return true }
        return false
    }

    // MARK: Rules 3 and 4: places, keys, owners

    static func isManager(_ person: ReferencePerson) -> Bool {
        for role in person.roles where role.isManager { return true }
        return false
    }

    /// The place or one of its ancestors is among the person's.
    static func mayEnter(_ person: ReferencePerson, _ place: PlaceID, _ tree: ReferenceTree) -> Bool {
        if isManager(person) { return true }
        guard let places = person.places else { return true }
        var here: PlaceID? = place
        while let now = here {
            if places.contains(now) { return true }
            here = tree[now]
        }
        return false
    }

    static func holds(_ person: ReferencePerson, _ key: APIKeyID) -> Bool {
        if isManager(person) { return true }
        guard let keys = person.keys else { return true }
        return keys.contains(key)
    }

    static func owns(_ person: ReferencePerson, _ owner: UserID?) -> Bool {
        guard let user = person.user, let owner else { return false }
        return user == owner
    }

    /// Whether a session is among those on which the person holds the screen at the level.
    static func sees(_ person: ReferencePerson, _ screen: Screen, _ level: Level, key: APIKeyID, owner: UserID?) -> Bool {
        if !holds(person, key) { return false }
        for role in person.roles {
            if grants(role, screen, level, on: .all) { return true }
            if owns(person, owner) && grants(role, screen, level, on: .own) { return true }
        }
        return false
    }

    // MARK: Decisions: the first reason of ruling 26 that applies

    enum Thing {
        case screen(Screen)
        case function(Function)
        case session(key: APIKeyID, owner: UserID?)
    }

    static func decide(
        _ person: ReferencePerson, _ thing: Thing, _ level: Level, at place: PlaceID?, maker: UserID?, tree: ReferenceTree, exclusions: [Exclusion]
    ) -> (reason: String, via: [RoleID]) {
        func grants(_ role: ReferenceRole, _ level: Level) -> Bool {
            switch thing {
            case .screen(let screen): Self.grants(role, screen, level, on: .own)
            case .function(let function): Self.grants(role, function, level)
            case .session: Self.grants(role, Screen(rawValue: "sessions"), level, on: .own)
            }
        }
        if level == .none { return ("not_granted", []) }
        var some = false
        var enough = false
        for role in person.roles {
            if grants(role, .read) { some = true }
            if grants(role, level) { enough = true }
        }
        if !some { return ("not_granted", []) }
        if !enough { return ("level_too_low", []) }
        if let place, !mayEnter(person, place, tree) { return ("place_not_held", []) }
        if case .session(let key, _) = thing, !holds(person, key) { return ("key_not_held", []) }
        var via: [RoleID] = []
        for role in person.roles {
            switch thing {
            case .screen, .function:
                if grants(role, level) { via.append(role.id) }
            case .session(_, let owner):
                let reach: Reach = owns(person, owner) ? .own : .all
                if Self.grants(role, Screen(rawValue: "sessions"), level, on: reach) { via.append(role.id) }
            }
        }
        if case .session = thing, via.isEmpty { return ("not_owner", []) }
        if case .function(let function) = thing, level == .full, owns(person, maker) {
            for exclusion in exclusions where exclusion.on == .record {
                if exclusion.a == function || exclusion.b == function { return ("maker", []) }
            }
        }
        return ("granted", via)
    }

    // MARK: Rule 5: nobody gives away what they do not have

    /// Every grant of the role, one by one, is held oneself.
    static func holdsGrants(_ person: ReferencePerson, _ role: ReferenceRole) -> Bool {
        for line in role.screens where line.level != .none {
            if !grants(person, line.screen, line.level, on: line.reach) { return false }
        }
        for line in role.functions where line.level != .none {
            if !grants(person, line.function, line.level) { return false }
        }
        return true
    }

    static func gives(_ person: ReferencePerson, _ name: String) -> Bool {
        for role in person.roles where role.gives.contains(name) { return true }
        return false
    }

    /// Everything that having the role means: its grants, all keys and places if it is the manager's, and the roles that it may give.
    static func holdsAll(_ person: ReferencePerson, of role: ReferenceRole) -> Bool {
        if !holdsGrants(person, role) { return false }
        if isManager(person) { return true }
        if role.isManager { return false }
        for name in role.gives where !gives(person, name) { return false }
        return true
    }

    static func mayGive(_ person: ReferencePerson, _ role: ReferenceRole, toOneself: Bool) -> Bool {
        if holdsAll(person, of: role) { return true }
        if toOneself { return false }
        if isManager(person) { return true }
        return gives(person, role.name)
    }

    static func mayGive(_ person: ReferencePerson, keys: [APIKeyID]?) -> Bool {
        if isManager(person) { return true }
        guard let keys else { return person.keys == nil }
        for key in keys where !holds(person, key) { return false }
        return true
    }

    /// Who may enter a place may give it; all places, to come too, are given by who has all.
    static func mayGive(_ person: ReferencePerson, places: [PlaceID]?, _ tree: ReferenceTree) -> Bool {
        if isManager(person) { return true }
        guard let places else { return person.places == nil }
        for place in places where !mayEnter(person, place, tree) { return false }
        return true
    }

    /// Whoever holds the new parent, or anything above it, has the place from then on.
    static func mayMove(_ person: ReferencePerson, _ place: PlaceID, into parent: PlaceID?, _ tree: ReferenceTree) -> Bool {
        if parent == nil { return true }
        return mayEnter(person, place, tree)
    }

    /// The way up from a place, itself first; nil where it never ends, or is longer than so many steps.
    static func wayUp(_ place: PlaceID, _ tree: ReferenceTree, atMost steps: Int) -> [PlaceID]? {
        var way = [place]
        while let next = tree[way[way.count - 1]] {
            way.append(next)
            if way.count > steps { return nil }
        }
        return way
    }

    static func mayEdit(_ person: ReferencePerson, _ other: ReferencePerson) -> Bool {
        for role in other.roles where !mayGive(person, role, toOneself: false) { return false }
        return true
    }

    /// The other holds no more than oneself: no role, key or place.
    static func maySetPassword(_ person: ReferencePerson, of other: ReferencePerson, _ tree: ReferenceTree) -> Bool {
        for role in other.roles where !holdsAll(person, of: role) { return false }
        if isManager(person) { return true }
        return !isManager(other) && mayGive(person, keys: other.keys) && mayGive(person, places: other.places, tree)
    }

    /// Ruling 1.
    static func mayHandOutSecrets(_ person: ReferencePerson) -> Bool { grants(person, Screen(rawValue: "sessions"), .full, on: .all) }

    /// Ruling 5: a function for an integration, which has reach all, all keys and all places.
    static func mayGive(_ person: ReferencePerson, _ function: Function, _ level: Level) -> Bool {
        let screen = Screen(rawValue: function.rawValue)
        let own: Set<String> = [
            "overview", "sessions", "session-files", "api-keys", "account", "users", "roles", "links", "places", "logins", "integrations",
            "catalogue",
            "history",
        ]
        if function.rawValue == "decisions" {
            return grants(person, Screen(rawValue: "users"), .read, on: .all) || grants(person, function, level)
        }
        if !own.contains(function.rawValue) { return grants(person, function, level) }
        if function.rawValue == "sessions" || function.rawValue == "session-files" {
            let holdsAllKeys = person.keys == nil || isManager(person)
            return holdsAllKeys && grants(person, screen, level, on: .all)
        }
        return grants(person, screen, level, on: .own)
    }

    // MARK: The gate's question

    /// Where somebody is: in an account, with or without field work, or at the enterprise level.
    enum Where {
        case account(ReferencePerson, hasFieldWork: Bool)
        case enterprise(ReferenceAdministrator)
    }

    struct ReferenceAdministrator {
        var permissions: [Permission]
        /// nil: all groups.
        var groups: [GroupID]?
    }

    /// The name of the refusal, nil for none: must change the password, must add a factor, no account, no field work, address, screen, level; in this order.
    static func check(
        _ need: Need, at place: Where, hasLogin: Bool, mustChangePassword: Bool, mustAddFactor: Bool = false, isOutside: Bool
    ) -> String? {
        if mustChangePassword {
            switch need {
            case .anyone, .firstSteps: break
            default: return "passwordChangeRequired"
            }
        }
        if mustAddFactor {
            switch need {
            case .anyone, .firstSteps, .secondStep: break
            default: return "secondStepEnrolmentRequired"
            }
        }
        if case (.screen(let screen, _), .account(_, hasFieldWork: false)) = (need, place) {
            if ["sessions", "session-files", "api-keys", "links"].contains(screen.rawValue) { return "noFieldWork" }
        }
        if isOutside { return "addressNotAllowed" }
        switch (need, place) {
        case (.anyone, _): return nil
        case (.login, _), (.firstSteps, _), (.secondStep, _): return hasLogin ? nil : "needsLogin"
        case (.member, .account): return nil
        // The model's machines are API keys.
        case (.personOrIntegration, .account): return hasLogin ? nil : "needsLogin"
        case (.member, .enterprise), (.personOrIntegration, .enterprise), (.screen, .enterprise): return "noAccount"
        case (.screen(let screen, let level), .account(let person, _)):
            if !grants(person, screen, .read, on: .own) { return "notGranted" }
            if !grants(person, screen, level, on: .own) { return "levelTooLow" }
            return nil
        case (.enterprise, .account): return "notEnterprise"
        case (.enterprise(let permission), .enterprise(let administrator)):
            if let permission, !administrator.permissions.contains(permission) { return "permissionMissing" }
            return nil
        }
    }

    // MARK: Administrators

    static func reaches(_ administrator: ReferenceAdministrator, _ group: GroupID?) -> Bool {
        guard let groups = administrator.groups else { return true }
        guard let group else { return false }
        return groups.contains(group)
    }

    static func holds(_ administrator: ReferenceAdministrator, _ other: ReferenceAdministrator) -> Bool {
        for permission in other.permissions where !administrator.permissions.contains(permission) { return false }
        guard let mine = administrator.groups else { return true }
        guard let theirs = other.groups else { return false }
        for group in theirs where !mine.contains(group) { return false }
        return true
    }
}
