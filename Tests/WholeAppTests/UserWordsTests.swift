import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import Testing

@testable import UsersFeature
@testable import latchkey

/// Users are found by the beginnings of words, by an index where the words are rare.
@Suite struct `The index of users' words` {
    private static let names = [
        ("Žofie", "Ångström-Brown"), ("  Una  Maria ", "O'Neill"), ("😀", "李 小龍"), ("I\u{307}stanbul", "e\u{301}tude"), ("100%", "under_score"),
        ("x", "zzebra"), (String(repeating: "long", count: 25), "z"),
    ]

    private static func crowd() async throws -> (scene: Scene, ids: [String]) {
        let scene = try await Scene.assemble()
        var ids: [String] = []
        for (first, last) in names {
            var body = scene.newUser(scene.north).members.filter { !["first_name", "last_name"].contains($0.0) }
            body += [("first_name", .string(first)), ("last_name", .string(last))]
            ids.append(try await Cast.make(scene.cast.adam.client, "users", JSON(members: body)))
        }
        return (scene, ids)
    }

    private static func words(_ scene: Scene) async throws -> [String] {
        try await scene.database.read(seeing: .everything) { tx in
            try tx.rows("SELECT account, word, user_id FROM user_words") { "\(try $0[0] as String) \(try $0[1] as String) \(try $0[2] as String)" }
        }.sorted()
    }

    @Test func `of a database from before it is the one that is kept since`() async throws {
        let (scene, ids) = try await Self.crowd()
        let adam = scene.cast.adam.client
        expect(await adam.patch("/api/v1/users/\(ids[0])", ["last_name": "Changed since"]), 200)
        let kept = try await Self.words(scene)
        #expect(kept.contains { $0.hasSuffix("changed \(ids[0])") } && !kept.contains { $0.contains("brown \(ids[0])") })
        let filling = try #require(UsersMigrations.words.statements(for: .sqlite).last)
        try await scene.database.write(seeing: .everything) { tx in
            try tx.execute("DELETE FROM user_words")
            try tx.execute(filling)
        }
        #expect(try await Self.words(scene) == kept)
    }

    @Test func `finds a common word and a rare one alike, whole and longer than the index has them`() async throws {
        let (scene, ids) = try await Self.crowd()
        let adam = scene.cast.adam.client
        func found(_ search: String) async -> [String] {
            await adam.get("/api/v1/users?limit=200&search=\(search)").items.compactMap { $0["id"]?.text }
        }
        func total(_ search: String) async -> JSON? { await adam.get("/api/v1/users?total=true&limit=1&search=\(search)")["total"] }
        let long = String(repeating: "long", count: 25)
        for isCommon in [false, true] {
            if isCommon {
                // The words of one user who has none of them: so many that they are not looked up.
                try await scene.database.write(seeing: .everything) { tx in
                    for number in 0...2000 {
                        for word in ["zz\(number)", "long\(number)"] {
                            try tx.execute(
                                "INSERT INTO user_words (account, word, user_id) SELECT account, \(word), id FROM users WHERE id = \(ids[2])")
                        }
                    }
                }
            }
            #expect(await found("zz") == [ids[5]], "\(isCommon)")
            #expect(await total("zz") == 1, "\(isCommon)")
            #expect(await found("zz%20x") == [ids[5]], "\(isCommon)")
            #expect(await found("brown") == [ids[0]], "\(isCommon)")
            #expect(await found(long) == [ids[6]], "\(isCommon)")
            #expect(await found(long + "x") == [], "\(isCommon)")
            #expect(await found("under_") == [ids[4]], "\(isCommon)")
            #expect(await found("100%25") == [ids[4]], "\(isCommon)")
        }
    }
}
