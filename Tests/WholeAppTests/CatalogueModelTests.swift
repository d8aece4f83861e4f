import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import Testing

@testable import latchkey

/// Random catalogues, put one after the other while roles of the account's own come and go.
@Suite struct `Any row of catalogues` {
    private static let screens = ["a", "b", "c", "d"], functions = ["f", "g", "h"]

    private static func some<T>(_ all: [T], _ random: inout some RandomNumberGenerator) -> [T] {
        all.filter { _ in Bool.random(using: &random) }
    }

    private static func grants(_ screens: [String], _ functions: [String], _ random: inout some RandomNumberGenerator) -> [(String, JSON)] {
        let levels = ["read", "full"]
        var picked: [(String, JSON)] = []
        for screen in some(screens, &random) { picked.append((screen, ["level": .string(levels.randomElement(using: &random) ?? "read")])) }
        picked.append(("overview", ["level": "read"]))
        let functions = some(functions, &random).map { ($0, JSON.string(levels.randomElement(using: &random) ?? "read")) }
        return [("screens", JSON(members: picked)), ("functions", JSON(members: functions))]
    }

    private static func catalogue(_ random: inout some RandomNumberGenerator) -> JSON {
        let screens = some(Self.screens, &random), functions = some(Self.functions, &random)
        var members: [(String, JSON)] = [
            ("screens", .array(screens.map { ["id": .string($0), "label": .string($0.uppercased())] })),
            (
                "functions",
                .array(
                    functions.map { id in
                        let others = functions.filter { $0 != id && functions.count > 2 && id == functions.first }
                        return [
                            "id": .string(id), "label": .string(id.uppercased()),
                            "excludes": .array(others.map { ["id": .string($0), "on": "person"] }),
                        ]
                    })
            ),
        ]
        if Bool.random(using: &random) {
            let boss = ["ADMIN", "Boss"].randomElement(using: &random) ?? "ADMIN"
            let listed = Bool.random(using: &random) ? grants(screens, functions, &random) : []
            var roles = [JSON(members: [("name", .string(boss)), ("description", "Manages."), ("manager", true)] + listed)]
            for name in some(["Porter", "Clerk", "Guard"], &random) {
                roles.append(JSON(members: [("name", .string(name)), ("description", "Works.")] + grants(screens, functions, &random)))
            }
            members.append(("roles", .array(roles)))
        }
        return JSON(members: members)
    }

    @Test(arguments: [1, 2, 3]) func `leaves no role that grants what there is not`(_ seed: UInt64) async throws {
        var random = Dice(seed: seed)
        let (house, _, inside, account) = try await `A catalogue of one's own`.ground()
        defer { withExtendedLifetime(house) {} }
        var statuses: [Int: Int] = [:]
        var made = 0
        for step in 1...60 {
            let body = Self.catalogue(&random)
            if Bool.random(using: &random) {
                let text = JSON.string(String(decoding: body.encode(), as: UTF8.self))
                _ = try? await CatalogueControl.apply(["account": .string(account), "text": text], house.house)
            } else {
                let reply = await inside.put("/api/v1/catalogue", body)
                statuses[reply.status, default: 0] += 1
                #expect([200, 403, 409, 422].contains(reply.status), "\(reply.text)")
            }
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let role = Self.grants(Self.screens, Self.functions, &random)
                let reply = await inside.post(
                    "/api/v1/roles", JSON(members: [("name", .string("Own \(step)")), ("description", "Own.")] + role))
                if reply.status == 201 { made += 1 }
            case 1:
                for role in await inside.get("/api/v1/roles?limit=200").items where role["built_in"] == false {
                    _ = await inside.delete("/api/v1/roles/\(role["id"]?.text ?? "")")
                }
            default: break
            }
            let now = await inside.get("/api/v1/catalogue").json
            let roles = await inside.get("/api/v1/roles?limit=200").items
            let known = Set((now["screens"]?.elements ?? []).compactMap { $0["id"]?.text } + Screen.ownScreens.map(\.rawValue))
            let functions = Set((now["functions"]?.elements ?? []).compactMap { $0["id"]?.text })
            for role in roles {
                let granted = (screens: Set(role["screens"]?.object?.keys ?? []), functions: Set(role["functions"]?.object?.keys ?? []))
                #expect(granted.screens.isSubset(of: known), "step \(step): \(role)")
                #expect(granted.functions.isSubset(of: functions), "step \(step): \(role)")
            }
            #expect(roles.count { $0["manager"] == true } == 1)
            let built = Set(roles.filter { $0["built_in"] == true }.compactMap { $0["name"]?.text })
            let written = Set((now["roles"]?.elements ?? []).compactMap { $0["name"]?.text })
            #expect(built == written, "step \(step)")
            // Everything that a restart would read is what was answered.
            let facts = try await house.house.gate.read(commanding: AccountID(account) ?? .new(at: house.house.gate.now), .screen(.catalogue, .read))
            {
                try AccountFacts.of($0, $1).catalogue.json
            }
            #expect(facts == now)
        }
        let done = statuses[200] ?? 0
        #expect(done > 3 && made > 0, "\(statuses), \(made): too little of it was done to say anything")
    }
}

/// Random numbers that come again (SplitMix64).
private struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
