import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// What is around the form of one administrator: their standing, what they did and what was done to them.
enum AdministratorPage {
    static func find(_ call: Call) async throws -> (Administrator, GroupTree) {
        try await call.enterpriseRead { permit, tx in (try Administrators.find(call.id(), permit, tx), try Groups.tree(permit, tx)) }
    }

    static func status(_ administrator: Administrator, _ parts: Parts) -> HTML {
        switch administrator.status {
        case .enabled: parts.badge(t("Active"), icon: "st-on", tone: .good)
        case .pending: parts.badge(t("Pending"), icon: "st-pending", tone: .warning)
        case .disabled: parts.badge(t("Disabled"), icon: "st-off")
        }
    }

    static func crumbs(_ administrator: Administrator? = nil) -> [(String, String)] {
        [(t("Administrators"), AdministratorsPages.path)] + (administrator.map { [($0.name, AdministratorsPages.own($0))] } ?? [])
    }

    /// The head of their pages, with tabs.
    static func head(_ call: Call, _ administrator: Administrator, isHistory: Bool, _ parts: Parts) -> HTML {
        let rights = AdministratorRights(call)
        let own = AdministratorsPages.own(administrator)
        var actions: [HTML] = []
        if rights.maySetPassword(of: administrator) { actions.append(parts.link(t("Change password"), to: own + "/password", icon: "lock")) }
        // Enabling is a button on their page.
        let items = rights.actions(on: administrator, withPassword: false).filter { $0.asks }
        if !items.isEmpty { actions.append(parts.menu(for: administrator.name, items)) }
        let tabs = parts.tabs(administrator.name, [(t("Details"), own, !isHistory), (t("History"), own + "/history", isHistory)])
        let title: HTML = "<bdi>\(administrator.name)</bdi> \(status(administrator, parts))"
        return parts.head(title, lead: administrator.isErased ? nil : administrator.email, crumbs: crumbs(), actions: actions, withTabs: true) + tabs
    }

    // MARK: History

    static func history(_ call: Call) async throws -> Answer {
        let after = call.pageQuery()["after"].flatMap(Cursor.init(text:))
        let (administrator, tree, page) = try await call.enterpriseRead { permit, tx in
            let administrator = try Administrators.find(call.id(), permit, tx)
            let filter = HistoryFilter(subject: administrator.id.description)
            return (administrator, try Groups.tree(permit, tx), try EnterpriseHistory.find(filter, PageRequest(after: after), permit, tx))
        }
        let frame = Frame(call)
        let list = EnterprisePages.timeline(page, tree, at: AdministratorsPages.own(administrator) + "/history", frame.parts)
        return frame.page(
            administrator.name, at: .administrators, head(call, administrator, isHistory: true, frame.parts) + list)
    }

    // MARK: Standing

    static func askDisable(_ call: Call) async throws -> Answer {
        let (administrator, _) = try await find(call)
        guard AdministratorRights(call).mayEdit(administrator) else { throw Problem.forbiddenGrant }
        let frame = Frame(call)
        let own = AdministratorsPages.own(administrator)
        let question = t("Disable %1?", administrator.name)
        let isOneself = administrator.id == call.caller?.principal.administrator
        let consequences =
            isOneself
            ? t("This is you: you are signed out at once and cannot sign in until somebody else enables you.")
            : t(
                "All their sign-ins end at once, those in which they are switched too, and there are no new ones. Enabling gives back what there was."
            )
        let main = frame.parts.confirm(question, consequences, action: t("Disable"), path: own + "/disable", back: own)
        return frame.page(question, at: .administrators, narrow: true, main)
    }

    static func setDisabled(_ disabled: Bool, _ call: Call) async throws -> Answer {
        do {
            let administrator = try await call.enterpriseWrite { permit, tx, ledger in
                try Administrators.setDisabled(disabled, call.id(), permit, tx, ledger)
            }
            return .see((disabled ? Done.disabled : Done.enabled).at(AdministratorsPages.own(administrator)))
        } catch let problem as Problem where problem.isAboutInput {
            return try await refused(call, problem)
        }
    }

    // MARK: Activation

    static func askActivation(_ call: Call) async throws -> Answer {
        let (administrator, _) = try await find(call)
        guard AdministratorRights(call).mayEdit(administrator) else { throw Problem.forbiddenGrant }
        let frame = Frame(call)
        let own = AdministratorsPages.own(administrator)
        let question = t("Send the activation link to %1 again?", administrator.name)
        let main = frame.parts.confirm(
            question, t("A new link goes to %1. The one that was sent before stops working at once.", administrator.email), action: t("Send it"),
            path: own + "/activation", back: own, dangerous: false)
        return frame.page(question, at: .administrators, narrow: true, main)
    }

    static func activate(_ call: Call) async throws -> Answer {
        do {
            let administrator = try await call.enterpriseWrite { permit, tx, ledger in
                try Administrators.activate(call.id(), call.house.mail, permit, tx, ledger)
            }
            return .see(Done.sent.at(AdministratorsPages.own(administrator)))
        } catch let problem as Problem where problem.isAboutInput {
            return try await refused(call, problem)
        }
    }

    /// Why what was asked by a button, without a form, is not done.
    private static func refused(_ call: Call, _ problem: Problem) async throws -> Answer {
        let (administrator, _) = try await find(call)
        let frame = Frame(call)
        let form = FormView(frame.parts, refused: FormData(), problem)
        let main =
            frame.parts.head("<bdi>\(administrator.name)</bdi>", crumbs: crumbs()) + form.summary
            + frame.parts.link(t("Back"), to: AdministratorsPages.own(administrator))
        return frame.page(administrator.name, at: .administrators, narrow: true, main, status: problem.status)
    }

    static func done(_ call: Call, _ parts: Parts) -> HTML {
        switch Done(call) {
        case .created: parts.alert("\(t("The administrator was created."))")
        case .saved: parts.alert("\(t("The administrator was saved. It holds at once."))")
        case .disabled: parts.alert("\(t("The administrator was disabled, and is signed out everywhere."))")
        case .enabled: parts.alert("\(t("The administrator can sign in again."))")
        case .passwordChanged: parts.alert("\(t("The password was set, and all their sign-ins have ended."))")
        case .deleted: parts.alert("\(t("The data was erased. The history has an entry that says so."))")
        case .sent: parts.alert("\(t("The mail is on its way."))")
        default: ""
        }
    }
}
