import HTTPTypes
import LatchkeyWeb

@testable import latchkey

extension Routes {
    /// The console's pages; on PostgreSQL those of one's own account alone, since nothing but their paths differs from those of an account that is named.
    static let pages = all.filter { $0.face == .page && !(TestDatabase.isPostgres && $0.isTwin) }
    /// Those that need a principal.
    static let guardedPages = pages.filter(\.isGuarded)
    /// Those that a form is sent to.
    static let unsafePages = pages.filter { $0.method != .get && $0.method != .head }
}

extension Route {
    /// The path with ids of records that exist: of North, or of South.
    func standing(_ scene: Scene, inSouth: Bool = false) -> String {
        path(with: parameterKinds.map { $0.kind.map { scene.standing($0, inSouth: inSouth) } ?? "" })
    }

    /// The path with ids that nobody ever issued.
    var unissued: String { path(with: parameterKinds.map { $0.kind?.neverIssued ?? "" }) }
}

extension Scene {
    /// Somebody's browser. A machine has none, and comes as a bearer.
    func browser(_ who: Who) -> Browser { Browser(client(who), isBearer: who.isMachine) }

    /// A record that exists, whoever sees it.
    func standing(_ kind: Kind, inSouth: Bool = false) -> String {
        switch kind {
        case .account: inSouth ? south.account : north.account
        case .group: inSouth ? east : west
        case .administrator: inSouth ? edda : lena.id
        case .user: inSouth ? cast.mallory.id : cast.una.id
        case .role: inSouth ? south.userRole : north.userRole
        case .place: inSouth ? south.place : north.place
        case .apiKey: inSouth ? south.key : north.key
        case .link: inSouth ? links.south : links.desk
        case .session: inSouth ? sessions.south : sessions.una
        case .login: Kind.login.neverIssued
        case .integration: inSouth ? machines.south : machines.robot
        case .photo: Kind.photo.neverIssued
        case .factor: Kind.factor.neverIssued
        case .export: Kind.export.neverIssued
        case .review: Kind.review.neverIssued
        }
    }
}
