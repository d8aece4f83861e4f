import LatchkeyAccess
import LatchkeyWeb

/// The kinds of things and the actions that a reader can choose from; others are found by the lines that have them.
enum HistoryActions {
    /// What an account's entries are about, with what happens to it.
    static var ofAccounts: [(kind: String, name: String, actions: [String])] {
        [
            (
                "user", word(.user),
                [
                    "created", "changed", "disabled", "enabled", "deleted", "password_set", "password_changed", "email_change_requested",
                    "email_changed", "activation_sent", "handed_over",
                ]
            ),
            ("role", word(.role), ["created", "changed", "deleted"]),
            ("place", word(.place), ["created", "changed", "renamed", "moved", "deleted"]),
            ("api_key", t("API key"), ["created", "changed", "rotated", "disabled", "enabled", "deleted"]),
            ("link", word(.link), ["created", "changed"]),
            ("session", t("Session"), ["created", "changed", "noted", "sent", "completed", "invalidated", "expired", "deleted"]),
            ("integration", word(.integration), ["created", "changed", "disabled", "enabled", "deleted"]),
            ("account", word(.account), ["switched"]), ("catalogue", t("Catalogue"), ["changed"]),
        ]
    }

    /// What the enterprise's entries are about.
    static var ofEnterprise: [(kind: String, name: String, actions: [String])] {
        [
            ("account", word(.account), ["created", "changed", "disabled", "enabled", "switched"]),
            ("group", t("Group"), ["created", "changed", "deleted"]),
            (
                "administrator", t("Administrator"),
                ["created", "changed", "disabled", "enabled", "password_changed", "activation_sent", "switched"]
            ), ("enterprise", t("Enterprise"), ["changed"]),
        ]
    }

    /// What happens to whoever signs in, whatever kind they are of.
    private static var ofLogins: [(value: String, text: String)] {
        [
            ("login.opened", t("Signed in")), ("login.failed", t("Failed to sign in")), ("login.closed", t("A sign-in was closed")),
            ("login.disowned", t("Said that a sign-in was not theirs")), ("settings.changed", t("Security settings changed")),
        ]
    }

    static func kinds(_ known: [(kind: String, name: String, actions: [String])], with chosen: String?) -> [(value: String, text: String)] {
        offered([("", t("Everything"))] + known.map { ($0.kind, $0.name) }, with: chosen)
    }

    static func choices(_ known: [(kind: String, name: String, actions: [String])], with chosen: String?) -> [(value: String, text: String)] {
        let actions = known.flatMap { thing in thing.actions.map { (thing.kind + "." + $0, thing.name + ": " + name($0)) } }
        return offered([("", t("Everything"))] + ofLogins + actions, with: chosen)
    }

    /// The choices, and what is chosen even where it is none of them.
    private static func offered(_ choices: [(value: String, text: String)], with chosen: String?) -> [(value: String, text: String)] {
        guard let chosen, !choices.contains(where: { $0.value == chosen }) else { return choices }
        return choices + [(chosen, chosen)]
    }

    private static func name(_ verb: String) -> String {
        switch verb {
        case "created": t("created")
        case "changed": t("changed")
        case "renamed": t("renamed")
        case "moved": t("moved")
        case "disabled": wordInside(.disabled)
        case "enabled": t("enabled")
        case "deleted": t("deleted")
        case "rotated": t("new secret")
        case "password_set": t("password set")
        case "password_changed": t("own password changed")
        case "email_change_requested": t("another e-mail asked for")
        case "email_changed": t("e-mail changed")
        case "activation_sent": t("activation mailed")
        case "handed_over": t("handed over")
        case "noted": t("note added")
        case "sent": t("mailed")
        case "completed": t("completed")
        case "invalidated": t("invalidated")
        case "expired": t("expired")
        case "switched": t("switched into")
        default: verb
        }
    }
}
