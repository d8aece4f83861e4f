import APIKeysFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb
import RolesFeature

/// The sections of a user's form. Their fields have the names that the verbs read.
enum UserFormParts {
    static func person(_ form: FormView, _ user: User?) -> HTML {
        let email: HTML =
            user.map { user -> HTML in
                """
                <div class="field"><span class="form-label" id="email-label">\(t("E-mail"))</span>\
                <div aria-labelledby="email-label" role="group"><bdi>\(user.email)</bdi></div></div>
                """
            } ?? form.text("email", t("E-mail"), .email)
        return form.section(
            t("Person"), lead: t("The username signs in. Left empty, it is the e-mail."), id: "s-person",
            [
                form.row(form.text("first_name", t("First name")), form.text("last_name", t("Last name"))), email,
                form.text("username", t("Username"), .identifier, help: t("The e-mail, or letters, digits and . _ - + alone."), optional: true),
            ])
    }

    static func access(_ form: FormView, _ user: User?, _ holdings: Holdings, warning: HTML, _ parts: Parts) -> HTML {
        form.section(
            t("Access"), lead: t("What this person may do, and whose work they see."), id: "s-access",
            [
                roles(form, user, holdings, parts), holdings.seesRoles ? seeRoles : "", warning,
                holdings.hasFieldWork ? keys(form, user, holdings, parts) : "",
                UserPlaces.choice(form, user, holdings),
                form.text(
                    "ends_at", t("Access ends on"), .date, help: t("From the beginning of this day (UTC) the person can no longer sign in."),
                    optional: true),
            ])
    }

    private static func roles(_ form: FormView, _ user: User?, _ holdings: Holdings, _ parts: Parts) -> HTML {
        let choices = holdings.choices(for: user)
        if choices.isEmpty { return "<p class=\"form-hint\">\(t("You hold no %1 that you could give.", wordInside(.role)))</p>" }
        if holdings.offersSeveralRoles(to: user) {
            return form.checks(
                "roles", word(.roles),
                choices.map { role in
                    let glance = RolesPages.glance(role, in: holdings.account, for: holdings.reader, parts)
                    return (
                        value: role.id.description,
                        text: "<bdi>\(role.name)</bdi><span class=\"sub\"><bdi>\(role.description)</bdi></span><span class=\"sub\">\(glance)</span>"
                    )
                },
                help: t("They add up."))
        }
        return form.radios("roles", word(.role), choices.map { (value: $0.id.description, text: $0.name, help: $0.description) })
    }

    private static var seeRoles: HTML {
        "<div class=\"field\"><a href=\"\(RolesPages.path)\">\(t("See all that each of them grants"))</a></div>"
    }

    private static func keys(_ form: FormView, _ user: User?, _ holdings: Holdings, _ parts: Parts) -> HTML {
        let options = holdings.keys.map { key -> (value: String, text: HTML) in
            let disabled: HTML = key.isDisabled ? " \(parts.badge(t("Disabled"), icon: "st-off"))" : ""
            return (value: key.id.description, text: "<bdi>\(key.name)</bdi> \(APIKeysPages.mode(key, parts))\(disabled)")
        }
        let offersAll = holdings.reader.keys == .all || user?.keys == .all
        if options.isEmpty, !offersAll {
            return "<p class=\"form-hint\">\(t("You hold no API key that you could give."))</p>"
        }
        let bounds = t("They bound both what this person may create and what they see. People who share a key do not see each other's sessions.")
        return form.checks(
            "api_keys", t("API keys"), options, all: offersAll ? (name: "all_keys", text: t("All keys, also later ones")) : nil,
            help: options.isEmpty ? t("There are no API keys yet. Without one this person cannot create sessions and sees none.") : bounds)
    }

    static func password(_ form: FormView, _ holdings: Holdings) -> HTML {
        let criteria = form.criteria("password", holdings.account.security.password, wordsFrom: "first-name last-name email username")
        let same: HTML = """
            <ul class="criteria" data-criteria="repeat" id="repeat-criteria"><li data-rule="same" data-with="password">\(t("Both are the same"))</li></ul>
            """
        let typed: HTML = """
            <div data-show-when="password_by=typed">\
            \(form.password("password", t("Password"), isNew: true, below: criteria, generates: "password repeat", required: false))\
            \(form.password("repeat", t("Repeat it"), isNew: true, below: same, required: false))\
            \(form.check("must_change", t("Must choose their own at the first sign-in")))</div>
            """
        return form.section(
            t("Password"), id: "s-password",
            [
                form.radios(
                    "password_by", t("First password"),
                    [
                        ("generated", t("Generate one"), t("Shown once after saving. It must be changed at the first sign-in.")),
                        ("typed", t("Type one"), ""),
                        ("mailed", t("Mail a link"), t("The person chooses the password. The link works once, for 3 days.")),
                    ]), typed, form.check("send_credentials", t("Send the login details by e-mail")),
                "<p class=\"form-hint\">\(t("Sign-in address and username; a generated password too, which is then good for 3 days."))</p>",
            ])
    }

    /// What an edit is about to hide.
    static func warning(_ hides: HidesSessions, _ user: User, _ holdings: Holdings, _ parts: Parts) -> HTML {
        let number: HTML =
            switch hides.count {
            case nil: "\(t("sessions"))"
            case 1?: "<strong>\(t("1 session"))</strong>"
            case let count?: "<strong>\(t("%1 sessions", String(count)))</strong>"
            }
        var taken: [String] = []
        if case .only(let ids) = hides.keys { taken = holdings.keys.filter { ids.contains($0.id) }.map(\.name) }
        let under: HTML = taken.isEmpty ? "" : " \(t("under")) \(UserLook.names(taken))"
        return """
            <div class="alert alert-warning" id="hides" tabindex="-1">\(parts.icon("alert"))<div>\(t("Saving this hides")) \(number)\(under) \(t("from")) \
            <bdi>\(user.name)</bdi>. \(t("They come back when what you take away does."))</div></div>
            """
    }
}
