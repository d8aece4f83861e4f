extension Catalogue {
    /// A hotel's building dashboard. No field work; one login for each user, which a second one takes over.
    package static let hotel = Catalogue(
        id: "hotel",
        screens: [
            ScreenEntry(.pulse, "Pulse"), ScreenEntry(.controlCenter, "Control center"), ScreenEntry(.reporting, "Reporting"),
            ScreenEntry(.configuration, "Configuration"), ScreenEntry(.dashboardSettings, "Dashboard settings"),
        ],
        functions: [
            FunctionEntry(Function(rawValue: "room-status"), "Room status", screen: .controlCenter),
            FunctionEntry(Function(rawValue: "room-alerts"), "Room alerts", screen: .pulse),
            FunctionEntry(Function(rawValue: "system-alerts"), "System alerts", screen: .pulse),
            FunctionEntry(Function(rawValue: "lighting"), "Lighting", screen: .controlCenter),
            FunctionEntry(Function(rawValue: "hvac"), "Heating and cooling", screen: .controlCenter),
            FunctionEntry(Function(rawValue: "curtains"), "Curtains", screen: .controlCenter),
            FunctionEntry(Function(rawValue: "occupancy"), "Occupancy", screen: .controlCenter),
            FunctionEntry(Function(rawValue: "check-in"), "Check-in", screen: .pulse),
            FunctionEntry(Function(rawValue: "energy"), "Energy", screen: .reporting),
        ],
        roles: [
            BuiltInRole("Project Admin", "Manages everything: users, profiles, places, and the whole dashboard.", Grants(), isManager: true),
            BuiltInRole(
                "Front office", "Watches the pulse of the house and controls its rooms.",
                Grants(screens: [.pulse: ScreenGrant(.read), .controlCenter: ScreenGrant(.full)])),
            BuiltInRole(
                "Engineering", "Controls and configures the rooms, and reads the reports.",
                Grants(screens: [.controlCenter: ScreenGrant(.full), .configuration: ScreenGrant(.full), .reporting: ScreenGrant(.read)])),
            BuiltInRole("Housekeeping", "Sees the state of the rooms.", Grants(screens: [.controlCenter: ScreenGrant(.read)])),
            BuiltInRole("Reporting only", "Reads the reports.", Grants(screens: [.reporting: ScreenGrant(.read)])),
        ],
        terms: [
            .account: "Property", .accounts: "Properties", .role: "Profile", .roles: "Profiles", .createRole: "Create profile",
            .place: "Building or floor",
            .places: "Buildings and floors", .placeAccess: "Building/floor access", .login: "Session", .logins: "Sessions",
            .function: "System function",
            .functions: "System functions",
        ],
        navigation: [
            NavigationGroup(nil, [NavigationItem(.overview)]),
            NavigationGroup(
                "Dashboard",
                [
                    NavigationItem(.pulse), NavigationItem(.controlCenter), NavigationItem(.reporting), NavigationItem(.configuration),
                    NavigationItem(.dashboardSettings),
                ]),
            NavigationGroup(
                "User management", isTabs: true,
                [NavigationItem(.users), NavigationItem(.roles), NavigationItem(.logins), NavigationItem(.integrations)]),
            NavigationGroup("Settings", [NavigationItem(.places), NavigationItem(.catalogue)]),
            NavigationGroup("Records", [NavigationItem(.history)]),
        ],
        defaults: Defaults(concurrentLogins: .takeOver, maxLogins: 10, userDeletion: true),
        hasFieldWork: false
    )
}

extension Screen {
    fileprivate static let pulse = Screen(rawValue: "pulse")
    fileprivate static let controlCenter = Screen(rawValue: "control-center")
    fileprivate static let reporting = Screen(rawValue: "reporting")
    fileprivate static let configuration = Screen(rawValue: "configuration")
    fileprivate static let dashboardSettings = Screen(rawValue: "dashboard-settings")
}
