import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// After how long without activity people are signed out: the drop-down at the right of the list, which saves as it is chosen.
enum InactivityChoice {
    static let path = LoginsPages.path + "/inactivity"

    static var options: [(value: String, text: String)] {
        SecuritySettings.inactivityChoices.map { (value: String($0), text: name($0)) } + [(value: "", text: t("Never"))]
    }

    static func name(_ minutes: Int?) -> String {
        guard let minutes else { return t("Never") }
        if minutes < 60 { return t("%1 minutes", String(minutes)) }
        return minutes == 60 ? t("1 hour") : t("%1 hours", String(minutes / 60))
    }

    /// What was chosen, as the settings take it; what is no choice of ours is none of theirs either.
    static func input(_ form: FormData) -> JSON {
        let chosen = form["inactivity_minutes"] ?? ""
        return chosen.isEmpty ? .null : .int(Int64(chosen) ?? -1)
    }

    static func value(_ security: SecuritySettings) -> String { security.inactivityMinutes.map { String($0) } ?? "" }

    static func html(_ security: SecuritySettings, mayChange: Bool, _ parts: Parts) -> HTML {
        let managers = t("People who manage users: after 1 hour at the latest.")
        guard mayChange else {
            return """
                <div class="choice"><span class="form-label">\(t("Sign out after inactivity"))</span><strong>\(name(security.inactivityMinutes))</strong>\
                <span class="sub">\(managers)</span></div>
                """
        }
        let chosen = value(security)
        let items = options.map { option -> HTML in
            "<option value=\"\(option.value)\"\(flag: "selected", option.value == chosen)>\(option.text)</option>"
        }
        return """
            <form class="choice" method="post" action="\(path)"><label class="form-label" for="inactivity-minutes">\(t("Sign out after inactivity"))</label>\
            <div class="choice-row"><select class="form-select" id="inactivity-minutes" name="inactivity_minutes" aria-describedby="inactivity-help" data-saves="inactivity-saved">\(items)</select>\
            <button class="btn plain-only" type="submit">\(t("Save"))</button><span class="sub" id="inactivity-saved" role="status" data-text="\(t("Saved"))"></span></div>\
            <span class="sub" id="inactivity-help">\(managers)</span></form>
            """
    }
}
