/// A payments company's client dashboard. No field work; who makes a payment does not authorize it.
extension Catalogue {
    package static let payments = Catalogue(
        id: "payments", screens: paymentsScreens, functions: paymentsFunctions,
        exclusions: [
            Exclusion(.createPayouts, .authorizePayouts, on: .record), Exclusion(.createRefunds, .authorizeRefunds, on: .record),
            Exclusion(.createWires, .authorizeWires, on: .record), Exclusion(.createWires, .authorizeLargeWires, on: .record),
        ],
        roles: paymentsRoles,
        terms: [
            .account: "Client", .accounts: "Clients", .user: "External user", .users: "External users", .createUser: "Add user",
            .screen: "Permission",
            .screens: "Permissions", .function: "Action", .functions: "Actions", .login: "Active session", .logins: "Active sessions",
            .integration: "API client", .integrations: "API clients", .actor: "Editor", .allowedAddresses: "IP whitelist",
        ],
        navigation: [
            NavigationGroup(
                nil,
                [
                    NavigationItem(.overview), NavigationItem(.dashboard), NavigationItem(.balances), NavigationItem(.payin), NavigationItem(.payout),
                    NavigationItem(.settlementExchange), NavigationItem(.reports), NavigationItem(.api),
                ]),
            NavigationGroup(
                "Configurations",
                [NavigationItem(.users), NavigationItem(.roles)] + configurations.map { NavigationItem($0.screen) } + [
                    NavigationItem(.logins), NavigationItem(.integrations), NavigationItem(.places), NavigationItem(.catalogue),
                ]),
            NavigationGroup("Records", [NavigationItem(.history)]),
        ],
        defaults: Defaults(concurrentLogins: .allow, maxLogins: 10, userDeletion: false),
        hasFieldWork: false
    )

    private static let configurations: [(screen: Screen, label: String, admin: Level)] = [
        (Screen(rawValue: "client-information"), "Client information", .read), (Screen(rawValue: "account-settings"), "Account settings", .read),
        (Screen(rawValue: "banking"), "Banking", .full), (Screen(rawValue: "contacts"), "Contacts", .full),
        (Screen(rawValue: "merchants"), "Merchants", .read), (Screen(rawValue: "agreements"), "Agreements", .read),
        (Screen(rawValue: "ip-whitelist"), "IP whitelist", .full), (Screen(rawValue: "notifications"), "Notifications", .full),
        (Screen(rawValue: "bins"), "BINs", .full), (Screen(rawValue: "masters"), "Masters", .read),
    ]

    private static let paymentsScreens: [ScreenEntry] =
        [
            ScreenEntry(.api, "API"), ScreenEntry(.balances, "Balances"), ScreenEntry(.dashboard, "Dashboard"), ScreenEntry(.payin, "Payin"),
            ScreenEntry(.payout, "Payout"), ScreenEntry(.reports, "Reports"), ScreenEntry(.settlementExchange, "Settlement exchange"),
            ScreenEntry(.configurations, "Configurations"),
        ] + configurations.map { ScreenEntry($0.screen, $0.label, group: "Configurations") }

    private static let paymentsFunctions = [
        FunctionEntry(.createPayouts, "Create payouts", group: "Payouts", screen: .payout),
        FunctionEntry(.authorizePayouts, "Authorize payouts", group: "Payouts", screen: .payout),
        FunctionEntry(.createRefunds, "Create refunds", group: "Refunds", screen: .payin),
        FunctionEntry(.authorizeRefunds, "Authorize refunds", group: "Refunds", screen: .payin),
        FunctionEntry(.createWires, "Create wires", group: "Wires", screen: .settlementExchange),
        FunctionEntry(.authorizeWires, "Authorize wires", group: "Wires", screen: .settlementExchange),
        FunctionEntry(.authorizeLargeWires, "Authorize large wires", group: "Wires", screen: .settlementExchange),
        FunctionEntry(.createExchange, "Create exchange", group: "Exchange", screen: .settlementExchange),
        FunctionEntry(.createLargeExchange, "Create large exchange", group: "Exchange", screen: .settlementExchange),
        FunctionEntry(.createTransfers, "Create transfers", group: "Transfers", screen: .settlementExchange),
    ]

