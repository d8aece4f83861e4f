import APIKeysFeature
import AccountsFeature
import CaptureFeature
import CatalogueFeature
import HandOverFeature
import HistoryFeature
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyMail
import LatchkeyWeb
import LinksFeature
import LiveFeature
import MailFeature
import RolesFeature
import SessionsFeature
import SignInFeature
import UsersFeature

/// The only place that names every feature.
enum Composition {
    static let migrations: [Migration] =
        GateMigrations.all + UsersMigrations.all + SessionsMigrations.all + LinksMigrations.all + CaptureMigrations.all
        + OutboxMigrations.all + SignInMigrations.all

    /// The templates of what is mailed.
    static let letters: [LetterKind] = PersonalLetters.all

    static func routes(_ operations: Operations) -> [Route] {
        [
            operations.routes, AssetRoutes.all, DocsPage.routes, HelpPage.routes,
            SignInRoutes.all(),
            UsersAPI.routes, UsersPages.routes,
            RolesAPI.routes,
            APIKeysAPI.routes, APIKeysPages.routes,
            SessionsAPI.routes, SessionsPages.routes,
            HandOverRoutes.all,
            LiveRoutes.all,
            LinksAPI.routes, LinksPages.routes,
            HistoryAPI.routes, HistoryPages.routes,
            CatalogueAPI.routes,
            AccountsAPI.routes, AccountsPages.routes,
            MailAPI.routes, MailPages.routes,
        ].flatMap { $0 }
    }
}
