/// A form of a page, read as a browser reads it.
struct PageForm: Sendable {
    struct Control: Sendable {
        let name: String
        /// The type of an `input`, or `select` or `textarea`.
        let kind: String
        var value: String
        /// Whether it is sent: of boxes only what is ticked.
        var isSent: Bool

        /// Whether a person types or chooses here.
        var isForPeople: Bool { kind != "hidden" }
    }

    let method: String
    let action: String
    var controls: [Control] = []
    /// What its selects offer.
    var options: [(name: String, value: String)] = []

    /// What a browser sends for the form as it stands.
    var submitted: Browser.Fields { controls.filter(\.isSent).map { ($0.name, $0.value) } }
    var names: Set<String> { Set(controls.map(\.name)) }

    func values(_ name: String) -> [String] { submitted.filter { $0.name == name }.map(\.value).sorted() }

    /// The forms of a page that post to this path.
    static func posting(to path: String, in html: String) -> [PageForm] {
        all(in: html).filter { $0.method == "post" && $0.action == path }
    }

    /// The id of a field's element.
    static func id(_ name: String) -> String { name.replacing(".", with: "-").replacing("_", with: "-") }

    static func all(in html: String) -> [PageForm] {
        var forms: [PageForm] = []
        var isInForm = false
        var isDisabled: [Bool] = []
        for tag in Markup.tags(in: html) {
            let name = tag["name"] ?? ""
            switch tag.name {
            case "form":
                forms.append(PageForm(method: tag["method"] ?? "get", action: tag["action"] ?? ""))
                isInForm = true
            case "/form": isInForm = false
            case "fieldset": isDisabled.append(tag["disabled"] != nil)
            case "/fieldset": _ = isDisabled.popLast()
            case "option" where isInForm: forms[forms.count - 1].choose(tag["value"] ?? "", isSelected: tag["selected"] != nil)
            case "input", "select", "textarea":
                guard isInForm, !name.isEmpty, !isDisabled.contains(true), tag["disabled"] == nil else { continue }
                let kind = tag.name == "input" ? tag["type"] ?? "text" : tag.name
                let isBox = kind == "checkbox" || kind == "radio"
                // A textarea's text begins after the line end that follows its tag.
                let value = kind == "textarea" ? String(tag.text.drop { $0 == "\n" }) : tag["value"] ?? ""
                let isSent = isBox ? tag["checked"] != nil : kind != "select"
                forms[forms.count - 1].controls.append(Control(name: name, kind: kind, value: value, isSent: isSent))
            default: break
            }
        }
        return forms
    }

    /// An option of the last select: the first one stands until another is selected.
    private mutating func choose(_ value: String, isSelected: Bool) {
        guard let last = controls.indices.last, controls[last].kind == "select" else { return }
        options.append((controls[last].name, value))
        guard isSelected || !controls[last].isSent else { return }
        controls[last].value = value
        controls[last].isSent = true
    }
}

/// The tags of our own pages, which are well-formed.
enum Markup {
    struct Tag: Sendable {
        /// `/form` for the end of a form.
        let name: String
        let attributes: [String: String]
        /// What follows up to the next tag.
        let text: String

        subscript(_ attribute: String) -> String? { attributes[attribute] }
    }

    static func tags(in html: String) -> [Tag] {
        html.split(separator: "<").compactMap { piece in
            guard let end = end(of: piece) else { return nil }
            let head = piece[..<end]
            let name = head.prefix { !$0.isWhitespace }
            return Tag(name: String(name), attributes: attributes(head[name.endIndex...]), text: unescaped(piece[end...].dropFirst()))
        }
    }

    /// The `>` that ends a tag: values may hold others, but ours are escaped.
    private static func end(of piece: Substring) -> Substring.Index? { piece.firstIndex(of: ">") }

    private static func attributes(_ head: Substring) -> [String: String] {
        var found: [String: String] = [:]
        var rest = head.drop { $0.isWhitespace }
        while !rest.isEmpty {
            let name = rest.prefix { !$0.isWhitespace && $0 != "=" }
            rest = rest[name.endIndex...]
            var value: Substring = ""
            if rest.first == "=", let quote = rest.dropFirst().first, quote == "\"" || quote == "'" {
                value = rest.dropFirst(2).prefix { $0 != quote }
                rest = rest[value.endIndex...].dropFirst()
            } else if rest.first == "=" {
                value = rest.dropFirst().prefix { !$0.isWhitespace }
                rest = rest[value.endIndex...]
            }
            found[String(name)] = unescaped(value)
            rest = rest.drop { $0.isWhitespace }
        }
        return found
    }

    static func unescaped(_ text: Substring) -> String {
        if !text.utf8.contains(UInt8(ascii: "&")) { return String(text) }
        return String(text).replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"").replacing("&#39;", with: "'")
            .replacing("&amp;", with: "&")
    }
}
