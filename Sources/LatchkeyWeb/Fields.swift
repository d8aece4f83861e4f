import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// A request's body, or a form, read field by field. Every reader answers a value of its type and notes what is wrong; `finish` then throws
/// everything that was noted at once, so that a person sees all bad fields together. Use what was read only after `finish`.
package final class Fields {
    private let members: [(key: String, value: JSON)]
    private let prefix: String
    private var malformed: [Problem.Field] = []
    private var invalid: [Problem.Field] = []
    private var read: Set<String> = []

    package init(_ body: JSON, prefix: String = "") throws {
        guard case .object = body else { throw Problem.malformed("wrong_type", "The body must be a JSON object.") }
        members = body.members.map { (key: $0.0, value: $0.1) }
        self.prefix = prefix
    }

    // MARK: Noting

    package func malformed(_ field: String, _ code: String, _ message: String) { malformed.append(.init(prefix + field, code, message)) }
    package func invalid(_ field: String, _ code: String, _ message: String) { invalid.append(.init(prefix + field, code, message)) }
    package func unknownReference(_ field: String) { invalid(field, "unknown_reference", "No such id here, or none that you can use.") }

    /// Throws 400 for what is malformed (unknown fields too), else 422 for what is refused.
    package func finish() throws {
        for member in members where !read.contains(member.key) {
            malformed(member.key, "unknown_field", "There is no field of this name here.")
        }
        if !malformed.isEmpty { throw Self.problem(400, "malformed_body", "Some fields are malformed.", malformed) }
        if !invalid.isEmpty { throw Self.problem(422, "invalid_fields", "Some fields are not right.", invalid) }
    }

    private static func problem(_ status: Int, _ code: String, _ detail: String, _ errors: [Problem.Field]) -> Problem {
        let codes = Set(errors.map(\.code))
        return Problem(
            status, codes.count == 1 ? codes.first ?? code : code, errors.count == 1 ? errors.first?.message ?? detail : detail, errors: errors)
    }

    // MARK: Reading

    /// Whether the body names this field, `null` included.
    package func has(_ field: String) -> Bool { value(field) != nil }
    package func isNull(_ field: String) -> Bool { value(field) == .null }

    package func value(_ field: String) -> JSON? {
        read.insert(field)
        return members.first { $0.key.unicodeScalars.elementsEqual(field.unicodeScalars) }?.value
    }

    /// Names that exist but cannot be set here: 400 `immutable` where the body has them.
    package func immutable(_ fields: String...) {
        for field in fields where value(field) != nil { malformed(field, "immutable", "This cannot be changed here.") }
    }

    private func wrongType(_ field: String, _ expected: String) { malformed(field, "wrong_type", "This must be \(expected).") }
    private func missing(_ field: String) { invalid(field, "required", "This is required.") }

    /// Text of so many code points, without control characters, trimmed of surrounding white space. Nil where it is absent, null or wrong.
    package func optionalText(_ field: String, _ length: ClosedRange<Int>, multiline: Bool = false) -> String? {
        guard let value = value(field), value != .null else { return nil }
        guard let raw = value.text else {
            wrongType(field, "text")
            return nil
        }
        let text = raw.trimmingWhitespace()
        if length.lowerBound > 0, text.unicodeScalars.allSatisfy(\.isUnseen) {
            invalid(field, "too_short", "This must not be empty.")
            return nil
        }
        let count = text.unicodeScalars.count
        guard length.contains(count) else {
            let code = count < length.lowerBound ? "too_short" : "too_long"
            invalid(field, code, "This must have \(length.lowerBound) to \(length.upperBound) characters; it has \(count).")
            return nil
        }
        if let bad = text.unicodeScalars.first(where: { $0.isControl && !(multiline && ($0 == "\n" || $0 == "\r" || $0 == "\t")) }) {
            invalid(field, "invalid_character", "This must not contain the control character U+\(String(bad.value, radix: 16, uppercase: true)).")
            return nil
        }
        return text
    }

    package func text(_ field: String, _ length: ClosedRange<Int>, multiline: Bool = false) -> String {
        if value(field) == nil || value(field) == .null {
            missing(field)
            return ""
        }
        return optionalText(field, length, multiline: multiline) ?? ""
    }

    /// A name: 1 to 100 code points.
    package func name(_ field: String = "name") -> String { text(field, 1...100) }

    /// A secret as it was typed: never trimmed, never judged by more than its size.
    package func secret(_ field: String) -> String {
        guard let value = value(field), value != .null else {
            missing(field)
            return ""
        }
        guard let text = value.text else {
            wrongType(field, "text")
            return ""
        }
        if text.utf8.count > 1024 { invalid(field, "too_long", "This must have at most 1024 bytes.") }
        return text
    }

    package func optionalFlag(_ field: String) -> Bool? {
        guard let value = value(field), value != .null else { return nil }
        guard let flag = value.answer else {
            wrongType(field, "true or false")
            return nil
        }
        return flag
    }

    package func optionalInteger(_ field: String, _ range: ClosedRange<Int>) -> Int? {
        guard let value = value(field), value != .null else { return nil }
        guard let number = value.whole else {
            wrongType(field, "a whole number")
            return nil
        }
        guard range.contains(number) else {
            invalid(field, "out_of_range", "This must be between \(range.lowerBound) and \(range.upperBound).")
            return nil
        }
        return number
    }

    package func optionalChoice<Choice: RawRepresentable<String> & CaseIterable>(_ field: String, _: Choice.Type = Choice.self) -> Choice? {
        guard let value = value(field), value != .null else { return nil }
        guard let text = value.text else {
            wrongType(field, "text")
            return nil
        }
        guard let choice = Choice(rawValue: text) else {
            invalid(field, "invalid_choice", "This must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
            return nil
        }
        return choice
    }

    package func choice<Choice: RawRepresentable<String> & CaseIterable>(_ field: String, default fallback: Choice) -> Choice {
        if value(field) == nil || value(field) == .null {
            missing(field)
            return fallback
        }
        return optionalChoice(field) ?? fallback
    }

    package func optionalTime(_ field: String) -> Timestamp? {
        guard let value = value(field), value != .null else { return nil }
        guard let text = value.text else {
            wrongType(field, "text")
            return nil
        }
        guard let time = Timestamp(text) else {
            invalid(field, "invalid_time", "This must be a time in RFC 3339, such as 2026-11-21T09:30:00Z.")
            return nil
        }
        return time
    }

    /// One id. A malformed one is an unknown reference: it was never issued.
    package func optionalID<Kind>(_ field: String, _: Kind.Type = Kind.self) -> ID<Kind>? {
        guard let value = value(field), value != .null else { return nil }
        guard let text = value.text else {
            wrongType(field, "text")
            return nil
        }
        guard let id = ID<Kind>(text) else {
            unknownReference(field)
            return nil
        }
        return id
    }

    /// A list of ids without repeats.
    package func ids<Kind>(_ field: String, _: Kind.Type = Kind.self) -> [ID<Kind>]? {
        guard let value = value(field), value != .null else { return nil }
        guard case .array = value else {
            wrongType(field, "a list of ids")
            return nil
        }
        var ids: [ID<Kind>] = []
        for element in value.elements {
            guard let text = element.text else {
                wrongType(field, "a list of ids")
                return nil
            }
            guard let id = ID<Kind>(text) else {
                unknownReference(field)
                return nil
            }
            if !ids.contains(id) { ids.append(id) }
        }
        return ids
    }

    /// `"all"` or a list of ids.
    package func scope<Kind>(_ field: String, _: Kind.Type = Kind.self) -> Scope<ID<Kind>>? {
        guard let value = value(field), value != .null else { return nil }
        if value.text == "all" { return .all }
        guard case .array = value else {
            wrongType(field, "\"all\" or a list of ids")
            return nil
        }
        return ids(field, Kind.self).map { .only(Set($0)) }
    }

    /// An object within the body, with fields of its own; call `finish(nested:)` with it.
    package func optionalObject(_ field: String) -> Fields? {
        guard let value = value(field), value != .null else { return nil }
        guard case .object = value, let nested = try? Fields(value, prefix: prefix + field + ".") else {
            wrongType(field, "an object")
            return nil
        }
        return nested
    }

    /// Takes over what a nested object noted.
    package func finish(nested: Fields?) {
        guard let nested else { return }
        for member in nested.members where !nested.read.contains(member.key) {
            nested.malformed(member.key, "unknown_field", "There is no field of this name here.")
        }
        malformed += nested.malformed
        invalid += nested.invalid
    }

    /// An e-mail address by its shape: one `@`, something before it, a name after it, no spaces or control characters, at most 254 bytes.
    package func email(_ field: String) -> String {
        let text = text(field, 3...254)
        if !text.isEmpty, !Self.isEmail(text) { invalid(field, "invalid_email", "This must be an e-mail address, such as una@example.com.") }
        return text
    }

    package static func isEmail(_ text: String) -> Bool {
        let parts = text.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, parts.count == 2, let local = parts.first, let domain = parts.last, !local.isEmpty, local.count <= 64
        else { return false }
        let forbidden: Set<Unicode.Scalar> = ["\"", "<", ">", "(", ")", ",", ";", ":", "\\", "[", "]"]
        let plain = text.unicodeScalars.allSatisfy { !$0.isControl && !$0.properties.isWhitespace && !forbidden.contains($0) }
        let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
        return plain && local.first != "." && local.last != "."
            && labels.allSatisfy { label in
                !label.isEmpty && label.count <= 63 && label.first != "-" && label.last != "-"
                    && label.allSatisfy {
                        $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "-"
                            || $0.properties.generalCategory == .nonspacingMark
                    }
            }
    }
}

extension Unicode.Scalar {
    /// Leaves no mark of its own on a page: white space, joiners, fillers.
    var isUnseen: Bool { properties.isWhitespace || properties.isDefaultIgnorableCodePoint }

    /// Control, line and paragraph separators, and the bidirectional overrides that make a text read as another.
    package var isControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
        }
    }
}

extension String {
    /// Without white space at its ends, by scalars.
    package func trimmingWhitespace() -> String {
        var scalars = unicodeScalars[...]
        while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
        while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
        return String(scalars)
    }
}

extension Fields {
    /// Whether the body leaves this field out, or says null.
    package func isAbsent(_ field: String) -> Bool { value(field) == nil || isNull(field) }
}
