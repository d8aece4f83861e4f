import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeySecrets

extension ID: SQLConvertible {
    package var sqlValue: SQLValue { .text(description) }

    package init(sqlValue: SQLValue) throws {
        guard case .text(let text) = sqlValue else { throw DatabaseError.corrupt("not an id of kind \(Kind.prefix)") }
        try self.init(stored: text)
    }

    package init(row: Row, column: Int) throws { try self.init(stored: try row.text(at: column)) }

    private init(stored text: String) throws {
        guard let id = ID(text) else { throw DatabaseError.corrupt("not an id of kind \(Kind.prefix)") }
        self = id
    }
}

extension ID {
    /// A new id: time from the clock, randomness from the system.
    package static func new(at now: Timestamp) -> ID {
        ID(at: now, random: Random.bytes(16).reduce(UInt128(0)) { $0 << 8 | UInt128($1) })
    }
}

extension Timestamp: SQLConvertible {
    package var sqlValue: SQLValue { .int(milliseconds) }

    package init(sqlValue: SQLValue) throws { self.init(milliseconds: try Int64(sqlValue: sqlValue)) }

    package init(row: Row, column: Int) throws { self.init(milliseconds: try row.integer(at: column)) }
}

extension JSON: SQLConvertible {
    package var sqlValue: SQLValue { .text(String(decoding: encode(), as: UTF8.self)) }

    package init(sqlValue: SQLValue) throws {
        guard case .text(let text) = sqlValue, let value = try? JSON.parse(Array(text.utf8)) else { throw DatabaseError.corrupt("not JSON") }
        self = value
    }
}

extension JSON {
    package init(_ timestamp: Timestamp?) { self = timestamp.map { .string($0.description) } ?? .null }
    package init<Kind>(_ id: ID<Kind>?) { self = id.map { .string($0.description) } ?? .null }
}

/// The one place where the policy's answer about sessions becomes SQL.
extension Visibility {
    /// A condition on `sessions` (columns `api_key` and `owner` of `table`) that holds for exactly the visible rows of the permit's account.
    package func condition(key: SQL = "api_key", owner: SQL = "owner") -> SQL {
        switch self {
        case .nothing: "1 = 0"
        case .own(let user, let keys): "\(fragment: owner) = \(user) AND \(fragment: keys.condition(key))"
        case .all(let keys): keys.condition(key)
        }
    }
}

extension Scope where Element: SQLConvertible & Comparable {
    /// A condition that holds where `column` is in this scope.
    package func condition(_ column: SQL) -> SQL {
        switch self {
        case .all: "1 = 1"
        case .only(let elements): "\(fragment: column) IN (\(list: elements.sorted()))"
        }
    }
}

extension EnterpriseAccess {
    /// A condition on `administrators a` that holds for those whose groups all lie within these. Somebody of no group belongs, like an account of
    /// none, to the administrators of all groups.
    package var visibleAdministrators: SQL {
        guard case .only = groups else { return "1 = 1" }
        return """
            a.all_groups = 0 AND (SELECT count(*) FROM administrator_groups g WHERE g.administrator = a.id) BETWEEN 1 AND
                (SELECT count(*) FROM administrator_groups g
                    WHERE g.administrator = a.id AND \(fragment: groups.condition("g.group_id")))
            """
    }
}

/// Functions at levels as the API and the database write them: `{id: level}`.
extension [Function: Level] {
    package var json: JSON { JSON(members: sorted { $0.key < $1.key }.map { ($0.key.rawValue, .string($0.value.name)) }) }

    /// Reads what `json` wrote.
    package init(json: JSON) {
        self.init()
        for (id, level) in json.members { self[Function(rawValue: id)] = level.text.flatMap(Level.init(name:)) ?? Level.none }
    }
}

/// Grants as the API and the database write them: `{screens: {id: {level, reach?}}, functions: {id: level}}`.
extension Grants {
    package var screensJSON: JSON {
        JSON(
            members: screens.sorted { $0.key < $1.key }.map { screen, grant in
                let level: (String, JSON) = ("level", .string(grant.level.name))
                let hasReach = Screen.withReach.contains(screen)
                return (screen.rawValue, JSON(members: hasReach ? [level, ("reach", .string(grant.reach.rawValue))] : [level]))
            })
    }

    package var functionsJSON: JSON { JSON(members: functions.sorted { $0.key < $1.key }.map { ($0.key.rawValue, .string($0.value.name)) }) }

    /// Reads what `screensJSON` and `functionsJSON` wrote.
    package init(screensJSON: JSON, functionsJSON: JSON) {
        var screens: [Screen: ScreenGrant] = [:]
        var functions: [Function: Level] = [:]
        for (id, grant) in screensJSON.members {
            let level = grant["level"]?.text.flatMap(Level.init(name:)) ?? .none
            screens[Screen(rawValue: id)] = ScreenGrant(level, reach: grant["reach"]?.text.flatMap(Reach.init) ?? .own)
        }
        for (id, level) in functionsJSON.members { functions[Function(rawValue: id)] = level.text.flatMap(Level.init(name:)) ?? Level.none }
        self.init(screens: screens, functions: functions)
    }
}
