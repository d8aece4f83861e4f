import ArgumentParser
import Foundation
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import SignInFeature

/// Loads an example company into an empty data directory.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Load an example company and print who can sign in with what.", discussion: "For an empty data directory. Passwords are random.")

    @OptionGroup var dataOptions: DataOptions
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let installation = try await dataOptions.installation()
        guard let url = PublicURL("http://localhost:8080") else { return }
        let house = House(installation: installation, settings: ServerSettings(publicURL: url, version: Latchkey.version))
        do {
            let people = try await DemoCompany(house: house).load()
            await installation.close()
            print(json ? String(decoding: Self.json(people).encode(), as: UTF8.self) : Self.table(people))
        } catch {
            await installation.close()
            throw OperatorError.explained(error)
        }
    }

    private static func json(_ people: [DemoCompany.Person]) -> JSON {
        [
            "people": .array(
                people.map {
                    ["name": .string($0.name), "what": .string($0.what), "username": .string($0.username), "password": .string($0.password)]
                })
        ]
    }

    private static func table(_ people: [DemoCompany.Person]) -> String {
        let width = people.map(\.username.utf8.count).max() ?? 0
        let lines = people.map { person in
            person.username + String(repeating: " ", count: width - person.username.utf8.count) + "  " + person.password + "  " + person.what
        }
        return (["Who can sign in, with what:"] + lines).joined(separator: "\n")
    }
}

/// An inspection company with two branches, a hotel and a payments client, made the way a client would make them.
struct DemoCompany {
    struct Person: Sendable {
        var name: String, what: String, username: String, password: String
    }

    let house: House

    func load() async throws -> [Person] {
        let client = LocalClient(LineUp(house: house, routes: Composition.routes(Operations())))
        let olive = Person(
            name: "Olive Strand", what: "administrator of the enterprise", username: "olive@alder.example",
            password: password("Olive", "Strand"))
        try await SetUp.run(enterprise: "Alder Inspections", name: olive.name, email: olive.username, password: olive.password, house)
        let enterprise = try await client.signedIn(olive.username, olive.password)
        let north = try await make(enterprise, "accounts", ["name": "North branch", "region": "North", "contact": ["email": "help@alder.example"]])
        let south = try await make(enterprise, "accounts", ["name": "South branch", "region": "South"])
        let inNorth = try await enterprise.switched(into: north)
        let inSouth = try await enterprise.switched(into: south)

        let road = try await make(inNorth, "api-keys", ["name": "Road checks", "mode": "live", "session_expiry": "30d"])
        let fleet = try await make(inNorth, "api-keys", ["name": "Fleet returns", "mode": "live"])
        let training = try await make(inNorth, "api-keys", ["name": "Training", "mode": "test"])
        _ = try await make(inSouth, "api-keys", ["name": "Road checks", "mode": "live"])
        let reviewer = try await make(
            inNorth, "roles",
            [
                "name": "Supervisor", "description": "Sees everybody's sessions under the ticked API keys.",
                "screens": ["sessions": ["level": "full", "reach": "all"]],
            ])

        var people = [olive]
        people.append(
            try await user(inNorth, "Adam", "Holt", "administers North branch (ADMIN)", roles: [try await role(inNorth, "ADMIN")], keys: "all"))
        let una = try await user(
            inNorth, "Una", "Berg", "a USER of North branch", roles: [try await role(inNorth, "USER")], keys: [.string(road), .string(training)])
        let uwe = try await user(
            inNorth, "Uwe", "Lind", "a USER who shares a key with Una", roles: [try await role(inNorth, "USER")],
            keys: [.string(road), .string(fleet)])
        people += [una, uwe]
        people.append(try await user(inNorth, "Rita", "Moe", "supervises one key's sessions", roles: [reviewer], keys: [.string(road)]))
        people.append(try await user(inSouth, "Mallory", "Quist", "administers South branch", roles: [try await role(inSouth, "ADMIN")], keys: "all"))

        let unaID = await inNorth.get("/api/v1/users?search=una").items.first?["id"] ?? .null
        _ = try await make(inNorth, "links", ["name": "Counter desk", "api_key": .string(road), "user": unaID])
        _ = try await make(inNorth, "links", ["name": "Fleet garage", "api_key": .string(fleet), "user": unaID])
        try await sessions(client.signedIn(una.username, una.password), key: road, every: 2)
        try await sessions(client.signedIn(una.username, una.password), key: training, every: 5)
        try await sessions(client.signedIn(uwe.username, uwe.password), key: fleet, every: 3)
        return try await people + hotel(enterprise) + payments(enterprise)
    }

