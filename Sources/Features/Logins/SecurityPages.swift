import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import RolesFeature
import SignInFeature

/// Security settings: the account's rules for logins, passwords, deleting users, and where programs may call from.
package enum SecurityPages {
    static let path = "/settings/security"
    private static let read = Route.Needs.need(.screen(.logins, .read))
    private static let full = Route.Needs.need(.screen(.logins, .full))

    package static let routes: [Route] = [
        .get(path, read, handler: show),
        .post(path, full, handler: save),
        .post(InactivityChoice.path, full, handler: saveInactivity),
    ]

    private static func find(_ call: Call) async throws -> (settings: SecuritySettings, roles: [RoleDefinition]) {
        try await call.read { permit, tx in (try SecurityRules.find(permit, tx), try Roles.all(permit, tx)) }
    }

    private static func show(_ call: Call) async throws -> Answer {
        let (settings, roles) = try await find(call)
        return page(call, roles, FormView(Parts(call.house.assets), values: values(settings)), version: settings.tag.text)
    }

    private static let flags = ["password.require_upper", "password.require_lower", "password.require_digit", "password.require_symbol"]

    private static func values(_ settings: SecuritySettings) -> [String: [String]] {
        let password = settings.password
        let required = [password.requireUpper, password.requireLower, password.requireDigit, password.requireSymbol]
        var values = [
            "concurrent_logins": [settings.concurrentLogins.rawValue], "max_logins": [String(settings.maxLogins)],
            "inactivity_minutes": [InactivityChoice.value(settings)], "absolute_hours": [String(settings.absoluteHours)],
            "password.min_length": [String(password.minLength)],
            "dormant_days": [settings.dormantDays.map { String($0) } ?? ""],
        ]
        for (name, isSet) in zip(flags, required) where isSet { values[name] = ["yes"] }
        values["password_by"] = [password.isLong ? "long" : "kinds"]
        let step = settings.secondStep
        values["second_step.required"] = [step.required.rawValue]
        values["second_step.roles"] = step.roles.map(\.description)
        values["second_step.methods"] = step.methods.map(\.rawValue)
        if settings.userDeletion { values["user_deletion"] = ["yes"] }
        return values
    }

    private static func input(_ form: FormData) throws -> Fields {
        let isLong = form["password_by"] == "long"
        var length = form.number("password.min_length")
        if isLong, let typed = length.whole, typed < PasswordPolicy.long.minLength { length = .int(Int64(PasswordPolicy.long.minLength)) }
        // Left empty it would take the default, which nobody has asked for here.
        var password: [(String, JSON)] = [("min_length", length == .null ? .string("") : length)]
        for name in flags { password.append((String(name.dropFirst("password.".count)), .bool(!isLong && form.isTicked(name)))) }
        let step = JSON(
            members: [
                ("required", JSON(form["second_step.required"])), ("roles", form.list("second_step.roles")),
                ("methods", form.list("second_step.methods")),
            ])
        return try Fields(
            JSON(
                members: form.texts("concurrent_logins") + [
                    ("max_logins", form.number("max_logins")), ("inactivity_minutes", InactivityChoice.input(form)),
                    ("absolute_hours", form.number("absolute_hours")), ("password", JSON(members: password)),
                    ("user_deletion", .bool(form.isTicked("user_deletion"))), ("dormant_days", form.number("dormant_days")),
                    ("second_step", step),
                ]))
    }

    private static func save(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            _ = try await call.write { permit, tx, ledger in
                try SecurityRules.update(input(form), match: form.requireVersion, permit, tx, ledger)
            }
            return .see(Done.saved.at(path))
        } catch let problem as Problem where problem.isAboutInput {
            let (settings, roles) = try await find(call)
            let version = form.version(after: problem, stored: settings.tag)
            return page(call, roles, FormView(Parts(call.house.assets), refused: form, problem), version: version, status: problem.status)
        }
    }

    /// The one choice of the list of active sessions.
    private static func saveInactivity(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            _ = try await call.write { permit, tx, ledger in
                try SecurityRules.update(Fields(["inactivity_minutes": InactivityChoice.input(form)]), match: { _ in }, permit, tx, ledger)
            }
            return .see(Done.saved.at(LoginsPages.path))
        } catch let problem as Problem where problem.isAboutInput {
            let frame = Frame(call)
            let view = FormView(frame.parts, refused: form, problem)
            let title = t("Sign out after inactivity")
            let main: HTML = """
                \(frame.parts.head("\(title)", crumbs: [(word(.logins), LoginsPages.path)]))\(view.summary)
                <form method="post" action="\(InactivityChoice.path)">\(view.select("inactivity_minutes", title, InactivityChoice.options))
                \(view.actions(t("Save"), cancel: LoginsPages.path))</form>
                """
            return frame.page(title, at: .logins, narrow: true, main, status: problem.status)
        }
    }

    private static func page(_ call: Call, _ roles: [RoleDefinition], _ form: FormView, version: String, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let mayEdit = call.caller?.principal.access?.level(of: .logins) == .full
        let done = Done(call) == .saved ? parts.alert("\(t("Saved. It holds at once, for those who are signed in too."))") : ""
        let logins = form.section(
            t("Signing in"), id: "s-logins",
            [
                form.radios(
                    "concurrent_logins", t("Logins of one person"),
                    [
                        (
                            "take_over", t("One, with take-over"),
                            t("Who signs in elsewhere is asked first; then the other browser is signed out and told.")
                        ),
                        ("refuse", t("One, the second is refused"), t("They must sign out elsewhere first.")),
                        ("allow", t("Several"), t("Up to the number below.")),
                    ]),
                form.text("max_logins", t("At most"), .number, help: t("Where several are allowed: 1 to 100.")),
                form.select(
                    "inactivity_minutes", t("Sign out after inactivity"), InactivityChoice.options,
                    help: t("People who manage users are signed out after 1 hour at the latest, whatever is chosen.")),
                form.text(
                    "absolute_hours", t("Sign out after, in hours"), .number, help: t("However active: 1 to 720. A shorter time holds at once.")),
            ])
        let users = form.section(
            t("Users"), id: "s-users",
            [
                form.check("user_deletion", t("Users can be deleted, not only deactivated")),
                form.text(
                    "dormant_days", t("Deactivate after so many days without a sign-in"), .number,
                    help: t("1 to 3650; empty is never. The last person who can manage the account stays."), optional: true),
            ])
        let programs: HTML = """
            <p class="form-hint">\(t("Where API keys and integrations may call from has a page of its own:")) <a href="\(call.house.paths.addresses)">\(word(.allowedAddresses))</a></p>
            """
        let main: HTML = """
            \(parts.head("\(t("Security settings"))", crumbs: [(word(.logins), LoginsPages.path)]))\(done)\(form.summary)
            <form method="post" action="\(path)">\(form.hidden("version", version))<fieldset class="plain"\(flag: "disabled", !mayEdit)>\(logins)\(passwords(form))\(SecondStepFields.section(form, roles))\(users)\(programs)</fieldset>
            \(if: mayEdit, form.actions(t("Save changes"), cancel: LoginsPages.path))</form>
            """
        return frame.page(t("Security settings"), at: .logins, narrow: true, main, status: status)
    }

    private static func passwords(_ form: FormView) -> HTML {
        form.section(
            t("Passwords"), lead: t("For passwords chosen from now on."), id: "s-passwords",
            [
                form.radios(
                    "password_by", t("What makes a password good here"),
                    [
                        ("kinds", t("Length and kinds of characters"), ""),
                        (
                            "long", t("Length alone"),
                            t("15 characters or more, of any kind: easier to remember, and harder to guess.")
                        ),
                    ]),
                form.text(
                    "password.min_length", t("Shortest length"), .number,
                    help: t("8 to 128 characters. Guessable passwords, names and e-mail addresses are refused in any case.")),
                """
                <fieldset class="field" data-show-when="password_by=kinds"><legend>\(t("A password needs"))</legend><div class="checks">\(form.check("password.require_upper", t("An upper-case letter")))\
                \(form.check("password.require_lower", t("A lower-case letter")))\(form.check("password.require_digit", t("A digit")))\
                \(form.check("password.require_symbol", t("A symbol")))</div></fieldset>
                """,
            ])
    }
}

extension PasswordPolicy {
    /// Long and unguessable, with no rule about kinds of characters: what an account can switch to (security.md P1, P2).
    fileprivate static let long = PasswordPolicy(minLength: 15, requireUpper: false, requireLower: false, requireDigit: false)

    /// Whether length alone is asked for, and enough of it.
    fileprivate var isLong: Bool { minLength >= Self.long.minLength && !requireUpper && !requireLower && !requireDigit && !requireSymbol }
}
