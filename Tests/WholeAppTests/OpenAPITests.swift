import Foundation
import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// The server is held to `openapi.yaml`, and `openapi.yaml` to the server.
@Suite struct `The contract` {
    /// Described as part of the API although a browser may open it.
    private static let described: Set<String> = ["GET /api/openapi.yaml", "GET /api/docs"]

    @Test func `has exactly the operations of the route table`() throws {
        let contract = try Contract.load()
        // What customers open has two faces; a form's address that leads back to its page is no operation, nor is a manifest.
        let customers = Routes.all.filter { route in
            let leadsBack = route.method == .get && ["/start", "/answers", "/finish"].contains { route.path.hasSuffix($0) }
            return route.face == .gateway || route.face == .either && !leadsBack && !route.path.hasSuffix(".webmanifest")
        }
        let served = Set((Routes.api + customers + Routes.oauth).map(\.name) + Routes.all.map(\.name).filter(Self.described.contains))
        let written = Set(contract.operations)
        #expect(served.subtracting(written).sorted() == [], "served, and not in openapi.yaml")
        #expect(written.subtracting(served).sorted() == [], "in openapi.yaml, and not served")
        #expect(Self.described.subtracting(served) == [])
    }

    @Test func `names the parameters of paths as the server does`() throws {
        let contract = try Contract.load()
        for route in Routes.api {
            let written = contract.parameters(of: route).filter { $0.place == "path" }.map(\.name)
            #expect(written.sorted() == route.parameterKinds.map(\.name).sorted(), "\(route.name)")
        }
    }

    @Test func `gives every operation an id of its own, and 401 and 403 to those that need somebody`() throws {
        let contract = try Contract.load()
        var ids: Set<String> = []
        for route in Routes.api {
            let operation = contract.operation(route)
            let id = operation["operationId"]?.text ?? ""
            #expect(!id.isEmpty && ids.insert(id).inserted, "\(route.name): operationId '\(id)'")
            let responses = Set(operation["responses"]?.object?.keys ?? [])
            if route.isGuarded { #expect(responses.isSuperset(of: ["401", "403"]), "\(route.name)") }
            if !route.parameterKinds.isEmpty { #expect(responses.contains("404"), "\(route.name)") }
        }
    }

    @Test func `is served as it stands in the project`() async throws {
        let house = try await TestHouse()
        let reply = await house.anyone.get("/api/openapi.yaml")
        expect(reply, 200)
        #expect(reply.body == Array(try Data(contentsOf: Contract.file)), "run Scripts/assets")
        expect(await house.anyone.get("/api/docs"), 200)
    }

    @Test func `describes every answer to what is allowed, and every request that the tests send`() async throws {
        let scene = try await Scene.assemble()
        let contract = try Contract.load()
        for route in Routes.api {
            for who in Who.allCases where route.isGuarded ? who.refusal(on: route) == nil : who == .una {
                do {
                    let shot = try await Examples.shot(route, by: who, scene)
                    if let body = shot.body { note(contract.problems(body, sentTo: route), route, "request by \(who)") }
                    note(contract.problems(await shot.fire(), of: route), route, "answer to \(who)")
                } catch { Issue.record("\(route.name) by \(who): \(error)") }
            }
        }
    }

    @Test func `describes every refusal`() async throws {
        let scene = try await Scene.assemble()
        let contract = try Contract.load()
        for route in Routes.api {
            let who = Examples.usualCaller(route)
            let shot = try await Examples.shot(route, by: who, scene)
            var refusals: [(String, LocalClient.Reply)] = [("a query", await shot.client.send(route.method, shot.target + "?zzz=1", shot.body))]
            if route.isGuarded { refusals.append(("nobody", await scene.house.anyone.send(route.method, shot.target, shot.body))) }
            for other in Who.allCases where other.refusal(on: route) != nil {
                refusals.append(("\(other)", await scene.client(other).send(route.method, shot.target, shot.body)))
            }
            if !shot.values.isEmpty {
                let unknown = route.path(with: route.parameterKinds.map { $0.kind?.neverIssued ?? "" })
                refusals.append(("never issued", await shot.client.send(route.method, unknown, shot.body)))
            }
            if route.takesBody {
                refusals.append(("an unknown field", await shot.client.send(route.method, shot.target, ["zzz": 1])))
                refusals.append(("no object", await shot.client.send(route.method, shot.target, [])))
            }
            for (what, reply) in refusals {
                #expect((400..<500).contains(reply.status), "\(route.name), \(what): \(reply.status)")
                note(contract.problems(reply, of: route), route, what)
                #expect(reply.header("Content-Type") == "application/problem+json", "\(route.name), \(what)")
            }
        }
    }

    private func note(_ problems: [String], _ route: Route, _ what: String) {
        #expect(problems == [], "\(route.name), \(what)")
    }
}
