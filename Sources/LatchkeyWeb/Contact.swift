import LatchkeyJSON

/// How to reach somebody: the customer of a session, or the support of an account.
package struct Contact: Sendable, Hashable {
    package var firstName: String?
    package var lastName: String?
    package var phone: String?
    package var email: String?

    package init(firstName: String? = nil, lastName: String? = nil, phone: String? = nil, email: String? = nil) {
        self.firstName = firstName
        self.lastName = lastName
        self.phone = phone
        self.email = email
    }

    package var json: JSON {
        ["first_name": JSON(firstName), "last_name": JSON(lastName), "phone": JSON(phone), "email": JSON(email)]
    }

    /// Reads what `json` wrote; nil for null.
    package init?(json: JSON) {
        if json.isNull { return nil }
        self.init(
            firstName: json["first_name"]?.text, lastName: json["last_name"]?.text, phone: json["phone"]?.text, email: json["email"]?.text)
    }
}

extension Fields {
    /// First and last name or neither, a phone number, an e-mail. Nil where it is absent, null, or says nothing.
    package func optionalContact(_ field: String) -> Contact? {
        guard let object = optionalObject(field) else { return nil }
        let contact = Contact(
            firstName: object.optionalText("first_name", 1...100), lastName: object.optionalText("last_name", 1...100),
            phone: object.optionalPhone("phone"), email: object.optionalEmail("email"))
        let (hasFirst, hasLast) = (object.has("first_name") && !object.isNull("first_name"), object.has("last_name") && !object.isNull("last_name"))
        if hasFirst != hasLast {
            object.invalid(hasFirst ? "last_name" : "first_name", "required", "Give first and last name, or neither.")
        }
        finish(nested: object)
        return contact == Contact() ? nil : contact
    }

    /// A phone number: `+` and 5 to 20 digits.
    package func optionalPhone(_ field: String) -> String? {
        guard let text = optionalText(field, 1...100) else { return nil }
        let digits = text.utf8.dropFirst()
        if text.utf8.first != UInt8(ascii: "+") || !(5...20).contains(digits.count) || !digits.allSatisfy({ (48...57).contains($0) }) {
            invalid(field, "invalid_phone", "This must be + and 5 to 20 digits, such as +4915112345678.")
        }
        return text
    }

    /// An e-mail address by its shape, where there is one.
    package func optionalEmail(_ field: String) -> String? { has(field) && !isNull(field) ? email(field) : nil }
}
