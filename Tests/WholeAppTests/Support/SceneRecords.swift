import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeyWeb

@testable import latchkey

/// Records to try things on.
extension Scene {
    /// A new record that this principal sees and may do everything with that their screens allow.
    func fresh(_ kind: Kind, for who: Who, on route: Route? = nil) async throws -> String {
        let ground = ground(who)
        if kind == .login, route?.isOfOneself == false { return await loginID(of: try await signedIn(ground).client) }
        if kind == .user, route?.path.hasSuffix("/logins/close") == true { return try await signedIn(ground).id }
        if route?.path.hasSuffix("/factors/reset") == true || route?.path.hasSuffix("/second-step/reset") == true {
            return try await withFactor(kind, ground)
        }
        switch kind {
        case .account: return try await Cast.make(cast.olive, "accounts", ["name": .string(unique("Branch ")), "group": .string(west)])
        case .group: return try await Cast.make(cast.olive, "groups", ["name": .string(unique("Group ")), "parent": .string(west)])
        case .administrator: return try await Cast.make(cast.olive, "administrators", newAdministrator())
        case .user: return try await Cast.make(ground.inside, "users", newUser(ground))
        case .role: return try await Cast.make(ground.inside, "roles", newRole())
        case .place: return try await Cast.make(ground.inside, "places", newPlace(ground))
        case .apiKey: return try await Cast.make(who == .kim ? kim.client : ground.inside, "api-keys", newKey())
        case .photo: return try await photo(of: fresh(.session, for: who))
        case .session:
            let maker: Who = who == .uwe || who == .mallory || who == .key ? who : .una
            return try await Cast.make(client(maker), "sessions", maker == .key ? [:] : ["api_key": .string(ground.key)])
        case .link: return try await Cast.make(ground.inside, "links", newLink(who))
        case .factor: return try await factor(of: client(who), atMost: 4)
        case .login: return await loginID(of: try await house.signIn(username(who)))
        case .export: return try await export(for: who, on: route)
        case .review: return try await newReview(ground)
        case .integration: return try await Machine.make(ground.inside, unique("machine-"), ["users": "read"]).id
        }
    }

    /// A new user, signed in.
    func signedIn(_ ground: Ground) async throws -> (id: String, client: LocalClient) {
        let body = newUser(ground)
        let id = try await Cast.make(ground.inside, "users", body)
        return (id, try await house.signIn(body["username"]?.text ?? ""))
    }

    /// Records that do not exist for this principal, each with the reason; on a route about oneself, what is others'.
    func hidden(_ kind: Kind, from who: Who, on route: Route? = nil) async -> [(why: String, id: String)] {
        let isSouth = who.ground == .south
        switch kind {
        case .account: return who == .lena ? [("of no group", north.account), ("of no group", south.account)] : []
        case .group: return who == .lena ? [("not hers", east)] : []
        case .administrator: return who == .lena ? [("of all groups", oliveID), ("of another group", edda)] : []
        case .user: return isSouth || who == .lena ? [("of another account", cast.una.id)] : [("of another account", cast.mallory.id)]
        case .place: return [("of another account", isSouth || who == .lena ? north.place : south.place)]
        case .role: return [("of another account", isSouth || who == .lena ? north.userRole : south.userRole)]
        case .apiKey:
            if isSouth || who == .lena { return [("of another account", north.key)] }
            let unheld = [("not held", cast.uwes.id)]
            return (who.holdsAllKeys || who == .uwe || who.isEnterprise ? [] : unheld) + [("of another account", south.key)]
        case .link:
            if isSouth || who == .lena { return [("of another account", links.desk)] }
            let unheld = [("under a key not held", links.fleet)]
            return (who.holdsAllKeys || who == .uwe || who.isEnterprise ? [] : unheld) + [("of another account", links.south)]
        case .review: return (try? await newReview(isSouth || who == .lena ? north : south)).map { [("of another account", $0)] } ?? []
        case .integration: return [("of another account", isSouth || who == .lena ? machines.robot : machines.south)]
        case .session: return hiddenSessions(from: who)
        case .factor: return (try? await factorsOfOthers()) ?? []
        case .export:
            let others: [Who] = [.adam, .rita, .mallory].filter { $0 != who }
            var exports: [(String, String)] = []
            for other in others { if let export = try? await export(for: other, on: nil) { exports.append(("of \(other)", export)) } }
            return exports
        case .photo:
            var photos: [(String, String)] = []
            for (why, session) in hiddenSessions(from: who) { if let photo = try? await photo(of: session) { photos.append((why, photo)) } }
            return photos
        case .login:
            let others: [Who] = [.una, .uwe, .adam, .mallory, .olive, .lena].filter { $0 != who && !($0 == .olive && who == .switched) }
            var logins: [(String, String)] = []
            for other in others {
                let isSeen = who.level(of: .logins) > .none && ground(other).account == ground(who).account && !other.isEnterprise
                if !isSeen || route?.isOfOneself == true { logins.append(("of \(other)", await loginID(of: client(other)))) }
            }
            return logins
        }
    }

    /// An export that somebody has asked for, and that is ready.
    private func export(for who: Who, on route: Route?) async throws -> String {
        let prefix = route?.accountParameter == nil ? "" : "accounts/\(ground(who).account)/"
        let id = try await Cast.make(client(who), prefix + "exports", ["kind": "roles"])
        var tries = 0
        while await client(who).get("/api/v1/\(prefix)exports/\(id)").text("status") == "running", tries < 400 {
            try await Task.sleep(for: .milliseconds(25))
            tries += 1
        }
        return id
    }

