import FactorsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb
import SignInFeature

/// Resetting a user's second step, for somebody who has lost it.
enum UserFactorsPages {
    static func ask(_ call: Call) async throws -> Answer {
        let (user, holdings) = try await UserStandingPages.find(call)
        guard holdings.maySetPassword(of: user) else { throw Problem.forbiddenGrant }
        let list = try await call.read { permit, tx in try Users.factors(of: call.id(), permit, tx) }
        let frame = Frame(call)
        let own = UserLook.path(user)
        let title = t("Reset the second step of %1?", user.name)
        if list.items.isEmpty {
            let main: HTML = """
                \(frame.parts.head("\(title)", crumbs: UserStandingPages.crumbs(user)))<p>\(t("There is none: the password alone signs them in."))</p>
                \(frame.parts.link(t("Back"), to: own))
                """
            return frame.page(title, at: .users, narrow: true, main)
        }
        let names = list.items.map { factor in "\(FactorMail.name(factor.kind)) “\(factor.name)”" }.joined(separator: ", ")
        let consequences = t(
            """
            Do this where they have lost it, once you are sure that it is them who asks. Removed are: %1, and the recovery codes. All their sign-ins end at \
            once, the password stays, and they are told by mail.
            """, names)
        let main = frame.parts.confirm(title, consequences, action: t("Reset second step"), path: own + "/second-step/reset", back: own)
        return frame.page(title, at: .users, narrow: true, main)
    }

    static func reset(_ call: Call) async throws -> Answer {
        do {
            let user = try await call.write { permit, tx, ledger in
                let id: UserID = try call.id()
                _ = try Users.resetFactors(of: id, call.house.mail, permit, tx, ledger)
                return try Users.find(id, permit, tx)
            }
            return .see(Done.factorsReset.at(UserLook.path(user)))
        } catch let problem as Problem where problem.isAboutInput {
            return try await UserStandingPages.refused(call, problem)
        }
    }

    /// What a user has, in a few words.
    static func summary(_ list: FactorList, _ parts: Parts) -> HTML {
        if list.items.isEmpty { return "<span class=\"muted\">\(t("None"))</span>" }
        return list.items.map { factor -> HTML in
            "\(FactorMail.name(factor.kind)) <bdi>“\(factor.name)”</bdi> <span class=\"sub\">\(t("last used")) \(parts.time(factor.lastUsedAt, ago: true, none: t("never")))</span>"
        }.joined(separator: "<br>")
    }
}
