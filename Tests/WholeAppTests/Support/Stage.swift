import CaptureFeature
import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import LinksFeature
import SignInFeature

@testable import latchkey

/// One credential of every kind, all live: Vera is a user of North, Gus an administrator of the groups West (with North) and East.
struct Stage: Sendable {
    enum Credential: String, CaseIterable, Sendable {
        case vera, veraElsewhere, carl
        case key, otherKey
        /// An integration's access token.
        case machine
        case gus, gusElsewhere
        /// Gus switched from his first login into North and East, and from the other into North.
        case gusInNorth, gusInEast, gusElsewhereInNorth
        /// Olive switched into Gus.
        case oliveAsGus
        /// A one-time link for Gus to choose a password.
        case link
        /// What was mailed to users: Vera's forgotten password, Pia's activation.
        case reset, activation
        /// Ida's activation, who is to be an administrator.
        case administratorsActivation
        /// A sharable link under the first key, assigned to Vera; and a session that a customer started from it.
        case sharableLink, capture
    }

    let house: TestHouse
    let olive: LocalClient
    let inNorth: LocalClient
    let north: String
    let west: String
    let east: String
    let vera: String
    let gus: String
    let key: String
    let otherLogin: String
    let otherKey: String
    let clients: [Credential: LocalClient]
    let link: String
    /// The sharable link, and the paths of its URL and of the capture.
    let sharable: (id: String, path: String)
    let capture: String
    let reset: String
    let activation: String
    let pia: String
    let administratorsActivation: String
    let ida: String
    let machine: Machine

    static let gusEmail = "gus@example.com"
    static let idaEmail = "ida@example.com"

    static func build() async throws -> Stage {
        let house = try await TestHouse()
        let olive = try await house.olive()
        let west = try await Cast.make(olive, "groups", ["name": "West"])
        let east = try await Cast.make(olive, "groups", ["name": "East"])
        let north = try await Cast.make(olive, "accounts", ["name": "North branch", "group": .string(west)])
        let eastern = try await Cast.make(olive, "accounts", ["name": "East branch", "group": .string(east)])
        let inNorth = try await olive.switched(into: north)
        let roles = await inNorth.get("/api/v1/roles?limit=200").items
        func role(_ name: String) -> JSON { roles.first { $0["name"]?.text == name }?["id"] ?? .null }
        let key = await inNorth.post("/api/v1/api-keys", ["name": "Road checks", "mode": "live"])
        let otherKey = await inNorth.post("/api/v1/api-keys", ["name": "Training", "mode": "test"])
        func user(_ name: String, _ role: JSON) async throws -> String {
            try await Cast.make(
                inNorth, "users",
                [
                    "username": .string(name.lowercased()), "email": .string(name.lowercased() + "@example.com"), "first_name": .string(name),
                    "last_name": "Moss", "roles": [role], "api_keys": [.string(key.id)], "password": .string(TestHouse.password),
                ])
        }
        let vera = try await user("Vera", role("USER"))
        _ = try await user("Carl", role("ADMIN"))
        let gus = try await Cast.make(
            olive, "administrators",
            [
                "email": .string(gusEmail), "name": "Gus Frost", "groups": [.string(west), .string(east)], "permissions": ["manage_users", "switch"],
                "password": .string(TestHouse.password),
            ])
        let (first, second) = (try await house.signIn(gusEmail), try await house.signIn(gusEmail))
        let veraElsewhere = try await house.signIn("vera")
        var clients: [Credential: LocalClient] = [
            .vera: try await house.signIn("vera"), .veraElsewhere: veraElsewhere, .carl: try await house.signIn("carl"), .gus: first,
            .gusElsewhere: second, .gusInNorth: try await first.switched(into: north), .gusInEast: try await first.switched(into: eastern),
            .gusElsewhereInNorth: try await second.switched(into: north), .key: LocalClient(house.lineUp, token: key.text("secret")),
            .otherKey: LocalClient(house.lineUp, token: otherKey.text("secret")),
        ]
        let machine = try await Machine.make(inNorth, "building-control", ["users": "read"])
        clients[.machine] = try await machine.client(house)
        let pia = try await Cast.make(
            inNorth, "users",
            ["username": "pia", "email": "pia@example.com", "first_name": "Pia", "last_name": "Moss", "roles": [role("USER")], "api_keys": []])
        let activation = try await house.token("/r/", to: "pia@example.com")
        let ida = try await Cast.make(
            olive, "administrators", ["email": .string(idaEmail), "name": "Ida Frost", "groups": [.string(west)], "permissions": ["switch"]])
        let acting = await olive.post("/api/v1/administrators/\(gus)/switch", [:])
        clients[.oliveAsGus] = LocalClient(house.lineUp, token: acting.text("token"))
        let otherLogin = await veraElsewhere.get("/api/v1/me/logins").items.first { $0["current"] == true }?["id"]?.text ?? ""
        let sharable = await inNorth.post(
            "/api/v1/links", ["name": "Counter desk", "api_key": .string(key.id), "user": .string(vera)])
        let path = PublicFace.path(sharable.text("url"))
        let begun = await visitor(house).send(.post, path, PublicFace.customer, headers: PublicFace.asJSON)
        return Stage(
            house: house, olive: olive, inNorth: inNorth, north: north, west: west, east: east, vera: vera, gus: gus, key: key.id,
            otherLogin: otherLogin, otherKey: otherKey.id, clients: clients, link: try await PasswordLink.mint(email: gusEmail, house.house),
            sharable: (sharable.id, path), capture: PublicFace.path(begun.text("capture_url")),
            reset: try await house.resetToken(of: "vera@example.com"), activation: activation, pia: pia,
            administratorsActivation: try await house.token("/r/", to: idaEmail), ida: ida, machine: machine)
    }

    /// A customer, who needs no credential.
    static func visitor(_ house: TestHouse) -> LocalClient {
        LocalClient(LineUp(house: house.house, routes: LaunchRoutes.all + CaptureRoutes(photos: FakePhotos()).all))
    }

    func client(_ credential: Credential) -> LocalClient { clients[credential] ?? house.anyone }

    private func token(_ credential: Credential) -> String? {
        switch credential {
        case .link: link
        case .reset: reset
        case .activation: activation
        case .administratorsActivation: administratorsActivation
        default: nil
        }
    }

    /// Those that let somebody in now.
    func live() async -> Set<Credential> {
        var live: Set<Credential> = []
        let visitor = Self.visitor(house)
        for credential in Credential.allCases {
            if credential == .sharableLink || credential == .capture {
                if await visitor.get(credential == .capture ? capture : sharable.path).status == 200 { live.insert(credential) }
            } else if let token = token(credential) {
                if (try? await PasswordLink.holder(of: token, house.house)) != nil { live.insert(credential) }
            } else if await client(credential).get("/api/v1/me").status == 200 {
                live.insert(credential)
            }
        }
        return live
    }
}
