/// Short ways to what a value holds, for reading what this server wrote itself.
extension JSON {
    /// An object of these members, in this order.
    package init(members: [(String, JSON)]) { self = .object(JSONObject(members.map { (key: $0.0, value: $0.1) })) }

    /// The members, if this is an object; else none.
    package var members: [(String, JSON)] { object?.members.map { ($0.key, $0.value) } ?? [] }

    /// The items, if this is an array; else none.
    package var elements: [JSON] { items ?? [] }

    package var isObject: Bool { object != nil }

    /// The integer as a machine's `Int`, if this is one.
    package var whole: Int? { integer.flatMap { Int(exactly: $0) } }

    /// This object with one more member at its end.
    package func adding(_ name: String, _ value: JSON) -> JSON { JSON(members: members + [(name, value)]) }
}
