extension Catalogue {
    /// What an account starts with whose company brings a catalogue of its own: nothing but Latchkey's screens and a manager role.
    package static let own = Catalogue(
        id: "own",
        roles: [BuiltInRole("ADMIN", "Manages everything in the account.", Grants(), isManager: true)],
        navigation: [
            NavigationGroup(nil, [NavigationItem(.overview), NavigationItem(.sessions)]),
            NavigationGroup(
                "Settings",
                [
                    NavigationItem(.users), NavigationItem(.roles), NavigationItem(.links), NavigationItem(.places), NavigationItem(.logins),
                    NavigationItem(.apiKeys), NavigationItem(.integrations), NavigationItem(.catalogue),
                ]),
            NavigationGroup("Records", [NavigationItem(.history)]),
        ],
        defaults: Defaults(concurrentLogins: .allow, maxLogins: 10, userDeletion: false),
        hasFieldWork: false
    )

    /// The catalogues that a new account may have.
    package static let allReady = [inspection, hotel, payments, own]

    /// One of those, by id.
    package static func ready(_ id: String) -> Catalogue? { allReady.first { $0.id == id } }
}
