/// One of few, side by side: the rows of a table of levels.
extension FormView {
    package struct Segment: Sendable {
        var value: String, text: HTML, isOffered: Bool

        package init(_ value: String, _ text: HTML, isOffered: Bool = true) {
            self.value = value
            self.text = text
            self.isOffered = isOffered
        }
    }

    /// A row: what is chosen about, with what is to be known of it, and one of the segments. Those that are not offered are shown and cannot be
    /// chosen; nil is an empty place.
    package func segments(_ name: String, _ label: String, _ segments: [Segment?], help: [String] = []) -> HTML {
        let id = id(name), error = error(of: name)
        let described = [help.isEmpty ? nil : id + "-help", error == nil ? nil : id + "-error"].compactMap { $0 }
        let choices = segments.enumerated().map { index, segment -> HTML in
            guard let segment else { return "<span class=\"segment\"></span>" }
            let own = index == 0 ? id : "\(id)-\(index)"
            return """
                <span class="segment"><input class="visually-hidden" type="radio" id="\(own)" name="\(name)" value="\(segment.value)"\
                \(flag: "checked", has(name, segment.value))\(flag: "disabled", !segment.isOffered)><label for="\(own)">\(segment.text)</label></span>
                """
        }
        return """
            <div class="segment-row" role="radiogroup" aria-labelledby="\(id)-name"\
            \(attribute: "aria-describedby", described.isEmpty ? nil : described.joined(separator: " "))>\
            <div><span class="segment-name" id="\(id)-name">\(label)</span>\
            \(if: !help.isEmpty, "<span class=\"sub\" id=\"\(id)-help\">\(help.joined(separator: " "))</span>")\(message(error, id))</div>\
            <div class="segments">\(choices)</div></div>
            """
    }

    /// Rows that are one field: what is wrong with all of them is said above.
    package func rows(_ name: String, _ rows: HTML) -> HTML {
        let id = id(name)
        return "<div id=\"\(id)\" tabindex=\"-1\">\(message(error(of: name), id))\(rows)</div>"
    }
}
