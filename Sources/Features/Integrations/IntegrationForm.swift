import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb

/// The fields of an integration's form: one row of none, read and full for each function.
struct IntegrationForm {
    let look: IntegrationLook
    /// Who fills it in: what they may not give is shown and cannot be chosen.
    let access: Access
    let form: FormView

    static func values(_ functions: [Function: Level], _ catalogue: Catalogue) -> [String: [String]] {
        Dictionary(
            catalogue.functionsOfIntegrations.map { ("functions." + $0.rawValue, [(functions[$0] ?? .none).name]) }, uniquingKeysWith: { $1 })
    }

    /// What was chosen, as the API takes it.
    static func functions(_ form: FormData) -> JSON {
        let prefix = "functions."
        return JSON(
            members: form.names.filter { $0.hasPrefix(prefix) }.map { (String($0.dropFirst(prefix.count)), JSON(form[$0] ?? "")) })
    }

    /// - Parameter stored: what it has already, which may stay.
    func functions(stored: [Function: Level] = [:]) -> HTML {
        let catalogue = look.catalogue
        let own = catalogue.functionsOfIntegrations.filter { !catalogue.contains($0) }
        var groups: [(title: String, functions: [Function])] = []
        for entry in catalogue.functions {
            let title = entry.group.map { $0.prefix(1).uppercased() + $0.dropFirst() } ?? word(.functions)
            if let index = groups.firstIndex(where: { $0.title == title }) {
                groups[index].functions.append(entry.id)
            } else {
                groups.append((title, [entry.id]))
            }
        }
        groups.append((t("Latchkey itself"), own))
        let rows = groups.map { group -> HTML in
            let rows = group.functions.map { row($0, stored: stored[$0] ?? .none) }
            return "<fieldset class=\"field segment-rows\"><legend>\(group.title)</legend>\(rows)</fieldset>"
        }
        return form.section(
            word(.functions), lead: t("What it may do: at least one. Read refuses every change. Its tokens obey a change at once."),
            id: "s-functions",
            [form.rows("functions", rows.joined())])
    }

    private func row(_ function: Function, stored: Level) -> HTML {
        let levels: [Level] = [.none, .read, .full]
        let offered = levels.filter { $0 <= stored || access.mayGive(function, at: $0) }
        let segments = levels.map { FormView.Segment($0.name, look.choice($0), isOffered: offered.contains($0)) }
        var help: [String] = []
        if function == .decisions { help.append(t("Asks what anybody of the account may do.")) }
        if Screen.withReach.contains(Screen(rawValue: function.rawValue)) { help.append(t("Everybody's, under all API keys.")) }
        if offered.count < levels.count { help.append(t("You cannot give more than you have yourself.")) }
        return form.segments("functions." + function.rawValue, look.name(function), segments.map { $0 }, help: help)
    }
}
