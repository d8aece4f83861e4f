/// The text of a message for a person, in the language of this request.
///
/// Every text of the console goes through here; the English text is its key in the catalogue (`Messages.swift`), so that a second language is
/// one table. Values are handed in by position: `t("Disable %1?", name)`.
package func t(_ message: StaticString, _ values: String...) -> String {
    let english = message.description
    let text = Messages.language.isEmpty ? english : Messages.language[english] ?? english
    return values.isEmpty ? text : Messages.fill(text, values)
}

/// What stands before and after a message's only value, for a list that fills it in for each row.
package func around(_ message: StaticString) -> (before: String, after: String) {
    let text = t(message)
    guard let place = text.firstRange(of: "%1") else { return (text, "") }
    return (String(text[..<place.lowerBound]), String(text[place.upperBound...]))
}

package enum Messages {
    /// The language of the request that is being answered: a table from English to it. English needs none.
    @TaskLocal package static var language: [String: String] = [:]

    /// The text with `%1` to `%9` replaced by the values; any other `%` stays.
    static func fill(_ text: String, _ values: [String]) -> String {
        var filled = ""
        var rest = text.utf8[...]
        while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
            let next = rest.index(after: percent)
            let position = next < rest.endIndex ? Int(rest[next]) - 0x30 : 0
            let isPlace = (1...9).contains(position) && position <= values.count
            filled += Substring(rest[..<percent])
            filled += isPlace ? values[position - 1] : "%"
            rest = rest[(isPlace ? rest.index(after: next) : next)...]
        }
        return filled + Substring(rest)
    }
}