    private static let paymentsRoles: [BuiltInRole] = {
        let looks: [Screen: ScreenGrant] = [.balances: ScreenGrant(.read), .dashboard: ScreenGrant(.read), .reports: ScreenGrant(.read)]
        let all: [Screen: ScreenGrant] = [
            .api: ScreenGrant(.full), .payin: ScreenGrant(.full), .payout: ScreenGrant(.full), .settlementExchange: ScreenGrant(.full),
            .configurations: ScreenGrant(.full),
        ]
        let group = Dictionary(configurations.map { ($0.screen, ScreenGrant($0.admin)) }, uniquingKeysWith: { first, _ in first })
        let authorizes: [Function: Level] = [
            .authorizePayouts: .full, .authorizeRefunds: .full, .authorizeWires: .full, .createExchange: .full, .createTransfers: .full,
        ]
        let large: [Function: Level] = [.authorizeLargeWires: .full, .createLargeExchange: .full]
        let creates: [Function: Level] = [.createPayouts: .full, .createRefunds: .full, .createWires: .full]
        func both<Key>(_ a: [Key: ScreenGrant], _ b: [Key: ScreenGrant]) -> [Key: ScreenGrant] { a.merging(b) { first, _ in first } }
        return [
            BuiltInRole(
                "ADMIN", "Administers the client: payments, configurations, users. Authorizes no payment of their own.",
                Grants(
                    screens: both(both(looks, all), group), functions: Dictionary(paymentsFunctions.map { ($0.id, .full) }, uniquingKeysWith: max)),
                isManager: true),
            BuiltInRole(
                "ACCOUNT MANAGER", "Manages the client's users and configurations. Makes no payments.",
                Grants(
                    screens: both(looks, [.configurations: ScreenGrant(.full), .users: ScreenGrant(.full), .roles: ScreenGrant(.full)])),
                gives: ["ACCOUNT MANAGER", "AUTHORIZER LEVEL 1", "AUTHORIZER LEVEL 2", "OPERATOR", "REPORTS"]),
            BuiltInRole(
                "AUTHORIZER LEVEL 1", "Authorizes payouts, refunds and wires, and creates exchanges and transfers. Creates no payouts.",
                Grants(screens: looks, functions: authorizes)),
            BuiltInRole(
                "AUTHORIZER LEVEL 2", "As level 1, and large wires and exchanges.",
                Grants(screens: looks, functions: authorizes.merging(large) { first, _ in first })),
            BuiltInRole(
                "OPERATOR", "Creates payouts, refunds and wires, and authorizes nothing.",
                Grants(screens: [.balances: ScreenGrant(.read), .reports: ScreenGrant(.read)], functions: creates)),
            BuiltInRole("REPORTS", "Reads the dashboard, balances and reports.", Grants(screens: looks)),
        ]
    }()
}

extension Screen {
    fileprivate static let api = Screen(rawValue: "api")
    fileprivate static let balances = Screen(rawValue: "balances")
    fileprivate static let dashboard = Screen(rawValue: "dashboard")
    fileprivate static let payin = Screen(rawValue: "payin")
    fileprivate static let payout = Screen(rawValue: "payout")
    fileprivate static let reports = Screen(rawValue: "reports")
    fileprivate static let settlementExchange = Screen(rawValue: "settlement-exchange")
    fileprivate static let configurations = Screen(rawValue: "configurations")
}

extension Function {
    fileprivate static let createPayouts = Function(rawValue: "payouts.create")
    fileprivate static let authorizePayouts = Function(rawValue: "payouts.authorize")
    fileprivate static let createRefunds = Function(rawValue: "refunds.create")
    fileprivate static let authorizeRefunds = Function(rawValue: "refunds.authorize")
    fileprivate static let createWires = Function(rawValue: "wires.create")
    fileprivate static let authorizeWires = Function(rawValue: "wires.authorize")
    fileprivate static let authorizeLargeWires = Function(rawValue: "wires.authorize-large")
    fileprivate static let createExchange = Function(rawValue: "exchange.create")
    fileprivate static let createLargeExchange = Function(rawValue: "exchange.create-large")
    fileprivate static let createTransfers = Function(rawValue: "transfers.create")
}
