import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// What the pages of roles need beside the roles: the account's catalogue, and what the reader holds.
struct RoleDesk: Sendable {
    /// Screens or functions under one heading.
    struct Group<Item: Sendable>: Sendable {
        let title: String
        var items: [Item]
    }

    let account: AccountFacts
    let reader: Access

    init(_ permit: borrowing Permit, _ tx: any Transaction) throws { self.init(try AccountFacts.of(permit, tx), reader: permit.access) }

    init(_ account: AccountFacts, reader: Access) {
        self.account = account
        self.reader = reader
    }

    var catalogue: Catalogue { account.catalogue }

    // MARK: What the reader may do

    var mayChange: Bool { reader.level(of: .roles) == .full }
    var seesUsers: Bool { reader.level(of: .users) >= .read }
    var mayMove: Bool { reader.level(of: .users) == .full }

    func mayEdit(_ role: RoleDefinition) -> Bool { mayChange && !role.isBuiltIn && reader.mayDefine(role.grants) }

    // MARK: What a role of this account may grant

    /// The catalogue's screens, then Latchkey's own; those of field work only where there is any.
    var screens: [Group<Screen>] {
        let own = Self.own.map { group in
            Group(title: group.title, items: group.items.filter { catalogue.hasFieldWork || !Policy.fieldWorkScreens.contains($0) })
        }
        return Self.grouped(catalogue.screens.map { (title(of: $0.group) ?? word(.screens), $0.id) }) + own.filter { !$0.items.isEmpty }
    }

    var functions: [Group<Catalogue.FunctionEntry>] {
        Self.grouped(catalogue.functions.map { (title(of: $0.group) ?? $0.screen.map(name) ?? word(.functions), $0) })
    }

    private static var own: [Group<Screen>] {
        [
            Group(title: t("Field work"), items: [.sessions, .sessionFiles, .apiKeys, .links]),
            Group(title: t("People"), items: [.users, .roles, .places, .logins]),
            Group(title: word(.account), items: [.overview, .account, .integrations, .catalogue, .history]),
        ]
    }

    private static func grouped<Item>(_ items: [(title: String, item: Item)]) -> [Group<Item>] {
        var groups: [Group<Item>] = []
        for (title, item) in items {
            if let index = groups.firstIndex(where: { $0.title == title }) {
                groups[index].items.append(item)
            } else {
                groups.append(Group(title: title, items: [item]))
            }
        }
        return groups
    }

    /// A group that is called as a screen has its name.
    private func title(of group: String?) -> String? {
        group.map { group in catalogue.screens.first { $0.id.rawValue == group }?.label ?? group.prefix(1).uppercased() + group.dropFirst() }
    }

    // MARK: Words

    func name(_ screen: Screen) -> String { catalogue.name(of: screen) }

    func name(_ function: Function) -> String { catalogue.name(of: function) }

    /// What one of Latchkey's own screens is for, where its name does not say.
    func about(_ screen: Screen) -> String? {
        switch screen {
        case .overview: t("Numbers, and what needs attention.")
        case .sessions: t("See, create, edit and send; review with everyone's.")
        case .sessionFiles: t("Take sessions and photos out as files.")
        case .apiKeys: t("Secrets are seen by nobody.")
        case .account: t("Details, contact, time zone.")
        case .users: t("People, what they may do, and their passwords.")
        case .roles: t("Nobody gives more than they have.")
        case .logins: t("Who is signed in, and the security settings.")
        case .integrations: t("Programs that call the API.")
        case .catalogue: t("The account's own part of it.")
        default: nil
        }
    }

    /// The levels that mean something on a screen.
    func levels(_ screen: Screen) -> [Level] {
        switch screen {
        case .overview, .history: [.read]
        case .sessionFiles: [.full]
        default: [.read, .full]
        }
    }
}
