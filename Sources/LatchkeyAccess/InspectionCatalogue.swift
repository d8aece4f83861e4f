extension Catalogue {
    /// The default catalogue: a vehicle-inspection company. Field work on; roles ADMIN and USER.
    package static let inspection = Catalogue(
        id: "inspection",
        roles: [
            BuiltInRole(
                "ADMIN", "Sees every session of the account and manages its users, API keys and settings.",
                managerGrants(screens: [], functions: [], exclusions: []), isManager: true),
            BuiltInRole(
                "USER", "Creates sessions with the ticked API keys and sees only their own.",
                Grants(screens: [.overview: ScreenGrant(.read), .sessions: ScreenGrant(.full, reach: .own)])),
        ],
        terms: ["account": "Branch account", "disable": "Deactivate", "enable": "Reactivate"],
        defaults: Defaults(concurrentLogins: .allow, maxLogins: 10, userDeletion: false),
        hasFieldWork: true
    )

    /// The ready catalogues, by id.
    package static func ready(_ id: String) -> Catalogue? { id == inspection.id ? inspection : nil }
}
