import HTTPTypes
import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// What a level on one screen opens, generated from the route table: for each of Latchkey's own screens somebody who has it alone.
@Suite struct `A level on one screen` {
    /// The screen that a route needs, and at which level.
    private struct Needed {
        let route: Route
        let screen: Screen
        let level: Level
    }

    private static let needed = Routes.all.compactMap { route -> Needed? in
        guard case .need(.screen(let screen, let level)) = route.needs, route.accountParameter == nil else { return nil }
        return Needed(route: route, screen: screen, level: level)
    }

    private static let screens = Set(needed.map(\.screen)).sorted()

    /// Somebody with this screen at this level and nothing else; without a level with another screen.
    private func person(_ screen: Screen, _ level: Level, _ scene: Scene) async throws -> LocalClient {
        let other: Screen = screen == .catalogue ? .roles : .catalogue
        let grant: JSON = level == .none ? [other.rawValue: ["level": "read"]] : [screen.rawValue: ["level": .string(level.name)]]
        let role = try await Cast.make(
            scene.north.inside, "roles", ["name": .string(scene.unique("Alone ")), "description": "Alone.", "screens": grant])
        let body = scene.newUser(scene.north, role: role)
        _ = try await Cast.make(scene.north.inside, "users", body)
        return try await scene.house.signIn(body["username"]?.text ?? "")
    }

    private func send(_ needed: Needed, by client: LocalClient, _ scene: Scene) async -> LocalClient.Reply {
        let target = needed.route.standing(scene)
        if needed.route.face == .page {
            return await Browser(client).send(needed.route.method, target, body: needed.route.method == .post ? "a=b" : nil)
        }
        return await client.send(needed.route.method, target, needed.route.takesBody ? ["zzz": 1] : nil)
    }

    /// The screens of the pages that somebody's menu leads to.
    private func menu(of client: LocalClient, _ scene: Scene) async -> Set<Screen> {
        let page = await Browser(client).get("/my").text
        guard let start = page.firstRange(of: "<nav class=\"side\""), let end = page[start.upperBound...].firstRange(of: "</nav>") else { return [] }
        let links = Markup.tags(in: String(page[start.lowerBound..<end.lowerBound])).compactMap { $0["href"] }
        return Set(
            links.compactMap { link in
                guard case .found(let route, _) = scene.house.lineUp.table.match(.get, link), case .need(.screen(let screen, _)) = route.needs else {
                    return nil
                }
                return screen
            })
    }

    @Test func `none is 403 on every route of the screen, and no entry of the menu`() async throws {
        let scene = try await Scene.assemble()
        let all = await menu(of: scene.cast.adam.client, scene)
        #expect(all.isSuperset(of: [.overview, .sessions, .users, .roles, .links, .apiKeys, .history]))
        var tried = 0
        for screen in Self.screens {
            let client = try await person(screen, .none, scene)
            let before = try await Snapshot.all(scene.database)
            for needed in Self.needed where needed.screen == screen {
                tried += 1
                let reply = await send(needed, by: client, scene)
                if needed.route.face == .page {
                    #expect(reply.isRefusalPage, "\(needed.route.name): \(reply.status)")
                } else {
                    expect(reply, 403, "screen_not_granted", needed.route.name)
                }
            }
            #expect(await menu(of: client, scene).contains(screen) == false, "\(screen.rawValue) is in the menu")
            #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [], "\(screen.rawValue)")
        }
        #expect(tried > 120, "only \(tried) routes were tried")
    }

    @Test func `read opens what reads, refuses whatever changes, and is the only entry of the menu`() async throws {
        let scene = try await Scene.assemble()
        let all = await menu(of: scene.cast.adam.client, scene)
        for screen in Self.screens {
            let client = try await person(screen, .read, scene)
            let before = try await Snapshot.all(scene.database)
            for needed in Self.needed where needed.screen == screen {
                let reply = await send(needed, by: client, scene)
                switch needed.level {
                case .full where needed.route.face == .page: #expect(reply.isRefusalPage, "\(needed.route.name): \(reply.status)")
                case .full: expect(reply, 403, "level_too_low", needed.route.name)
                default: #expect(reply.status != 403 && reply.status != 401, "\(needed.route.name): \(reply.status) \(reply.text.prefix(200))")
                }
            }
            #expect(await menu(of: client, scene) == all.intersection([screen]), "\(screen.rawValue)")
            // That something was exported is in history, and nothing else has changed.
            let records = Self.needed.contains { $0.screen == screen && $0.level == .read && $0.route.leaves == .history }
            let changed = Snapshot.differences(before, try await Snapshot.all(scene.database))
            #expect(changed.filter { !records || !$0.hasPrefix("history") } == [], "\(screen.rawValue)")
        }
    }

    @Test func `full opens every route of the screen`() async throws {
        let scene = try await Scene.assemble()
        for screen in Self.screens {
            let client = try await person(screen, .full, scene)
            for needed in Self.needed where needed.screen == screen && needed.route.method == .get {
                let reply = await send(needed, by: client, scene)
                let isRefused = reply.code == "screen_not_granted" || reply.code == "level_too_low"
                #expect(!isRefused && reply.status != 401, "\(needed.route.name): \(reply.status)")
            }
        }
    }
}
