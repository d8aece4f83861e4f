import LatchkeyAccess
import LatchkeyWeb

/// What a reader asks of history.
package struct HistoryFilter: Sendable, Hashable {
    /// The ids of what entries are about, any of them; nil is everything, none is nothing.
    package var subjects: [String]?
    /// What kind of thing they are about.
    package var kind: String?
    /// The ids of who did it, any of them.
    package var actors: [String]?
    package var action: String?
    package var from: Timestamp?
    /// The first moment that is not asked for.
    package var to: Timestamp?

    package init(
        subject: String? = nil, kind: String? = nil, actor: String? = nil, action: String? = nil, from: Timestamp? = nil, to: Timestamp? = nil
    ) {
        subjects = subject.map { [$0] }
        self.kind = kind
        actors = actor.map { [$0] }
        self.action = action
        self.from = from
        self.to = to
    }

    /// Reads the query's parameters; of one thing's own history what it is about is settled already.
    package init(_ query: Query, about subject: String? = nil) {
        self.init(
            kind: subject == nil ? query.text("kind") : nil, action: query.text("action"), from: query.time("from"), to: query.time("to"))
        subjects = subject.map { [$0] } ?? query.text("subject", max: Self.longest).map(Self.ids)
        actors = query.text("actor", max: Self.longest).map(Self.ids)
    }

    /// Some ids, with commas between them.
    private static let longest = 700

    private static func ids(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }

    /// The same as parameters of a query.
    var parameters: [(String, String)] {
        let values: [(String, String?)] = [
            ("subject", subjects?.joined(separator: ",")), ("kind", kind), ("actor", actors?.joined(separator: ",")), ("action", action),
            ("from", from?.description), ("to", to?.description),
        ]
        return values.compactMap { name, value in value.map { (name, $0) } }
    }

    package var isEmpty: Bool { self == HistoryFilter() }
}
