/// A JSON value that keeps the order of its members and compares texts by their code points, where Swift's `==` takes "é" and "e\u{301}" for one.
package enum JSON: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)

    /// Null where there is no text.
    package init(_ text: String?) { self = text.map(JSON.string) ?? .null }

    /// Null where there is no number.
    package init(_ number: Int?) { self = number.map { .int(Int64($0)) } ?? .null }

    /// Null where there is no answer.
    package init(_ answer: Bool?) { self = answer.map(JSON.bool) ?? .null }

    /// An array of texts, as ids and codes come.
    package init(_ texts: [String]) { self = .array(texts.map(JSON.string)) }

    /// The member of that name, compared by code points; nil where there is none or this is no object.
    package subscript(_ key: String) -> JSON? { object?[key] }

    /// The text, if this is one.
    package var text: String? { if case .string(let text) = self { text } else { nil } }

    /// The integer, if this is one and was written as one (`1.0` is not).
    package var integer: Int64? { if case .int(let number) = self { number } else { nil } }

    /// The answer, if this is `true` or `false`.
    package var answer: Bool? { if case .bool(let answer) = self { answer } else { nil } }

    /// The items, if this is an array.
    package var items: [JSON]? { if case .array(let items) = self { items } else { nil } }

    /// The members, if this is an object.
    package var object: JSONObject? { if case .object(let object) = self { object } else { nil } }

    package var isNull: Bool { if case .null = self { true } else { false } }
}

/// The members of a JSON object in the order in which they were written.
package struct JSONObject: Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var members: [(key: String, value: JSON)]

    package init(_ members: [(key: String, value: JSON)] = []) { self.members = members }

    package init(dictionaryLiteral elements: (String, JSON)...) { members = elements.map { (key: $0.0, value: $0.1) } }

    /// The first member of that name, compared by code points; setting replaces it in its place, adds it at the end, or with nil removes it.
    package subscript(_ key: String) -> JSON? {
        get { members.first { Self.same($0.key, key) }?.value }
        set {
            let place = members.firstIndex { Self.same($0.key, key) }
            switch (place, newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append((key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    package var keys: [String] { members.map(\.key) }

    /// Equal by code points: `==` is a quick first look, since what it tells apart is never the same.
    static func same(_ a: String, _ b: String) -> Bool { a == b && a.utf8.elementsEqual(b.utf8) }
}

extension JSONObject: Equatable {
    /// The same members in any order (RFC 8259, section 4).
    package static func == (a: JSONObject, b: JSONObject) -> Bool {
        guard a.members.count == b.members.count else { return false }
        if zip(a.members, b.members).allSatisfy({ same($0.key, $1.key) && $0.value == $1.value }) { return true }
        return a.members.allSatisfy { b[$0.key] == $0.value } && b.members.allSatisfy { a[$0.key] == $0.value }
    }
}

extension JSON: Equatable {
    /// Texts by code points, `1` and `1.0` apart, objects without regard to order.
    package static func == (a: JSON, b: JSON) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.string(let a), .string(let b)): JSONObject.same(a, b)
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        default: false
        }
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
}

extension JSON: ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) })) }
}
