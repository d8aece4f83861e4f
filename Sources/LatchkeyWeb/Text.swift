/// The text of a message for a person, in the language of this request.
///
/// Every text of the console goes through here; the English text is its key in the catalogue (`Messages.swift`), so that a second language is
/// one table. Values are handed in by position: `t("Disable %1?", name)`.
package func t(_ message: StaticString, _ values: String...) -> String {
    Messages.render("\(message)", values)
}

package enum Messages {
    /// The language of the request that is being answered: a table from English to it. English needs none.
    @TaskLocal package static var language: [String: String] = [:]

    static func render(_ english: String, _ values: [String]) -> String {
        let template = language[english] ?? english
        guard !values.isEmpty else { return template }
        var text = ""
        var rest = template[...]
        while let percent = rest.firstIndex(of: "%") {
            text += rest[..<percent]
            let next = rest.index(after: percent)
            if next < rest.endIndex, let position = rest[next].wholeNumberValue, (1...values.count).contains(position) {
                text += values[position - 1]
                rest = rest[rest.index(after: next)...]
            } else {
                text += "%"
                rest = rest[next...]
            }
        }
        return text + rest
    }
}
