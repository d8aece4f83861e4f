import LatchkeyAccess
import LatchkeyWeb

/// How links look in the console.
enum LinkLook {
    static func badge(_ link: Link, at now: Timestamp, _ parts: Parts) -> HTML {
        switch link.closed(at: now) {
        case nil: parts.badge(t("Active"), icon: "st-on", tone: .good)
        case .off: parts.badge(t("Off"), icon: "st-off")
        case .ended: parts.badge(t("Ended"), icon: "st-expired")
        case .limitReached: parts.badge(t("Limit reached"), icon: "st-off", tone: .warning)
        case .disabled: parts.badge(t("Starts nothing"), icon: "alert", tone: .warning)
        }
    }

    /// Why a link that is switched on starts nothing.
    static func why(_ link: Link) -> String? {
        if link.key.isDisabled { return t("Its API key is disabled.") }
        return link.holder?.isDisabled == true ? t("Its user is deactivated.") : nil
    }

    /// `12 of 100`
    static func starts(_ link: Link) -> String {
        link.maxStarts.map { t("%1 of %2", String(link.starts), String($0)) } ?? String(link.starts)
    }

    /// The URL with a way to copy it.
    static func url(_ url: String, id: String, of link: Link, _ parts: Parts) -> HTML {
        """
        <label class="visually-hidden" for="\(id)">\(t("URL of %1", link.name))</label><div class="copy-row">\
        <input class="form-control mono" id="\(id)" value="\(url)" readonly>\
        <button class="btn js-only" type="button" data-copy-from="\(id)" aria-label="\(t("Copy the URL of %1", link.name))">\(parts.icon("copy"))<span data-label-text>\(t("Copy"))</span></button></div>
        """
    }
}
