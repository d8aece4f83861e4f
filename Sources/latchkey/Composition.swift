import APIKeysFeature
import AccountsFeature
import CaptureFeature
import CatalogueFeature
import HistoryFeature
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb
import LinksFeature
import RolesFeature
import SessionsFeature
import SignInFeature
import UsersFeature

/// The only place that names every feature.
enum Composition {
    static let migrations: [Migration] =
        GateMigrations.all + UsersMigrations.all + SessionsMigrations.all + LinksMigrations.all + CaptureMigrations.all

    static func routes(_ operations: Operations) -> [Route] {
        [
            operations.routes, AssetRoutes.all, DocsPage.routes, HelpPage.routes,
            SignInRoutes.all(),
            UsersAPI.routes, UsersPages.routes,
            RolesAPI.routes,
            APIKeysAPI.routes, APIKeysPages.routes,
            SessionsAPI.routes, SessionsPages.routes,
            LinksAPI.routes, LinksPages.routes,
            HistoryAPI.routes, HistoryPages.routes,
            CatalogueAPI.routes,
            AccountsAPI.routes, AccountsPages.routes,
        ].flatMap { $0 }
    }
}
