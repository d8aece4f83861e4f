import LatchkeyAccess

/// A request's query, read parameter by parameter like `Fields`: malformed 400, out of range 422, unknown parameter 400, repeated 400.
package final class Query {
    private let form: FormData
    private var read: Set<String> = []
    private var malformed: [Problem.Field] = []
    private var invalid: [Problem.Field] = []

    package init(_ form: FormData) { self.form = form }

    /// The one value of a parameter; nil where it is absent or empty.
    private func single(_ name: String) -> String? {
        read.insert(name)
        let values = form.all(name)
        if values.count > 1 { malformed.append(.init(name, "repeated", "This may be given once.")) }
        return values.first.flatMap { $0.isEmpty ? nil : $0 }
    }

    package func invalid(_ name: String, _ code: String, _ message: String) { invalid.append(.init(name, code, message)) }

    package func text(_ name: String, max: Int = 200) -> String? {
        guard let text = single(name) else { return nil }
        if text.unicodeScalars.count > max {
            invalid.append(.init(name, "too_long", "This must have at most \(max) characters."))
            return nil
        }
        if text.unicodeScalars.contains(where: \.isControl) {
            invalid.append(.init(name, "invalid_character", "This must not contain control characters."))
            return nil
        }
        return text
    }

    package func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, _: Choice.Type = Choice.self) -> Choice? {
        guard let text = text(name) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        invalid.append(.init(name, "invalid_choice", "This must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))."))
        return nil
    }

    /// A filter by an id. A malformed one was never issued: the list is empty, so nil-in-some.
    package func id<Kind>(_ name: String, _: Kind.Type = Kind.self) -> IDFilter<Kind>? {
        guard let text = text(name) else { return nil }
        return ID<Kind>(text).map { .id($0) } ?? .matchesNothing
    }

    package func time(_ name: String) -> Timestamp? {
        guard let text = text(name) else { return nil }
        if let time = Timestamp(text) { return time }
        malformed.append(.init(name, "invalid_time", "This must be a time in RFC 3339, such as 2026-11-21T09:30:00Z."))
        return nil
    }

    package func whole(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let text = text(name) else { return nil }
        guard text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else {
            malformed.append(.init(name, "wrong_type", "This must be a whole number."))
            return nil
        }
        if let number = Int64(text), range.contains(number) { return number }
        invalid.append(.init(name, "out_of_range", "This must be between \(range.lowerBound) and \(range.upperBound)."))
        return nil
    }

    package func page() -> PageRequest {
        var page = PageRequest()
        if let text = text("limit") {
            if let limit = Int(text), text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
                if (1...200).contains(limit) { page.limit = limit } else { outOfRange("limit", 1, 200) }
            } else {
                text.utf8.allSatisfy({ ($0 >= 48 && $0 <= 57) || $0 == 45 }) && text.utf8.count < 400 && text != "-"
                    ? outOfRange("limit", 1, 200) : malformed.append(.init("limit", "wrong_type", "This must be a whole number."))
            }
        }
        if let text = single("after") {
            page.after = Cursor(text: text)
            if page.after == nil { malformed.append(.init("after", "invalid_cursor", "This is no cursor: take it from `next`.")) }
        }
        if let text = text("total") {
            if text == "true" || text == "false" {
                page.wantsTotal = text == "true"
            } else {
                malformed.append(.init("total", "wrong_type", "This must be true or false."))
            }
        }
        return page
    }

    private func outOfRange(_ name: String, _ low: Int, _ high: Int) {
        invalid.append(.init(name, "out_of_range", "This must be between \(low) and \(high)."))
    }

    /// Throws what is wrong, unknown parameters included.
    package func finish() throws {
        for name in form.names where !read.contains(name) {
            malformed.append(.init(name, "unknown_parameter", "There is no parameter of this name here."))
        }
        if let first = malformed.first { throw Problem(400, first.code, first.message, errors: malformed) }
        if let first = invalid.first { throw Problem(422, first.code, first.message, errors: invalid) }
    }
}

/// A filter by id: one that was never issued matches nothing.
package enum IDFilter<Kind: IDKind>: Sendable, Hashable {
    case id(ID<Kind>)
    case matchesNothing
}
