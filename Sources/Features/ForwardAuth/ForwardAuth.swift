import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// What proxies ask before they let a request through to somebody else's dashboard: who is this, and what do they hold?
package enum ForwardAuth {
    package static let routes: [Route] = [.get("/auth/verify", .need(.personOrIntegration), face: .gateway, handler: verify)]

    private enum Wanted: String, CaseIterable {
        case read, full
        var level: Level { self == .full ? .full : .read }
    }

    private static func verify(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let screen = query.text("screen"), function = query.text("function"), place = query.id("place", PlaceKind.self)
        let level = (query.choice("level", Wanted.self) ?? .read).level
        _ = query.text("redirect")
        try query.finish()
        let principal = try call.principal()
        if let screen { try Policy.check(.screen(Screen(rawValue: screen), level), principal) }
        guard let caller = call.caller, let access = principal.access else { throw Refusal.noAccount }
        if let function {
            try require(Function(rawValue: function), level, access)
            let asks = caller.surroundings.catalogue?.functions.contains { $0.id.rawValue == function && $0.stepUp } ?? false
            if asks { try Policy.check(.everybody, principal, at: call.now) }
        }
        if let place { try require(place, access) }
        if let user = access.user, let account = principal.account {
            let uses =
                [screen.map { GrantUses.Use(Screen(rawValue: $0), by: user, in: account) }]
                + [function.map { GrantUses.Use(Function(rawValue: $0), by: user, in: account) }]
            call.house.uses.note(uses.compactMap { $0 }, at: call.now)
        }
        // Who asks again and again is answered from memory.
        let values = caller.told.vouched.orMade { told(principal, access, caller.surroundings) }
        var answer = Answer(200)
        for (name, value) in zip(names, values) { answer.headers.append(HTTPField(name: name, value: value)) }
        return answer
    }

    private static func require(_ function: Function, _ level: Level, _ access: Access) throws {
        let held = access.level(of: function)
        let named = Screen(rawValue: function.rawValue)
        if held == .none { throw Refusal.notGranted(named) }
        if held < level { throw Refusal.levelTooLow(named, level) }
    }

    private static func require(_ place: IDFilter<PlaceKind>, _ access: Access) throws {
        if case .id(let id) = place, access.tree.contains(id), access.holds(id) { return }
        throw Problem(403, "place_not_held", "You have no access to this place.")
    }

    // MARK: What is told

    private static let names = [
        "Remote-User", "Latchkey-User-Id", "Latchkey-Kind", "Latchkey-Name", "Latchkey-Account", "Latchkey-Screens", "Latchkey-Functions",
        "Latchkey-Places", "Latchkey-Login",
    ].compactMap { HTTPField.Name($0) }

    /// The values of `names`, each safe in a header.
    private static func told(_ principal: Principal, _ access: Access, _ around: Surroundings) -> [String] {
        var hasFieldWork = true
        if case .account(_, let does, _) = principal.place { hasFieldWork = does }
        let screens = access.screens.filter { $0.value.level > .none && (hasFieldWork || !Policy.fieldWorkScreens.contains($0.key)) }
        let places: String =
            switch access.places {
            case .all: "all"
            case .only(let ids): ids.sorted().map(\.description).joined(separator: ",")
            }
        return [
            HeaderText.encoded(around.username.isEmpty ? principal.actor.id : around.username), principal.actor.id, principal.actor.kind.rawValue,
            HeaderText.encoded(principal.actor.name), principal.account?.description ?? "",
            screens.sorted { $0.key < $1.key }.map { HeaderText.encoded($0.key.rawValue) + "=" + $0.value.level.name }.joined(separator: ","),
            access.functions.sorted { $0.key < $1.key }.map { HeaderText.encoded($0.key.rawValue) + "=" + $0.value.name }.joined(separator: ","),
            places, principal.login?.description ?? "",
        ]
    }
}

/// Text of people in a header: what is not visible ASCII, and `%`, `,` and `=`, as `%XX` of its UTF-8 (RFC 3986, section 2.1).
enum HeaderText {
    static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            if (0x21...0x7E).contains(byte), byte != 0x25, byte != 0x2C, byte != 0x3D {
                bytes.append(byte)
            } else {
                bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
