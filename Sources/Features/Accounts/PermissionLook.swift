import LatchkeyAccess
import LatchkeyWeb

/// Permissions as people read them.
extension Permission {
    var label: String {
        switch self {
        case .manageAccounts: t("Manage %1", wordInside(.accounts))
        case .manageUsers: t("Manage %1", wordInside(.users))
        case .manageGroups: t("Manage groups")
        case .removeGroups: t("Remove groups")
        case .switchAccount: t("Switch into %1", wordInside(.accounts))
        case .manageAdministrators: t("Manage administrators")
        case .switchAdministrator: t("Switch into administrators")
        case .export: t("Export")
        }
    }

    /// What it means to have it, always within one's groups.
    var meaning: String {
        switch self {
        case .manageAccounts: t("Create, edit, disable and enable, and move between groups.")
        case .manageUsers: t("People, roles and history of each one, without switching into it.")
        case .manageGroups: t("Create and edit.")
        case .removeGroups: t("Delete those that nothing is in.")
        case .switchAccount: t("Act there as its manager, for a while and recorded.")
        case .manageAdministrators: t("Create, edit and disable those who hold no more than oneself, and the enterprise's settings.")
        case .switchAdministrator: t("See and do what both hold, for a while and recorded.")
        case .export: t("Download lists and histories as files.")
        }
    }
}
