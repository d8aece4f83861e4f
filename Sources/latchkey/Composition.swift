import APIKeysFeature
import AccountsFeature
import AdviceFeature
import CaptureFeature
import CatalogueFeature
import DecisionsFeature
import ExportsFeature
import FactorsFeature
import ForwardAuthFeature
import HandOverFeature
import HistoryFeature
import ImportsFeature
import IntegrationsFeature
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyMail
import LatchkeyWeb
import LinksFeature
import LiveFeature
import LoginsFeature
import MailFeature
import OAuthFeature
import OverviewFeature
import PasskeysFeature
import PastFeature
import PhotosFeature
import PlacesFeature
import ReviewsFeature
import RolesFeature
import SessionsFeature
import SignInFeature
import UsersFeature

/// The only place that names every feature.
enum Composition {
    static let migrations: [Migration] =
        GateMigrations.all + UsersMigrations.all + SessionsMigrations.all + LinksMigrations.all + CaptureMigrations.all + PhotosMigrations.all
        + OutboxMigrations.all + SignInMigrations.all + IntegrationsMigrations.all + OAuthMigrations.all + RolesMigrations.all
        + FactorsMigrations.all + PasskeysMigrations.all + HistoryLookupMigrations.all + HistoryProofMigrations.all + ExportsMigrations.all
        + LoginsMigrations.all + AdviceMigrations.all + ReviewsMigrations.all

    /// The templates of what is mailed.
    static let letters: [LetterKind] = PersonalLetters.all + SessionLetters.all + ReviewLetters.all

    /// What can be exported.
    static let exportSources: [any ExportSource] = [UserExport(), AccessExport(), RoleExport()]

    static func routes(_ operations: Operations, photos: any CapturePhotos = KeptPhotos()) -> [Route] {
        let exports = ExportRoutes(exportSources)
        return [
            operations.routes, AssetRoutes.all, DocsPage.routes, HelpPage.routes,
            SignInRoutes.all(),
            OverviewAPI.routes, OverviewPages.routes(photos: PhotosCard()),
            UsersAPI.routes, UserFactorsAPI.routes, UsersPages.routes,
            RolesAPI.routes, RolesPages.routes,
            PlacesAPI.routes, PlacesPages.routes,
            APIKeysAPI.routes, APIKeysPages.routes,
            SessionsAPI.routes, SessionsPages.routes(photos: PhotosCard()), PhotosAPI.routes,
            HandOverRoutes.all, UserDeletionRoutes.all, UserErasureRoutes.all,
            ReviewsAPI.routes, ReviewsPages.routes, AdviceAPI.routes, AdvicePages.routes, AddressesAPI.routes, AddressesPages.routes,
            LiveRoutes.all, LoginsAPI.routes, LoginsPages.routes, SecurityPages.routes,
            exports.all, ImportsAPI.routes, ImportsPages.routes,
            DecisionsAPI.routes, DecisionsPages.routes, ForwardAuth.routes,
            LinksAPI.routes, LinksPages.routes,
            LaunchRoutes.all, CaptureRoutes(photos: photos).all, PhotoIntake.routes,
            HistoryAPI.routes, HistoryPages.routes, EnterpriseHistory.routes, PastAPI.routes, PastPages.routes,
            HistoryProofsAPI.routes, HistoryProofsPages.routes,
            CatalogueAPI.routes, CataloguePages.routes,
            IntegrationsAPI.routes, IntegrationsPages.routes, OAuthRoutes.all(),
            AccountsAPI.routes, EnterprisePages.routes,
            MailAPI.routes, MailPages.routes,
        ].flatMap { $0 }
    }
}
