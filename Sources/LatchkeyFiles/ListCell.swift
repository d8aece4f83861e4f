/// Several names in one cell of a table: `Front desk; Night; Keys\; spare`. A semicolon or backslash in a name has a backslash before it.
package enum ListCell {
    package static func join(_ names: [String]) -> String {
        if names.count == 1, let only = names.first, !only.utf8.contains(where: isMark) { return only }
        return names.map { name in
            var text = String.UnicodeScalarView()
            for scalar in name.unicodeScalars {
                if scalar == ";" || scalar == "\\" { text.append("\\") }
                text.append(scalar)
            }
            return String(text)
        }.joined(separator: "; ")
    }

    /// The names without white space around them; empty ones are none. A line end separates too, as people type it into a cell.
    package static func split(_ cell: String) -> [String] {
        var names = [String.UnicodeScalarView()]
        var isEscaped = false
        for scalar in cell.unicodeScalars {
            if isEscaped {
                names[names.count - 1].append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == ";" || scalar == "\n" {
                names.append(String.UnicodeScalarView())
            } else {
                names[names.count - 1].append(scalar)
            }
        }
        return names.map(trimmed).filter { !$0.isEmpty }
    }

    private static func isMark(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ";") || byte == UInt8(ascii: "\\") }

    private static func trimmed(_ scalars: String.UnicodeScalarView) -> String {
        var rest = scalars[...]
        while rest.first?.properties.isWhitespace == true { rest.removeFirst() }
        while rest.last?.properties.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
