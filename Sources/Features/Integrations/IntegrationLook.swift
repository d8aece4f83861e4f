import LatchkeyAccess
import LatchkeyWeb

/// How an integration and its functions look, wherever they are shown.
struct IntegrationLook {
    let catalogue: Catalogue
    let parts: Parts

    func name(_ function: Function) -> String { catalogue.name(of: function) }

    func status(_ integration: Integration) -> HTML {
        integration.isDisabled
            ? parts.badge(word(.disabled), icon: "st-off") : parts.badge(t("Enabled"), icon: "st-on", tone: .good)
    }

    func format(_ format: Integration.TokenFormat) -> String {
        switch format {
        case .opaque: t("Random, up to a day")
        case .jwt: t("Signed, up to 5 minutes")
        }
    }

    func level(_ level: Level) -> HTML { "<span class=\"level level-\(level.name)\">\(choice(level))</span>" }

    /// A level to choose.
    func choice(_ level: Level) -> HTML {
        switch level {
        case .none: "\(parts.icon("level-none"))\(t("None"))"
        case .read: "\(parts.icon("level-read"))\(t("Read"))"
        case .full: "\(parts.icon("level-full"))\(t("Full"))"
        }
    }

    /// The first few functions, and how many more there are.
    func glance(_ functions: [Function: Level]) -> HTML {
        let all = catalogue.functionsOfIntegrations.filter { functions[$0] != nil }
        let shown = all.prefix(3).map { function -> HTML in
            "<span class=\"badge badge-plain\">\(name(function)): \(level(functions[function] ?? .none))</span> "
        }
        return "\(Array(shown))\(if: all.count > 3, "<span class=\"muted\">\(t("and %1 more", String(all.count - 3)))</span>")"
    }
}
