/// A form as a page shows it: what was typed or stored, and what was wrong with it. What was typed stays; passwords do not.
package struct FormView: Sendable {
    let parts: Parts
    private var values: [String: [String]]
    private let errors: [Problem.Field]
    private let detail: String?

    /// An empty or stored record.
    package init(_ parts: Parts, values: [String: [String]] = [:]) {
        self.parts = parts
        self.values = values
        errors = []
        detail = nil
    }

    /// A stored record, about which something else was refused.
    package init(_ parts: Parts, values: [String: [String]], refused problem: Problem) {
        self.parts = parts
        self.values = values
        errors = problem.errors
        detail = problem.errors.isEmpty ? problem.detail : nil
    }

    /// What came in and was refused.
    package init(_ parts: Parts, refused form: FormData, _ problem: Problem) {
        self.parts = parts
        values = Dictionary(form.fields.map { ($0.name, [$0.value]) }, uniquingKeysWith: +)
        errors = problem.errors
        detail = problem.errors.isEmpty ? problem.detail : nil
    }

    /// The same with a value in a field that nothing was typed into or stored for.
    package func offering(_ value: String?, in name: String) -> FormView {
        var form = self
        if let value, values[name] == nil { form.values[name] = [value] }
        return form
    }

    package func value(_ name: String) -> String { values[name]?.first ?? "" }
    package func has(_ name: String, _ value: String) -> Bool { values[name]?.contains(value) ?? false }
    package func values(of name: String) -> [String] { values[name] ?? [] }
    /// What is wrong with a field, for parts that this has no method for.
    package func problem(with name: String) -> HTML { message(error(of: name), id(name)) }
    package var wasRefused: Bool { !errors.isEmpty || detail != nil }

    /// All that is wrong with a field, in one text.
    func error(of name: String) -> String? {
        let messages = errors.filter { $0.field == name }.map(\.message)
        return messages.isEmpty ? nil : messages.joined(separator: " ")
    }
    func id(_ name: String) -> String {
        String(decoding: name.utf8.map { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }, as: UTF8.self)
    }

    /// What is wrong, on top, with links to the fields.
    package var summary: HTML {
        if let detail {
            return "<div class=\"alert alert-danger\" role=\"alert\" tabindex=\"-1\" data-focus>\(parts.icon("error"))<div>\(detail)</div></div>"
        }
        if errors.isEmpty { return "" }
        let title =
            errors.count == 1
            ? t("One thing needs your attention. Nothing was saved.") : t("%1 things need your attention. Nothing was saved.", String(errors.count))
        let items = errors.map { error -> HTML in "<li><a href=\"#\(id(error.field))\">\(Self.fieldName(error.field)): \(error.message)</a></li>" }
        return """
            <div class="alert alert-danger" role="alert" tabindex="-1" data-focus>\(parts.icon("error"))<div><h2>\(title)</h2><ul>\(items)</ul></div></div>
            """
    }

    /// `contact.first_name` as a person reads it: First name.
    private static func fieldName(_ field: String) -> String {
        let words = (field.split(separator: ".").last ?? "").replacing("_", with: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    /// How a text is typed.
    package struct Kind: Sendable {
        var type: StaticString = "text"
        var autocomplete: StaticString = "off"
        var isPlain = false
        var inputMode: String?

        package static let text = Kind()
        package static let email = Kind(type: "email")
        package static let phone = Kind(type: "tel")
        package static let number = Kind(type: "number")
        package static let date = Kind(type: "date")
        /// A day and a time, without a zone.
        package static let moment = Kind(type: "datetime-local")
        package static let url = Kind(type: "url")
        /// Usernames, codes: no capitals, no spelling.
        package static let identifier = Kind(isPlain: true)
        package static let givenName = Kind(autocomplete: "given-name")
        package static let familyName = Kind(autocomplete: "family-name")
        package static let ownPhone = Kind(type: "tel", autocomplete: "tel")
        package static let ownUsername = Kind(autocomplete: "username", isPlain: true)
        /// A code of digits, which a phone offers from its messages or its app.
        package static let oneTimeCode = Kind(autocomplete: "one-time-code", isPlain: true, inputMode: "numeric")
    }

    package func text(_ name: String, _ label: String, _ kind: Kind = .text, help: String? = nil, optional: Bool = false) -> HTML {
        let id = id(name), error = error(of: name)
        let described = described(id, help, error)
        return """
            <div class="field"><label class="form-label" for="\(id)">\(label)\(optionalMark(optional))</label>\
            <input class="form-control\(if: error != nil, " is-invalid")" type="\(literal: kind.type)" id="\(id)" name="\(name)" value="\(value(name))"\
            \(attribute: "aria-describedby", described)\(attribute: "aria-invalid", error == nil ? nil : "true")\
             autocomplete="\(literal: kind.autocomplete)"\(attribute: "autocapitalize", kind.isPlain ? "none" : nil)\(attribute: "spellcheck", kind.isPlain ? "false" : nil)\
            \(attribute: "inputmode", kind.inputMode)\(flag: "required", !optional)>\(hint(help, id))\(message(error, id))</div>
            """
    }

    /// The ids of what belongs to a field: its help and what is wrong with it.
    private func described(_ id: String, _ help: String?, _ error: String?) -> String? {
        let ids = [help == nil ? nil : id + "-help", error == nil ? nil : id + "-error"].compactMap { $0 }
        return ids.isEmpty ? nil : ids.joined(separator: " ")
    }

    package func area(_ name: String, _ label: String, rows: Int = 3, help: String? = nil, optional: Bool = false) -> HTML {
        let id = id(name), error = error(of: name)
        return """
            <div class="field"><label class="form-label" for="\(id)">\(label)\(optionalMark(optional))</label>\
            <textarea class="form-control\(if: error != nil, " is-invalid")" id="\(id)" name="\(name)" rows="\(rows)"\
            \(attribute: "aria-describedby", error == nil ? nil : id + "-error")\(flag: "required", !optional)>
            \(value(name))</textarea>\(hint(help, id))\(message(error, id))</div>
            """
    }

    package func select(_ name: String, _ label: String, _ options: [(value: String, text: String)], help: String? = nil) -> HTML {
        let id = id(name), error = error(of: name)
        let described = described(id, help, error)
        let items = options.map { option -> HTML in
            "<option value=\"\(option.value)\"\(flag: "selected", has(name, option.value))>\(option.text)</option>"
        }
        return """
            <div class="field"><label class="form-label" for="\(id)">\(label)</label>\
            <select class="form-select\(if: error != nil, " is-invalid")" id="\(id)" name="\(name)"\(attribute: "aria-describedby", described)\(attribute: "aria-invalid", error == nil ? nil : "true")>\
            \(items)</select>\(hint(help, id))\(message(error, id))</div>
            """
    }

    /// One of several, each with what it means.
    package func radios(_ name: String, _ label: String, _ options: [(value: String, text: String, help: String)]) -> HTML {
        let error = error(of: name)
        let items = options.enumerated().map { index, option -> HTML in
            let id = index == 0 ? id(name) : "\(id(name))-\(index)"
            return """
                <div class="option"><input class="form-check-input" type="radio" id="\(id)" name="\(name)" value="\(option.value)"\
                \(attribute: "aria-describedby", option.help.isEmpty ? nil : id + "-help")\(flag: "checked", has(name, option.value))>\
                <label for="\(id)">\(option.text)</label>\(if: !option.help.isEmpty, "<span class=\"sub\" id=\"\(id)-help\">\(option.help)</span>")</div>
                """
        }
        return "<fieldset class=\"field\"><legend>\(label)</legend><div class=\"options\">\(items)</div>\(message(error, id(name)))</fieldset>"
    }

    /// Any of several; `all` is its own choice, which stands for later ones too.
    package func checks(
        _ name: String, _ label: String, _ options: [(value: String, text: HTML)], all: (name: String, text: String)? = nil, help: String? = nil
    ) -> HTML {
        let id = id(name)
        let allBox = all.map { all -> HTML in
            """
            <div class="form-check"><input class="form-check-input" type="checkbox" id="\(id)-all" name="\(all.name)" value="yes" data-all="\(id)"\
            \(flag: "checked", has(all.name, "yes"))><label for="\(id)-all"><strong>\(all.text)</strong></label></div>
            """
        }
        let boxes = options.enumerated().map { index, option -> HTML in
            """
            <div class="form-check"><input class="form-check-input" type="checkbox" id="\(id)-\(index)" name="\(name)" value="\(option.value)"\
            \(attribute: "data-all-of", all == nil ? nil : id)\(flag: "checked", has(name, option.value))>\
            <label for="\(id)-\(index)">\(option.text)</label></div>
            """
        }
        return """
            <fieldset class="field" id="\(id)" tabindex="-1"\(attribute: "aria-describedby", help == nil ? nil : id + "-help")><legend>\(label)</legend>\
            <div class="checks">\(allBox)\(boxes)</div>\(hint(help, id))\(message(error(of: name), id))</fieldset>
            """
    }

    package func check(_ name: String, _ label: String) -> HTML {
        let id = id(name)
        return """
            <div class="form-check"><input class="form-check-input" type="checkbox" id="\(id)" name="\(name)" value="yes"\(flag: "checked", has(name, "yes"))>\
            <label for="\(id)">\(label)</label></div>
            """
    }

    /// A password that is asked for: shown on wish, never filled in.
    package func password(_ name: String, _ label: String, isNew: Bool, below: HTML = "", generates others: String? = nil, required: Bool = true)
        -> HTML
    {
        let id = id(name), error = error(of: name)
        let described = [error == nil ? nil : id + "-error", isNew ? id + "-criteria" : nil].compactMap { $0 }.joined(separator: " ")
        return """
            <div class="field"><label class="form-label" for="\(id)">\(label)</label><div class="reveal">\
            <input class="form-control\(if: error != nil, " is-invalid")" type="password" id="\(id)" name="\(name)"\
             autocomplete="\(isNew ? "new-password" as HTML : "current-password")" maxlength="1024" spellcheck="false" autocapitalize="none"\
            \(attribute: "aria-describedby", described.isEmpty ? nil : described)\(attribute: "aria-invalid", error == nil ? nil : "true")\(flag: "required", required)>\
            <button class="btn js-only" type="button" data-reveal="\(id)" aria-pressed="false" aria-label="\(t("Show password"))">\(parts.icon("eye"))</button>\
            \(others.map { ids -> HTML in "<button class=\"btn js-only\" type=\"button\" data-generate=\"\(ids)\">\(parts.icon("wand"))\(t("Generate"))</button>" })</div>\
            \(message(error, id))\(below)</div>
            """
    }

    package func hidden(_ name: String, _ value: String) -> HTML { "<input type=\"hidden\" name=\"\(name)\" value=\"\(value)\">" }

    /// Several fields under a heading.
    package func section(_ title: String, lead: String? = nil, id: StaticString, _ fields: [HTML]) -> HTML {
        """
        <section class="form-section" aria-labelledby="\(literal: id)"><div class="form-section-head"><h2 id="\(literal: id)">\(title)</h2>\
        \(lead.map { text -> HTML in "<p>\(text)</p>" })</div><div class="form-section-body">\(fields)</div></section>
        """
    }

    package func row(_ fields: HTML...) -> HTML { "<div class=\"field-row\">\(fields)</div>" }

    package func actions(_ save: String, cancel path: String?) -> HTML {
        """
        <div class="form-actions"><button class="btn btn-primary" type="submit">\(save)</button>\
        \(path.map { path -> HTML in "<a class=\"btn\" href=\"\(path)\">\(t("Cancel"))</a>" })</div>
        """
    }

    private func optionalMark(_ optional: Bool) -> HTML { "\(if: optional, " <span class=\"optional\">\(t("(optional)"))</span>")" }
    private func hint(_ help: String?, _ id: String) -> HTML {
        "\(help.map { text -> HTML in "<p class=\"form-hint\" id=\"\(id)-help\">\(text)</p>" })"
    }
    func message(_ error: String?, _ id: String) -> HTML {
        "\(error.map { text -> HTML in "<p class=\"field-error\" id=\"\(id)-error\">\(parts.icon("error"))<span>\(text)</span></p>" })"
    }
}
