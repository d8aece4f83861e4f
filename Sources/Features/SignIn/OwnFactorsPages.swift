import FactorsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import PasskeysFeature

/// My settings > Second step; for whoever must add one first it is all that opens.
package enum OwnFactorsPages {
    static let path = "/my/second-step"
    private static let own = Route.Needs.need(.secondStep)

    static let routes: [Route] = [
        .get(path, own) { try await show($0, FormView(Parts($0.house.assets))) },
        .get(path + "/totp", own, handler: offer),
        .post(path + "/totp", own, stepUp: .everybody, handler: confirm),
        .get(path + "/recovery-codes", own, handler: askRenewal),
        .post(path + "/recovery-codes", own, stepUp: .everybody, handler: renew),
        .get(path + "/{id}/remove", own, handler: askRemoval),
        .post(path + "/{id}/remove", own, stepUp: .everybody, handler: remove),
    ]

    private static func standing(_ call: Call) async throws -> OwnFactors.Standing {
        let now = call.now
        return try await call.ownRead { permit, tx in try OwnFactors.standing(at: now, permit, tx) }
    }

    /// In the frame of the console; alone on a sheet for whoever gets no further without it.
    private static func page(_ call: Call, _ title: String, crumbs: Bool = true, _ main: HTML, status: Int = 200) throws -> Answer {
        let frame = Frame(call)
        if try call.principal().mustAddFactor {
            let card: HTML = "<h1>\(title)</h1>\(main)"
            return frame.sheet(title, enterprise: call.caller?.surroundings.enterprise ?? "", page: "sign-in", card, status: status)
        }
        let above = [(t("My settings"), call.house.paths.mySettings)] + (crumbs ? [(t("Second step"), path)] : [])
        return frame.page(title, at: .mySettings, narrow: true, frame.parts.head("\(title)", crumbs: above) + main, status: status)
    }

    // MARK: What there is

    static func show(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let standing = try await standing(call)
        let parts = Parts(call.house.assets)
        let mustAdd = try call.principal().mustAddFactor
        let done: HTML =
            switch Done(call) {
            case .factorAdded: parts.alert("\(t("It was added. From now on you are asked for it when you sign in."))")
            case .factorRemoved: parts.alert("\(t("It was removed. Your other sign-ins have ended."))")
            default: ""
            }
        let lead =
            mustAdd
            ? t("Your account asks for a second step beside your password. Set it up now; it takes a minute.")
            : t("What you show beside your password when you sign in. Whoever learns your password gets no further without it.")
        let main: HTML = """
            \(done)\(form.summary)<p class="lead">\(lead)</p>\(list(standing, parts))\(additions(standing, form, parts, call))\(codes(standing, parts))\
            \(if: mustAdd, signOut(call))
            """
        return try page(call, t("Second step"), crumbs: false, main, status: status)
    }

    private static func list(_ standing: OwnFactors.Standing, _ parts: Parts) -> HTML {
        if standing.list.items.isEmpty {
            return standing.isRequired && standing.rule.methods.contains(.mail)
                ? "<p>\(t("You are mailed a code when you sign in, as long as you have added nothing else."))</p>" : ""
        }
        let items = standing.list.items.map { factor -> HTML in
            """
            <li>\(parts.icon(icon(factor.kind)))<div><strong><bdi>\(factor.name)</bdi></strong> <span class="sub">\(FactorMail.name(factor.kind)) · \(t("added")) \(parts.time(factor.createdAt))\
             · \(t("last used")) \(parts.time(factor.lastUsedAt, ago: true, none: t("never")))</span></div>\
            <a class="btn btn-sm" href="\(path)/\(factor.id)/remove" data-dialog aria-label="\(t("Remove %1", factor.name))">\(t("Remove"))</a></li>
            """
        }
        return "<ul class=\"items card\">\(items)</ul>"
    }

    package static func icon(_ kind: Factor.Kind) -> StaticString { kind == .passkey ? "key" : "device" }

    private static func additions(_ standing: OwnFactors.Standing, _ form: FormView, _ parts: Parts, _ call: Call) -> HTML {
        let passkey: HTML =
            standing.addable.contains(.passkey) && Passkeys.areKnown(call.house)
            ? "<div class=\"mt-3\">\(PasskeyPages.addForm(form, parts))</div>" : ""
        guard standing.addable.contains(.totp) else { return passkey }
        return """
            <p>\(parts.link(t("Add an authenticator app"), to: path + "/totp", icon: "plus", primary: standing.list.items.isEmpty))</p>\(passkey)
            """
    }

    private static func codes(_ standing: OwnFactors.Standing, _ parts: Parts) -> HTML {
        if standing.list.items.isEmpty { return "" }
        let left = standing.list.recoveryCodesLeft
        let count = left == 1 ? t("One recovery code is left.") : t("%1 recovery codes are left.", String(left))
        return """
            <h2 class="mt-3">\(t("Recovery codes"))</h2><p>\(count) \(t("Each stands in for your second step once, where you have lost it."))</p>\
            <p><a class="btn" href="\(path)/recovery-codes" data-dialog>\(t("New recovery codes"))</a></p>
            """
    }

    private static func signOut(_ call: Call) -> HTML {
        """
        <form class="mt-3" method="post" action="\(call.house.paths.signOut)"><button class="btn w-100" type="submit">\(t("Sign out"))</button></form>
        """
    }

    // MARK: An authenticator app

    private static func offer(_ call: Call) async throws -> Answer {
        do {
            let offer = try await AppOffer.make(call)
            return try offerPage(call, offer, FormView(Parts(call.house.assets)))
        } catch let problem as Problem where problem.status == 409 {
            let form = FormView(Parts(call.house.assets), refused: FormData(), problem)
            return try page(call, t("Add an authenticator app"), form.summary, status: 409)
        }
    }

    private static func offerPage(_ call: Call, _ offer: AppOffer, _ form: FormView, status: Int = 200) throws -> Answer {
        let secret = stride(from: 0, to: offer.app.text.utf8.count, by: 4).map { start in
            String(decoding: Array(offer.app.text.utf8).dropFirst(start).prefix(4), as: UTF8.self)
        }.joined(separator: " ")
        let main: HTML = """
            \(form.summary)<ol class="steps"><li>\(t("Open an authenticator app on your phone, and scan this code with it."))\
            \(QRCode(offer.url).map { code -> HTML in code.svg(label: t("QR code for your authenticator app")) })\
            <p class="mt-2">\(t("Or type this key into it:")) <code id="app-secret">\(secret)</code></p></li>\
            <li>\(t("Type the code that the app shows."))</li></ol>
            <form method="post" action="\(path)/totp" data-no-draft>\(form.hidden("enrolment", offer.sealed))
            \(form.text("code", t("Code"), .oneTimeCode))\(form.text("name", t("A name for it"), help: t("Such as: phone at work."), optional: true))
            \(form.actions(t("Add it"), cancel: path))</form>
            """
        return try page(call, t("Add an authenticator app"), main, status: status)
    }

    private static func confirm(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let (_, codes) = try await AppOffer.confirm(Fields(JSON(members: form.texts("enrolment", "code", "name"))), call)
            return try codes.isEmpty ? .see(Done.factorAdded.at(path)) : codesPage(call, codes, isNew: true)
        } catch let problem as Problem where problem.isAboutInput {
            let view = FormView(Parts(call.house.assets), refused: form, problem)
            // What was begun is gone on with, where it still can be.
            let offer: AppOffer
            if let again = try await AppOffer.again(form["enrolment"] ?? "", call) { offer = again } else { offer = try await AppOffer.make(call) }
            return try offerPage(call, offer, view, status: problem.status)
        }
    }

    // MARK: Recovery codes

    package static func codesPage(_ call: Call, _ codes: [String], isNew: Bool) throws -> Answer {
        let parts = Parts(call.house.assets)
        let then = try call.principal().mustAddFactor ? call.house.paths.home : path
        let lead =
            isNew
            ? t("Your second step is set up. Keep these ten codes where you find them without your phone: each stands in for it once.")
            : t("The old codes no longer work. Keep these ten where you find them without your phone: each stands in for your second step once.")
        let main = parts.secret(
            title: t("Your recovery codes"), lead: lead, values: [("recovery-codes", t("Recovery codes"), codes.joined(separator: "\n"))], then: then)
        return try page(call, t("Recovery codes"), main)
    }

    private static func askRenewal(_ call: Call) async throws -> Answer {
        let main = Parts(call.house.assets).confirm(
            t("Make new recovery codes?"), t("The old ones stop working at once. The new ones are shown once."), action: t("Make new ones"),
            path: path + "/recovery-codes", back: path, dangerous: false)
        return try page(call, t("Recovery codes"), main)
    }

    private static func renew(_ call: Call) async throws -> Answer {
        do {
            let codes = try await call.ownWrite { permit, tx, ledger in
                try OwnFactors.renewRecoveryCodes(call.house.mail, permit, tx, ledger)
            }
            return try codesPage(call, codes, isNew: false)
        } catch let problem as Problem where problem.isAboutInput {
            return try refused(call, problem, t("Recovery codes"))
        }
    }

    // MARK: Taking away

    private static func factor(_ call: Call) async throws -> (Factor, OwnFactors.Standing) {
        let id: FactorID = try call.id()
        let standing = try await standing(call)
        guard let factor = standing.list.items.first(where: { $0.id == id }) else { throw Hidden() }
        return (factor, standing)
    }

    private static func askRemoval(_ call: Call) async throws -> Answer {
        let (factor, standing) = try await factor(call)
        let consequences =
            standing.list.items.count == 1
            ? t("Your password alone signs you in then, and the recovery codes end. Your other sign-ins end at once.")
            : t("You are no longer asked for it. Your other sign-ins end at once.")
        let title = t("Remove %1?", factor.name)
        let main = Parts(call.house.assets).confirm(
            title, consequences, action: t("Remove it"), path: "\(path)/\(factor.id)/remove", back: path)
        return try page(call, title, main)
    }

    private static func remove(_ call: Call) async throws -> Answer {
        do {
            try await call.ownWrite { permit, tx, ledger in
                let id: FactorID = try call.id()
                try OwnFactors.remove(id, call.house.mail, permit, tx, ledger)
            }
            return .see(Done.factorRemoved.at(path))
        } catch let problem as Problem where problem.isAboutInput {
            return try refused(call, problem, t("Second step"))
        }
    }

    private static func refused(_ call: Call, _ problem: Problem, _ title: String) throws -> Answer {
        let parts = Parts(call.house.assets)
        let form = FormView(parts, refused: FormData(), problem)
        return try page(call, title, form.summary + parts.link(t("Back"), to: path), status: problem.status)
    }
}
