import LatchkeyAccess
import LatchkeyWeb

/// How sessions look in the console: a status by shape, colour and word, and the words for the rest.
enum SessionLook {
    static func badge(_ status: SessionStatus, _ parts: Parts) -> HTML {
        let (text, icon, tone) = look(status)
        return parts.badge(text, icon: icon, tone: tone)
    }

    static func name(_ status: SessionStatus) -> String { look(status).0 }

    private static func look(_ status: SessionStatus) -> (String, StaticString, Parts.Tone) {
        switch status {
        case .idle: (t("Idle"), "st-idle", .plain)
        case .started: (t("Started"), "st-started", .info)
        case .process: (t("In process"), "st-process", .info)
        case .captured: (t("Captured"), "st-captured", .violet)
        case .confirm: (t("Waiting confirm"), "st-confirm", .warning)
        case .complete: (t("Complete"), "st-complete", .good)
        case .expired: (t("Expired"), "st-expired", .plain)
        case .invalid: (t("Invalid"), "st-invalid", .bad)
        }
    }

    static func name(_ source: Session.Source) -> String {
        switch source {
        case .dashboard: t("Dashboard")
        case .shareableLink: t("Sharable link")
        case .embeddedWidget: t("Embedded widget")
        case .api: t("API")
        }
    }

    static func kind(_ actor: Actor) -> String? {
        switch actor.kind {
        case .administrator: t("Administrator")
        case .apiKey: t("API key")
        case .integration: t("Integration")
        case .link: t("Link")
        case .user, .capture, .system: nil
        }
    }

    /// What a field is called within a sentence.
    static func name(field: String) -> String {
        switch field {
        case "contact.first_name": t("first name")
        case "contact.last_name": t("last name")
        case "contact.phone": t("phone")
        case "contact.email": t("e-mail")
        case "vehicle.vin": t("VIN")
        case "vehicle.year": t("year")
        case "vehicle.make": t("make")
        case "vehicle.model": t("model")
        case "vehicle.odometer": t("odometer")
        case "vehicle.odometer_unit": t("unit")
        case "reference": t("reference")
        case "client_id": t("client id")
        case "language": t("language")
        case "redirect_url": t("address to go to afterwards")
        default: field
        }
    }

    /// `48,210 km`
    static func odometer(_ vehicle: Session.Vehicle) -> String? {
        guard let distance = vehicle.odometer else { return nil }
        let digits = String(distance)
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.utf8.count - index) % 3 == 0 { grouped += "," }
            grouped.append(digit)
        }
        return grouped + " " + (vehicle.unit == .mi ? t("miles") : t("km"))
    }

    static func madeIn(_ vin: VIN) -> String? {
        switch vin.region {
        case "Africa": t("Made in Africa")
        case "Asia": t("Made in Asia")
        case "Europe": t("Made in Europe")
        case "North America": t("Made in North America")
        case "Oceania": t("Made in Oceania")
        case "South America": t("Made in South America")
        default: nil
        }
    }
}
