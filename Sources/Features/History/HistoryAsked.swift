import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// What a page of history is asked for; all of it stands in the URL. Days are those of UTC.
package struct HistoryAsked: Sendable, Hashable {
    /// Who did it: an id, or what somebody typed.
    var actor = ""
    /// What it was done to, likewise.
    var subject = ""
    var kind: String?
    var action: String?
    /// As typed: a day.
    var from = ""
    var to = ""
    var after: Cursor?

    private static let mostFound = 20

    package init(_ query: FormData) {
        actor = Self.text(query["actor"])
        subject = Self.text(query["subject"])
        kind = query["kind"].flatMap { Self.isName($0) ? $0 : nil }
        action = query["action"].flatMap { Self.isName($0) ? $0 : nil }
        from = query["from"].flatMap { Self.day($0) == nil ? nil : $0 } ?? ""
        to = query["to"].flatMap { Self.day($0) == nil ? nil : $0 } ?? ""
        after = query["after"].flatMap(Cursor.init(text:)).flatMap { Int64($0.key) == nil ? nil : $0 }
    }

    private static func text(_ text: String?) -> String { String((text ?? "").trimmingWhitespace().unicodeScalars.prefix(100)) }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 60
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") }
    }

    private static func day(_ text: String) -> Timestamp? { text.utf8.count == 10 ? Timestamp(text + "T00:00:00Z") : nil }

    var isNarrowed: Bool { !actor.isEmpty || !subject.isEmpty || kind != nil || action != nil || !from.isEmpty || !to.isEmpty }

    /// The same with something else asked, from the newest on.
    func changed(_ change: (inout HistoryAsked) -> Void) -> HistoryAsked {
        var asked = self
        asked.after = nil
        change(&asked)
        return asked
    }

    func url(_ path: String, _ more: (String, String)...) -> String {
        var fields: [(String, String)] = []
        for (name, value) in [("actor", actor), ("subject", subject), ("kind", kind ?? ""), ("action", action ?? ""), ("from", from), ("to", to)]
        where !value.isEmpty { fields.append((name, value)) }
        fields += more
        if let after { fields.append(("after", after.text)) }
        return fields.isEmpty ? path : path + "?" + PercentEncoding.query(fields)
    }

    package var page: PageRequest { PageRequest(after: after) }

    /// What the days and choices mean, without the names.
    var filter: HistoryFilter {
        HistoryFilter(
            subject: subject.isEmpty ? nil : subject, kind: kind, actor: actor.isEmpty ? nil : actor, action: action, from: Self.day(from),
            to: Self.day(to)?.adding(seconds: 86_400))
    }

    /// The filter with names looked up among what the reader may know.
    package func filter(_ permit: borrowing Permit, _ tx: any Transaction) throws -> HistoryFilter {
        var filter = filter
        if !actor.isEmpty, !Self.isID(actor) {
            filter.actors = try HistoryNameStore.things(called: actor, onlyPeople: true, most: Self.mostFound, permit, tx)
        }
        if !subject.isEmpty, !Self.isID(subject) {
            filter.subjects = try HistoryNameStore.things(called: subject, onlyPeople: false, most: Self.mostFound, permit, tx)
        }
        return filter
    }

    package func filter(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> HistoryFilter {
        var filter = filter
        if !actor.isEmpty, !Self.isID(actor) { filter.actors = try HistoryNameStore.administrators(called: actor, most: Self.mostFound, permit, tx) }
        if !subject.isEmpty, !Self.isID(subject) { filter.subjects = try HistoryNameStore.things(called: subject, most: Self.mostFound, permit, tx) }
        return filter
    }

    static func isID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 30 && bytes[3] == UInt8(ascii: "_") || ["system", "enterprise"].contains(text)
    }
}
