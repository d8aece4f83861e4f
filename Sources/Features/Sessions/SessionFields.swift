import LatchkeyAccess
import LatchkeyWeb

/// The fields that a session is made and changed with.
enum SessionFields {
    /// Takes over the fields that the body names.
    static func read(_ fields: Fields, into session: inout Session) {
        if fields.has("contact") { session.contact = contact(fields) }
        if fields.has("vehicle") { session.vehicle = vehicle(fields) }
        if fields.has("client_id") { session.clientID = fields.optionalText("client_id", 1...100) }
        if fields.has("reference") { session.reference = fields.optionalText("reference", 1...100) }
        if fields.has("language") { session.language = language(fields) }
        if fields.has("redirect_url") { session.redirectURL = redirectURL(fields) }
    }

    /// The customer who starts from a link: all of it is asked for.
    static func customer(_ fields: Fields) -> Session.Contact {
        let first = fields.name("first_name"), last = fields.name("last_name")
        if fields.isAbsent("phone") { fields.invalid("phone", "required", "This is required.") }
        return Session.Contact(firstName: first, lastName: last, phone: phone(fields), email: nil)
    }

    private static func contact(_ fields: Fields) -> Session.Contact {
        guard let inner = fields.optionalObject("contact") else { return Session.Contact() }
        let contact = Session.Contact(
            firstName: inner.optionalText("first_name", 1...100), lastName: inner.optionalText("last_name", 1...100), phone: phone(inner),
            email: inner.isAbsent("email") ? nil : inner.email("email"))
        if inner.isAbsent("first_name") != inner.isAbsent("last_name") {
            inner.invalid(inner.isAbsent("first_name") ? "first_name" : "last_name", "required", "Give first and last name, or neither.")
        }
        fields.finish(nested: inner)
        return contact
    }

    private static func phone(_ fields: Fields) -> String? {
        guard let text = fields.optionalText("phone", 1...40) else { return nil }
        // People write spaces, dashes and brackets; what is kept is the number.
        let plain = String(text.unicodeScalars.filter { !" -()./\u{A0}".unicodeScalars.contains($0) }.map(Character.init))
        let digits = plain.utf8.dropFirst()
        guard plain.utf8.first == UInt8(ascii: "+"), (5...20).contains(digits.count), digits.allSatisfy({ $0 >= 48 && $0 <= 57 }) else {
            fields.invalid("phone", "invalid_phone", "This must be + and 5 to 20 digits, such as +4915112345678.")
            return nil
        }
        return plain
    }

    private static func vehicle(_ fields: Fields) -> Session.Vehicle {
        guard let inner = fields.optionalObject("vehicle") else { return Session.Vehicle() }
        var vehicle = Session.Vehicle(
            vin: nil, year: inner.optionalInteger("year", 1886...2100), make: inner.optionalText("make", 1...100),
            model: inner.optionalText("model", 1...100), odometer: inner.optionalInteger("odometer", 0...9_999_999),
            unit: inner.optionalChoice("odometer_unit"))
        if let text = inner.optionalText("vin", 1...40) {
            vehicle.vin = VIN(text)?.text
            if vehicle.vin == nil {
                inner.invalid("vin", "invalid_vin", "A VIN has 17 characters: digits and letters without I, O and Q.")
            }
        }
        if vehicle.odometer == nil { vehicle.unit = nil } else if vehicle.unit == nil { vehicle.unit = .km }
        fields.finish(nested: inner)
        return vehicle
    }

    private static func language(_ fields: Fields) -> String? {
        guard let text = fields.optionalText("language", 2...35) else { return nil }
        if !LanguageTag.isWellFormed(text) { fields.invalid("language", "invalid_language", "This must be a language tag, such as en or pt-BR.") }
        return text
    }

    private static func redirectURL(_ fields: Fields) -> String? {
        guard let text = fields.optionalText("redirect_url", 1...2000) else { return nil }
        if !WebAddress.isSafe(text) {
            fields.invalid("redirect_url", "invalid_url", "This must be an https address, such as https://example.com/done.")
        }
        return text
    }
}
