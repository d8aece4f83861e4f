extension Catalogue {
    /// The default catalogue: a vehicle-inspection company. Field work on; roles ADMIN and USER.
    package static let inspection = Catalogue(
        id: "inspection",
        roles: [
            BuiltInRole("ADMIN", "Sees every session of the account and manages its users, API keys and settings.", Grants(), isManager: true),
            BuiltInRole(
                "USER", "Creates sessions with the ticked API keys and sees only their own.",
                Grants(screens: [.overview: ScreenGrant(.read), .sessions: ScreenGrant(.full, reach: .own)])),
        ],
        terms: [
            .account: "Branch account", .accounts: "Branch accounts", .createUser: "Create new user", .screen: "Permission",
            .screens: "Permissions", .place: "Location", .places: "Locations", .placeAccess: "Locations", .login: "Signed-in device",
            .logins: "Signed-in devices", .integration: "API client",
            .integrations: "API clients", .disable: "Deactivate", .enable: "Reactivate", .disabled: "Deactivated",
        ],
        navigation: [
            NavigationGroup(nil, [NavigationItem(.overview), NavigationItem(.sessions)]),
            NavigationGroup(
                "Settings",
                [
                    NavigationItem(.users), NavigationItem(.roles), NavigationItem(.links), NavigationItem(.places), NavigationItem(.logins),
                    NavigationItem(.catalogue),
                ]),
            NavigationGroup("Developer", [NavigationItem(.apiKeys), NavigationItem(.integrations)]),
            NavigationGroup("Records", [NavigationItem(.history)]),
        ],
        defaults: Defaults(concurrentLogins: .allow, maxLogins: 10, userDeletion: false),
        hasFieldWork: true
    )
}