    /// A property with two floors, whose people each have their profile there.
    private func hotel(_ enterprise: LocalClient) async throws -> [Person] {
        let account = try await make(enterprise, "accounts", ["name": "Alder Grand Hotel", "catalogue": "hotel"])
        let inside = try await enterprise.switched(into: account)
        let house = try await make(inside, "places", ["name": "Main house", "kind": "building"])
        let first = try await make(inside, "places", ["name": "Floor 1", "kind": "floor", "parent": .string(house)])
        let second = try await make(inside, "places", ["name": "Floor 2", "kind": "floor", "parent": .string(house)])
        for (floor, rooms) in [(first, 101...104), (second, 201...204)] {
            for room in rooms { _ = try await make(inside, "places", ["name": .string("Room \(room)"), "kind": "room", "parent": .string(floor)]) }
        }
        let staff: [(String, String, String, String, JSON)] = [
            ("Petra", "Keller", "Project Admin", "manages the hotel (Project Admin)", "all"),
            ("Finn", "Moss", "Front office", "at the hotel's front office, for floor 1", [.string(first)]),
            ("Enzo", "Ricci", "Engineering", "an engineer of the whole hotel", "all"),
            ("Hana", "Sato", "Housekeeping", "sees the hotel's rooms on floor 2", [.string(second)]),
        ]
        var people: [Person] = []
        for (given, family, name, what, places) in staff {
            people.append(try await user(inside, given, family, what, roles: [try await role(inside, name)], keys: [], places: places))
        }
        return people
    }

    /// A client of a payments company: who makes a payment does not authorize it.
    private func payments(_ enterprise: LocalClient) async throws -> [Person] {
        let account = try await make(enterprise, "accounts", ["name": "Fjord Trading", "catalogue": "payments"])
        let inside = try await enterprise.switched(into: account)
        var people: [Person] = []
        for (given, family, name, what) in [
            ("Ada", "Lund", "ADMIN", "administers a payments client (ADMIN)"), ("Max", "Brandt", "ACCOUNT MANAGER", "manages its external users"),
            ("Otto", "Krog", "OPERATOR", "makes payments"), ("Lia", "Novak", "AUTHORIZER LEVEL 1", "authorizes them"),
        ] { people.append(try await user(inside, given, family, what, roles: [try await role(inside, name)], keys: [])) }
        return people
    }

    /// A random password that the server takes from this person.
    private func password(_ first: String, _ last: String) -> String {
        let email = first.lowercased() + "@alder.example"
        let words = PersonWords(username: email, firstName: first, lastName: last, email: email, accountNames: [])
        return PasswordGenerator.generate(PasswordPolicy(), person: words)
    }

    /// Makes one thing and answers its id.
    private func make(_ client: LocalClient, _ things: String, _ body: JSON) async throws -> String {
        let reply = await client.post("/api/v1/\(things)", body)
        guard reply.status == 201 else { throw OperatorError("The demo cannot make \(things): \(reply.text)") }
        return reply.id
    }

    private func role(_ client: LocalClient, _ name: String) async throws -> String {
        let roles = await client.get("/api/v1/roles?limit=200").items
        guard let id = roles.first(where: { $0["name"]?.text == name })?["id"]?.text else { throw OperatorError("There is no role \(name).") }
        return id
    }

    private func user(
        _ client: LocalClient, _ first: String, _ last: String, _ what: String, roles: [String], keys: JSON, places: JSON = []
    ) async throws -> Person {
        let person = Person(
            name: first + " " + last, what: what, username: first.lowercased() + "@alder.example", password: password(first, last))
        _ = try await make(
            client, "users",
            [
                "email": .string(person.username), "first_name": .string(first), "last_name": .string(last), "roles": JSON(roles), "api_keys": keys,
                "places": places, "password": .string(person.password),
            ])
        return person
    }

    private static let contacts = [
        ("Kari", "Nordahl"), ("Jonas", "Weber"), ("Amélie", "Dupont"), ("Tomasz", "Zieliński"), ("Priya", "Nair"), ("Ingrid", "Sæther-Kristoffersen"),
        ("Luca", "Moretti"), ("Sofía", "Herrera"), ("Mehmet", "Yıldız"), ("Anna", "Lindqvist"),
    ]
    private static let vehicles: [(make: String, model: String, year: Int64)] = [
        ("Volvo", "XC60", 2021), ("Volkswagen", "Golf", 2019), ("Toyota", "Yaris", 2022), ("Tesla", "Model 3", 2023), ("Škoda", "Octavia", 2018),
        ("Ford", "Transit", 2020), ("BMW", "i3", 2017), ("Renault", "Zoe", 2021), ("Peugeot", "208", 2022), ("Mercedes-Benz", "Vito", 2016),
    ]

    private func sessions(_ client: LocalClient, key: String, every step: Int) async throws {
        for index in stride(from: 0, to: Self.contacts.count, by: step) {
            let contact = Self.contacts[index]
            let vehicle = Self.vehicles[index]
            let id = try await make(
                client, "sessions",
                [
                    "api_key": .string(key), "reference": .string("C-20\(400 + index)"),
                    "contact": ["first_name": .string(contact.0), "last_name": .string(contact.1), "phone": .string("+4740098\(700 + index)")],
                    "vehicle": ["make": .string(vehicle.make), "model": .string(vehicle.model), "year": .int(vehicle.year)],
                ])
            if index % 4 == 0 { _ = await client.post("/api/v1/sessions/\(id)/notes", ["text": "Customer asked to be called before noon."]) }
        }
    }
}
