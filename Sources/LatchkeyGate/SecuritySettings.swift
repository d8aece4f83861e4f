import LatchkeyAccess
import LatchkeyJSON
import LatchkeySecrets

/// An account's rules for passwords and logins (`api.md`, security settings).
package struct SecuritySettings: Sendable, Hashable {
    package var concurrentLogins: ConcurrentLogins
    package var maxLogins: Int
    /// Minutes without activity after which a login ends; nil is never.
    package var inactivityMinutes: Int?
    package var absoluteHours: Int
    package var password: PasswordPolicy
    package var userDeletion: Bool
    /// Where the account's API keys may call from; empty is everywhere. Sign-in is not affected.
    package var allowedAddresses: [AddressRange] = []
    package var secondStep = SecondStepRule()
    /// Days without a sign-in after which a user is disabled; nil is never.
    package var dormantDays: Int?

    package init(_ defaults: Catalogue.Defaults) {
        concurrentLogins = defaults.concurrentLogins
        maxLogins = defaults.maxLogins
        inactivityMinutes = 30
        absoluteHours = 12
        password = PasswordPolicy()
        userDeletion = defaults.userDeletion
    }

    package static let inactivityChoices = [5, 15, 30, 60, 240, 480]
    package static let maxLoginsRange = 1...100
    package static let absoluteHoursRange = 1...720
    package static let minLengthRange = 8...128
    package static let dormantDaysRange = 1...3650

    /// Those who manage users, and administrators, are signed out after this much inactivity at the latest.
    package static let managersInactivityMinutes = 60

    /// Minutes without activity after which a user's login ends; nil is never.
    package func idleMinutes(managesUsers: Bool) -> Int? {
        managesUsers ? min(inactivityMinutes ?? Self.managersInactivityMinutes, Self.managersInactivityMinutes) : inactivityMinutes
    }

    package var json: JSON {
        [
            "concurrent_logins": .string(concurrentLogins.rawValue), "max_logins": .int(Int64(maxLogins)),
            "inactivity_minutes": inactivityMinutes.map { .int(Int64($0)) } ?? .null, "absolute_hours": .int(Int64(absoluteHours)),
            "password": [
                "min_length": .int(Int64(password.minLength)), "require_upper": .bool(password.requireUpper),
                "require_lower": .bool(password.requireLower), "require_digit": .bool(password.requireDigit),
                "require_symbol": .bool(password.requireSymbol),
            ],
            "user_deletion": .bool(userDeletion), "allowed_addresses": JSON(allowedAddresses.map(\.description)),
            "second_step": secondStep.json,
            "dormant_days": dormantDays.map { .int(Int64($0)) } ?? .null,
        ]
    }

    /// Reads what `json` wrote; what is missing takes the catalogue's defaults.
    package init(json: JSON, defaults: Catalogue.Defaults) {
        self.init(defaults)
        concurrentLogins = json["concurrent_logins"]?.text.flatMap(ConcurrentLogins.init) ?? concurrentLogins
        maxLogins = json["max_logins"]?.whole ?? maxLogins
        if let minutes = json["inactivity_minutes"] { inactivityMinutes = minutes.whole }
        absoluteHours = json["absolute_hours"]?.whole ?? absoluteHours
        userDeletion = json["user_deletion"]?.answer ?? userDeletion
        allowedAddresses = (json["allowed_addresses"]?.elements ?? []).compactMap { $0.text.flatMap { AddressRange($0) } }
        secondStep = json["second_step"].map { SecondStepRule(json: $0) } ?? secondStep
        dormantDays = json["dormant_days"]?.whole
        guard let rules = json["password"] else { return }
        password.minLength = rules["min_length"]?.whole ?? password.minLength
        password.requireUpper = rules["require_upper"]?.answer ?? password.requireUpper
        password.requireLower = rules["require_lower"]?.answer ?? password.requireLower
        password.requireDigit = rules["require_digit"]?.answer ?? password.requireDigit
        password.requireSymbol = rules["require_symbol"]?.answer ?? password.requireSymbol
    }
}
