import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON

/// What holds for the whole enterprise.
package struct EnterpriseSettings: Sendable, Hashable {
    /// Which ready catalogue's words its own pages speak, and which a form offers for a new account; nil is Latchkey's own words.
    package var catalogue: String?
    /// Whether an administrator who switches has to say why.
    package var switchReasonRequired = false
    /// How long one is switched at the most.
    package var switchMinutes = 720

    package static let switchMinutesRange = 5...720

    package init() {}

    package init(json: JSON) {
        catalogue = json["catalogue"]?.text
        switchReasonRequired = json["switching"]?["reason_required"] == true
        if let minutes = json["switching"]?["max_minutes"]?.integer { switchMinutes = Int(minutes) }
    }

    package var json: JSON {
        [
            "catalogue": JSON(catalogue),
            "switching": ["reason_required": .bool(switchReasonRequired), "max_minutes": .int(Int64(switchMinutes))],
        ]
    }
}

/// The company that runs this installation.
package struct Enterprise: Sendable, Hashable {
    package var name: String
    package var settings: EnterpriseSettings

    package init(name: String, settings: EnterpriseSettings) {
        self.name = name
        self.settings = settings
    }

    /// Without a name as long as it is not set up.
    static func read(_ tx: any Transaction) throws -> Enterprise {
        try tx.row("SELECT name, settings FROM enterprise WHERE id = 1") {
            Enterprise(name: try $0[0], settings: EnterpriseSettings(json: try $0[1]))
        } ?? Enterprise(name: "", settings: EnterpriseSettings())
    }

    package static func find(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Enterprise { try read(tx) }

    /// Stores name and settings.
    package static func save(_ enterprise: Enterprise, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try tx.execute("UPDATE enterprise SET name = \(enterprise.name), settings = \(enterprise.settings.json) WHERE id = 1")
    }
}
