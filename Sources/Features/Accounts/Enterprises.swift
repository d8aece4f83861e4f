import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

extension Enterprise {
    package var json: JSON {
        JSON(members: [("name", .string(name))] + settings.json.members)
    }

    package var tag: ETag { ETag(json) }

    var subject: Subject { Subject("enterprise", "enterprise", name) }
}

/// What can be done with the enterprise itself.
package enum Enterprises {
    /// Changes the fields that are named. Whoever works in some groups only sets nothing that holds for all.
    /// - Throws: `Problem` 400, 422, 403 for whoever lacks groups, 412.
    package static func update(
        _ fields: () throws -> Fields, match: (ETag) throws -> Void, _ permit: borrowing EnterprisePermit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Enterprise {
        try Administrators.requireAllGroups(permit)
        let fields = try fields()
        let before = try Enterprise.find(permit, tx)
        var enterprise = before
        if fields.has("name") { enterprise.name = fields.name() }
        if fields.has("catalogue") { enterprise.settings.catalogue = fields.optionalChoice("catalogue", ReadyCatalogue.self)?.rawValue }
        if fields.has("switching") {
            let switching = fields.optionalObject("switching")
            // Whole: what is left out takes its default (ruling 24).
            let usual = EnterpriseSettings()
            enterprise.settings.switchReasonRequired = switching?.optionalFlag("reason_required") ?? usual.switchReasonRequired
            enterprise.settings.switchMinutes =
                switching?.optionalInteger("max_minutes", EnterpriseSettings.switchMinutesRange) ?? usual.switchMinutes
            fields.finish(nested: switching)
        }
        try fields.finish()
        try match(before.tag)
        if enterprise == before { return before }
        try Enterprise.save(enterprise, permit, tx)
        try ledger.recordChange("enterprise.changed", enterprise.subject, from: before.json, to: enterprise.json)
        return enterprise
    }
}
