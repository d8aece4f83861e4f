import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// An account's rules for passwords and logins.
package enum SecurityRules {
    /// - Throws: `Hidden`.
    package static func find(_ permit: borrowing Permit, _ tx: any Transaction) throws -> SecuritySettings {
        guard let found = try SecuritySettingsStore.find(permit, tx) else { throw Hidden() }
        return found.settings
    }

    /// Changes the settings that are named, whole; logins that go on obey them at once.
    /// - Throws: `Problem` 400 or 422 naming the fields, 412.
    package static func update(
        _ fields: Fields, match: (ETag) throws -> Void, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> SecuritySettings {
        guard let (account, before) = try SecuritySettingsStore.find(permit, tx) else { throw Hidden() }
        var settings = before
        try read(fields, into: &settings, permit, tx)
        try fields.finish()
        try match(before.tag)
        if settings == before { return before }
        try SecuritySettingsStore.update(settings, permit, tx)
        if settings.absoluteHours < before.absoluteHours { try LoginStore.shorten(toHours: settings.absoluteHours, permit, tx) }
        if let minutes = before.inactivityMinutes, settings.inactivityMinutes ?? .max > minutes {
            // Who was signed out by the old rule is not signed in again by the new one.
            try LoginStore.expireIdle(minutes: minutes, at: ledger.now, permit, tx)
        }
        try ledger.recordChange("settings.changed", Subject("account", permit.account, account), from: before.json, to: settings.json)
        return settings
    }

    private static func read(
        _ fields: Fields, into settings: inout SecuritySettings, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        if fields.has("concurrent_logins") {
            settings.concurrentLogins = fields.choice("concurrent_logins", default: settings.concurrentLogins)
        }
        if fields.has("max_logins") { settings.maxLogins = fields.integer("max_logins", SecuritySettings.maxLoginsRange) }
        if fields.has("inactivity_minutes") { settings.inactivityMinutes = inactivity(fields) }
        if fields.has("absolute_hours") { settings.absoluteHours = fields.integer("absolute_hours", SecuritySettings.absoluteHoursRange) }
        if fields.has("password") { settings.password = password(fields) }
        if fields.has("user_deletion") { settings.userDeletion = fields.flag("user_deletion") }
        if fields.has("second_step") {
            let roles = try SecuritySettingsStore.roles(permit, tx)
            settings.secondStep = secondStep(fields, roles: roles)
        }
        if fields.has("allowed_addresses") { settings.allowedAddresses = addresses(fields) }
        if fields.has("dormant_days") { settings.dormantDays = fields.optionalInteger("dormant_days", SecuritySettings.dormantDaysRange) }
    }

    private static func inactivity(_ fields: Fields) -> Int? {
        guard let minutes = fields.optionalInteger("inactivity_minutes", Int.min...Int.max) else { return nil }
        if !SecuritySettings.inactivityChoices.contains(minutes) {
            let choices = SecuritySettings.inactivityChoices.map(String.init).joined(separator: ", ")
            fields.invalid("inactivity_minutes", "invalid_choice", "This must be one of \(choices), or null for never.")
        }
        return minutes
    }

    /// Whole: what is left out takes its default (ruling 24).
    private static func password(_ fields: Fields) -> PasswordPolicy {
        var policy = PasswordPolicy()
        guard let rules = fields.object("password") else { return policy }
        policy.minLength = rules.optionalInteger("min_length", SecuritySettings.minLengthRange) ?? policy.minLength
        policy.requireUpper = rules.optionalFlag("require_upper") ?? policy.requireUpper
        policy.requireLower = rules.optionalFlag("require_lower") ?? policy.requireLower
        policy.requireDigit = rules.optionalFlag("require_digit") ?? policy.requireDigit
        policy.requireSymbol = rules.optionalFlag("require_symbol") ?? policy.requireSymbol
        fields.finish(nested: rules)
        return policy
    }

    /// Whole: what is left out takes its default (ruling 24). Administrators have no roles.
    package static func secondStep(_ fields: Fields, roles existing: Set<RoleID>?) -> SecondStepRule {
        var rule = SecondStepRule()
        guard let given = fields.object("second_step") else { return rule }
        rule.required = given.optionalChoice("required") ?? rule.required
        if given.has("methods") {
            rule.methods = []
            for text in given.texts("methods") {
                if let method = SecondStepRule.Method(rawValue: text) {
                    rule.methods.insert(method)
                } else {
                    let choices = SecondStepRule.Method.allCases.map(\.rawValue).joined(separator: ", ")
                    given.invalid("methods", "invalid_choice", "These must be some of \(choices).")
                }
            }
            if rule.methods.isEmpty { given.invalid("methods", "required", "Choose at least one.") }
        }
        if let existing {
            rule.roles = Set(given.ids("roles") ?? [])
            if !rule.roles.isSubset(of: existing) { given.unknownReference("roles") }
            if rule.required == .roles, rule.roles.isEmpty { given.invalid("roles", "required", "Choose at least one role.") }
        } else if rule.required == .roles {
            given.invalid("required", "invalid_choice", "This must be one of off, all.")
        }
        fields.finish(nested: given)
        return rule
    }

    package static let mostAddresses = 200

    private static func addresses(_ fields: Fields) -> [AddressRange] {
        let texts = fields.texts("allowed_addresses")
        if texts.count > mostAddresses {
            fields.invalid("allowed_addresses", "out_of_range", "This may have at most \(mostAddresses) entries.")
            return []
        }
        var ranges: [AddressRange] = []
        for text in texts {
            guard let range = AddressRange(text) else {
                fields.invalid(
                    "allowed_addresses", "invalid_address", "These must be IP addresses or networks, such as 192.0.2.0/24 or 2001:db8::/32.")
                return []
            }
            if !ranges.contains(range) { ranges.append(range) }
        }
        return ranges
    }
}

extension SecuritySettings {
    package var tag: ETag { ETag(json) }
}
