import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON

extension Access {
    /// What a user may see and do, and for each screen and function the roles that grant it, those first that grant its level.
    func explained(hasFieldWork: Bool) -> JSON {
        let json = json(hasFieldWork: hasFieldWork)
        let screens = (json["screens"]?.members ?? []).map { id, _ in
            let screen = Screen(rawValue: id)
            return (id, Self.ids(via(screen, at: level(of: screen)), then: via(screen, at: .read)))
        }
        let functions = (json["functions"]?.members ?? []).map { id, _ in
            let function = Function(rawValue: id)
            return (id, Self.ids(via(function, at: level(of: function)), then: via(function, at: .read)))
        }
        return json.adding("via", ["screens": JSON(members: screens), "functions": JSON(members: functions)])
    }

    private static func ids(_ first: [Role], then all: [Role]) -> JSON {
        JSON((first + all.filter { !first.contains($0) }).map(\.id.description))
    }
}
