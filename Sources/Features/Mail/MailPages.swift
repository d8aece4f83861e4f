import LatchkeyAccess
import LatchkeyGate
import LatchkeyMail
import LatchkeyWeb

/// Settings > Mail, for administrators: where mails go, what waits, what was given up, and a test.
package enum MailPages {
    package static let routes: [Route] = [
        .get("/mail", .need(.enterprise(nil))) { try await page($0, nil) },
        .post("/mail/test", .need(.enterprise(nil))) { call in try await page(call, try await MailTest.run(call)) },
    ]

    private static func page(_ call: Call, _ result: MailTest.Result?) async throws -> Answer {
        let standing = try await call.enterpriseRead { permit, tx in try MailStandingStore.find(permit, tx) }
        let room = call.house.mail
        let frame = Frame(call)
        let parts = frame.parts
        let told = result.map { result -> HTML in
            parts.alert("\(result.detail) <span class=\"sub\">\(t("To %1", result.to))</span>", tone: result.isSent ? .success : .danger)
        }
        let server: HTML =
            room.server.map { server -> HTML in "<code>\(server)</code>" }
            ?? "\(t("None: mails are kept as files on the server, in the folder mail of its data directory."))"
        var facts: [(String, HTML)] = [
            (t("Mail server"), server), (t("Sender"), "\(room.from.address.text)"), (t("Waiting"), "\(String(standing.waiting))"),
        ]
        if let reason = standing.lastReason { facts.append((t("Why the oldest waits"), "\(reason)")) }
        let test: HTML = """
            <form class="mt-3" method="post" action="/mail/test"><button class="btn btn-primary" type="submit">\(parts.icon("mail"))\(t("Send me a test mail"))</button></form>
            """
        let main: HTML = """
            \(parts.head("\(t("Mail"))", lead: t("Activation links, login details and forgotten passwords are mailed. The server's options decide where mails go.")))\(told)\
            \(parts.card(t("Where mails go"), parts.details(facts) + test))\(givenUp(standing, parts))
            """
        return frame.page(t("Mail"), at: .mail, main)
    }

    private static func givenUp(_ standing: MailStanding, _ parts: Parts) -> HTML {
        if standing.givenUp.isEmpty { return "" }
        let table = parts.table(
            caption: t("Mails that were given up, newest first"),
            columns: [t("What"), t("Account"), t("Ordered"), t("Given up"), t("Attempts"), t("Why")],
            rows: standing.givenUp.map { mail in
                """
                <tr><th scope="row">\(name(mail.template))<span class="sub">\(mail.id)</span></th>\(parts.cell(t("Account"), "<bdi>\(mail.account ?? "—")</bdi>"))\
                \(parts.cell(t("Ordered"), parts.time(mail.createdAt)))\(parts.cell(t("Given up"), parts.time(mail.settledAt)))\
                \(parts.cell(t("Attempts"), "\(String(mail.attempts))"))\(parts.cell(t("Why"), "\(mail.reason ?? "")"))</tr>
                """
            })
        return "<h2 class=\"mt-4 mb-2\">\(t("Given up"))</h2>" + table
    }

    /// A template as a person knows it.
    private static func name(_ template: String) -> String {
        switch template {
        case "password.forgotten": t("Forgotten password")
        case "login.disowned": t("Sign-in that was not one's own")
        case "user.activation": t("Activation")
        case "user.credentials": t("Login details")
        case "email.confirm": t("New e-mail address")
        case "email.changed": t("Changed e-mail address")
        case "session.capture": t("Capture link")
        default: template
        }
    }
}