    private func hiddenSessions(from who: Who) -> [(why: String, id: String)] {
        let elsewhere = ("of another account", sessions.south)
        let underAnotherKey = [("under another key", sessions.uweFleet), ("under another key", sessions.nobodyFleet)]
        switch who {
        case .una: return [("of another owner", sessions.uwe), ("of nobody", sessions.nobody), elsewhere] + underAnotherKey
        case .uwe: return [("of another owner", sessions.una), ("of nobody", sessions.nobody), ("of nobody", sessions.nobodyFleet), elsewhere]
        case .rita, .kim, .key: return underAnotherKey + [elsewhere]
        case .adam, .switched, .robot: return [elsewhere]
        case .mallory: return [("of another account", sessions.una), ("of another account", sessions.uweFleet)]
        case .olive, .lena: return []
        }
    }

    func loginID(of client: LocalClient) async -> String {
        await client.get("/api/v1/me/logins?limit=200").items.first { $0["current"] == true }?["id"]?.text ?? ""
    }

    // MARK: Bodies

    func newUser(_ ground: Ground, role: String? = nil) -> JSON {
        let name = unique("vera")
        return [
            "username": .string(name), "email": .string(name + "@example.com"), "first_name": "Vera", "last_name": "Moss",
            "roles": [.string(role ?? ground.userRole)], "api_keys": [.string(ground.key)], "password": .string(TestHouse.password),
        ]
    }

    func newRole() -> JSON {
        ["name": .string(unique("Role ")), "description": "Sees sessions.", "screens": ["sessions": ["level": "read", "reach": "own"]]]
    }

    /// A review of one new person's one new role.
    func newReview(_ ground: Ground) async throws -> String {
        let role = try await Cast.make(ground.inside, "roles", newRole())
        _ = try await Cast.make(ground.inside, "users", newUser(ground, role: role))
        return try await Cast.make(ground.inside, "reviews", reviewBody(role))
    }

    func reviewBody(_ role: String) -> JSON {
        let due = house.house.gate.now.adding(seconds: 30 * 86_400)
        return ["name": .string(unique("Review ")), "due_at": JSON(due), "roles": [.string(role)], "unanswered": "keep"]
    }

    /// The one item of the newest review.
    func newestItem(_ ground: Ground) async -> (user: String, role: String) {
        let review = await ground.inside.get("/api/v1/reviews?limit=1").items.first?["id"]?.text ?? ""
        let item = await ground.inside.get("/api/v1/reviews/\(review)/items").items.first
        return (item?["user"]?["id"]?.text ?? "", item?["role"]?["id"]?.text ?? "")
    }

    func newPlace(_ ground: Ground) -> JSON { ["name": .string(unique("Floor ")), "kind": "floor", "parent": .string(ground.place)] }

    func newKey() -> JSON { ["name": .string(unique("Key ")), "mode": "live"] }

    /// A link of somebody's ground, assigned to somebody there.
    func newLink(_ who: Who) -> JSON {
        [
            "name": .string(unique("Link ")), "api_key": .string(ground(who).key),
            "user": .string(who.ground == .south ? cast.mallory.id : cast.una.id), "ends_at": "2099-12-31T00:00:00Z", "max_starts": 100,
        ]
    }

    func newAdministrator() -> JSON {
        [
            "email": .string(unique("gus") + "@example.com"), "name": "Gus Frost", "groups": [.string(west)],
            "permissions": ["manage_users", "switch"],
            "password": .string(TestHouse.password),
        ]
    }

    /// Somebody new who stands where this principal stands, signed in: for what ends or changes the one who asks.
    func double(of who: Who) async throws -> LocalClient {
        if who.isMachine { return client(who) }
        if who.isEnterprise || who == .switched {
            var body = newAdministrator()
            if who == .switched { body = JSON(members: body.members.map { $0.0 == "groups" ? ("groups", "all") : $0 }) }
            _ = try await Cast.make(cast.olive, "administrators", body)
            let gus = try await house.signIn(body["email"]?.text ?? "")
            return who == .switched ? try await gus.switched(into: north.account) : gus
        }
        let body = newUser(ground(who))
        _ = try await Cast.make(ground(who).inside, "users", body)
        return try await house.signIn(body["username"]?.text ?? "")
    }

    /// A photo of a session, as if a customer had taken it.
    func photo(of session: String) async throws -> String {
        let blobs = house.house.blobs
        let file = try await blobs.incoming()
        try await file.append([0xFF, 0xD8, 0xFF, 0xD9])
        let key = try await blobs.put(file).text
        let id = PhotoID.new(at: house.house.gate.now).description
        try await database.write(seeing: .everything) { tx in
            try tx.execute(
                """
                INSERT INTO photos (account, id, session, step, client_id, width, height, bytes, full_blob, large_blob, thumb_blob, created_at)
                SELECT account, \(id), id, 'front', \(id), 4, 3, 4, \(key), \(key), \(key), created_at FROM sessions WHERE id = \(session)
                """)
        }
        return id
    }

    /// Has a new user make a session.
    func give(_ user: String, in ground: Ground) async throws {
        let client = try await house.signIn(await ground.inside.get("/api/v1/users/\(user)").text("username"))
        _ = try await Cast.make(client, "sessions", ["api_key": .string(ground.key)])
        _ = await client.delete("/api/v1/logins/current")
    }

    /// No route captures photos yet: a session is brought to where a reviewer finds it.
    func capture(_ session: String) async throws {
        try await database.write(seeing: .everything) { tx in try tx.execute("UPDATE sessions SET status = 'CONFIRM' WHERE id = \(session)") }
    }
}
