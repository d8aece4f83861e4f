import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Another e-mail address, and the first password by mail.
enum UserEmailPages {
    // MARK: Change

    static func ask(_ call: Call) async throws -> Answer {
        let (user, holdings) = try await UserStandingPages.find(call)
        guard holdings.maySetPassword(of: user) else { throw Problem.forbiddenGrant }
        return page(call, user, FormView(Parts(call.house.assets)))
    }

    private static func page(_ call: Call, _ user: User, _ form: FormView, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let title = t("Change the e-mail of %1", user.name)
        let lead = t("The new address is mailed a link. Only when it was opened and confirmed does the e-mail change, and the old address is told.")
        let section = form.section(
            t("E-mail"), id: "s-email",
            [
                "<div class=\"field\"><span class=\"form-label\" id=\"now-label\">\(t("Now"))</span><div aria-labelledby=\"now-label\" role=\"group\"><bdi>\(user.email)</bdi></div></div>",
                form.text("email", t("New e-mail"), .email, help: t("A username that is the e-mail changes with it.")),
            ])
        let main: HTML = """
            \(frame.parts.head("\(title)", lead: lead, crumbs: UserStandingPages.crumbs(user)))\(form.summary)\
            <form method="post" action="\(UserLook.path(user))/email">\(section)
            \(form.actions(t("Mail the link"), cancel: UserLook.path(user)))</form>
            """
        return frame.page(title, at: .users, narrow: true, main, status: status)
    }

    static func change(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let user = try await call.write { permit, tx, ledger in
                try UserEmails.ask(call.id(), { try Fields(JSON(members: form.texts("email"))) }, call.house.mail, permit, tx, ledger)
            }
            return .see(Done.sent.at(UserLook.path(user)))
        } catch let problem as Problem where problem.isAboutInput {
            let (user, _) = try await UserStandingPages.find(call)
            return page(call, user, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    // MARK: Activation

    static func askActivation(_ call: Call) async throws -> Answer {
        let (user, holdings) = try await UserStandingPages.find(call)
        guard holdings.mayEdit(user) else { throw Problem.forbiddenGrant }
        let frame = Frame(call)
        let question = t("Send the activation link to %1 again?", user.name)
        let main = frame.parts.confirm(
            question, t("A new link goes to %1. The one that was sent before stops working at once.", user.email), action: t("Send it"),
            path: UserLook.path(user) + "/activation", back: UserLook.path(user), dangerous: false)
        return frame.page(question, at: .users, narrow: true, main)
    }

    static func activate(_ call: Call) async throws -> Answer {
        do {
            let user = try await call.write { permit, tx, ledger in try Users.activate(call.id(), call.house.mail, permit, tx, ledger) }
            return .see(Done.sent.at(UserLook.path(user)))
        } catch let problem as Problem where problem.isAboutInput {
            return try await UserStandingPages.refused(call, problem)
        }
    }

    // MARK: The page behind the link

    private static func token(_ call: Call) -> String { call.parameters["token"] ?? "" }

    static func showConfirmation(_ call: Call) async throws -> Answer {
        let (name, email) = try await UserEmails.asked(token(call), call.house)
        return confirmation(call, name: name, email: email, FormView(Parts(call.house.assets)))
    }

    private static func confirmation(_ call: Call, name: String, email: String, _ form: FormView, status: Int = 200) -> Answer {
        let card: HTML = """
            <h1>\(t("Confirm your e-mail address"))</h1><p class="lead">\(t("%1 becomes the e-mail address of %2.", email, name))</p>
            \(form.summary)<form method="post" action="\(call.house.paths.confirmEmail(token(call)))">
            <button class="btn btn-primary w-100" type="submit">\(t("Confirm"))</button></form>
            """
        return Frame(call).sheet(t("Confirm your e-mail address"), enterprise: "", card, status: status)
    }

    static func confirm(_ call: Call) async throws -> Answer {
        let (name, email) = try await UserEmails.asked(token(call), call.house)
        do {
            try await UserEmails.confirm(token(call), call.origin, call.house)
            let card: HTML = """
                <h1>\(t("Your e-mail address was changed"))</h1><p class="lead">\(t("It is %1 now. If your username was the old address, you sign in with the new one.", email))</p>
                <a class="btn btn-primary w-100" href="\(call.house.paths.signIn())">\(t("Sign in"))</a>
                """
            return Frame(call).sheet(t("Your e-mail address was changed"), enterprise: "", card)
        } catch let problem as Problem where problem.isAboutInput {
            return confirmation(
                call, name: name, email: email, FormView(Parts(call.house.assets), refused: FormData(), problem), status: problem.status)
        }
    }
}
