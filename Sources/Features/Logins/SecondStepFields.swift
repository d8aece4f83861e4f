import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb
import RolesFeature

/// Who must have a second step, and with what, in the form of the security settings.
enum SecondStepFields {
    static func section(_ form: FormView, _ roles: [RoleDefinition]) -> HTML {
        form.section(
            t("Second step"), lead: t("Asked for beside the password. Whoever has set one up is asked for it in any case."), id: "s-second-step",
            [
                form.radios(
                    "second_step.required", t("Who must have one"),
                    [
                        ("off", t("Nobody; everybody may"), ""),
                        ("all", t("Everybody"), t("Whoever has none sets it up at once, before anything else opens; you too.")),
                        ("roles", t("Whoever has one of these roles"), ""),
                    ]),
                """
                <div data-show-when="second_step.required=roles">\(form.checks("second_step.roles", t("Roles"), roles.map { role in (role.id.description, "<bdi>\(role.name)</bdi>") }))</div>
                """,
                form.checks(
                    "second_step.methods", t("What may be used"),
                    [
                        ("totp", "\(t("Authenticator app"))"), ("passkey", "\(t("Passkey"))"),
                        (
                            "mail",
                            "\(t("Mailed code")) <span class=\"sub\">\(t("For those who must have one and have set up nothing else. It is as safe as their mailbox."))</span>"
                        ),
                    ]),
            ])
    }
}
