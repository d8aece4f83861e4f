import LatchkeyAccess
import LatchkeyJSON

extension FormData {
    /// These fields as `Fields` reads them: text as it was typed, nothing typed is null.
    package func texts(_ names: String...) -> [(String, JSON)] {
        names.map { name in (name, (self[name] ?? "").isEmpty ? .null : JSON(self[name])) }
    }

    /// A whole number where one was typed; other text stays text and is refused by its field.
    package func number(_ name: String) -> JSON {
        guard let text = self[name]?.trimmingWhitespace(), !text.isEmpty else { return .null }
        return Int64(text).map(JSON.int) ?? .string(text)
    }

    /// All the ticked values.
    package func list(_ name: String) -> JSON { JSON(all(name)) }

    package func isTicked(_ name: String) -> Bool { self[name] == "yes" }

    /// Refuses a form that shows another version than the stored one; a form that names none is not judged.
    /// - Throws: `Problem` 412 `changed_meanwhile`.
    package func requireVersion(_ stored: ETag) throws {
        guard let version = self["version"], !version.isEmpty, !stored.matches(version) else { return }
        throw Problem(
            412, "changed_meanwhile",
            t(
                """
                Somebody else changed this since you opened it. Nothing was saved, and what you typed is still here: saving it now replaces \
                their change.
                """))
    }

    /// What the form carries when it comes again: whoever was told of the other change may decide to replace it.
    package func version(after problem: Problem, stored: ETag) -> String { problem.status == 412 ? stored.text : self["version"] ?? "" }
}

extension Problem {
    /// Whether a form can say this to the person who filled it in: then what was typed stays and the form comes again.
    package var isAboutInput: Bool { [400, 409, 412, 422, 429].contains(status) || code == "grants_more_than_held" }
}

/// What a page says was just done, carried in the query as one of these words and never as text.
package enum Done: String, Sendable, CaseIterable {
    case created, saved, disabled, enabled, deleted, passwordChanged = "password_changed", closed, noted, completed, invalidated, switchedBack =
        "switched_back",
        switchOver = "switch_over", handedOver = "handed_over", sent, disowned, factorAdded = "factor_added", factorRemoved = "factor_removed",
        factorsReset = "factors_reset"

    /// `path` with the word in its query.
    package func at(_ path: String) -> String { path + (path.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + "done=" + rawValue }

    /// The word that this request carries.
    package init?(_ call: Call) {
        guard let text = (try? FormData(call.inbound.query))?["done"], let done = Done(rawValue: text) else { return nil }
        self = done
    }
}

extension Call {
    /// The query of a page: unknown parameters do no harm there, so that links survive.
    package func pageQuery() -> FormData { (try? FormData(inbound.query)) ?? FormData() }
}
