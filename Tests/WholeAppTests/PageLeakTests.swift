import Foundation
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// What a page says to somebody is of what they see: found by going wherever each of the cast can go, and looking for everything else.
@Suite struct `A page` {
    @Test func `says nothing of what its reader may not see`() async throws {
        let scene = try await Scene.assemble()
        try await scene.mark()
        // Login ids and what happens to Uwe are in the history that others read.
        expect(await scene.cast.adam.client.patch("/api/v1/users/\(scene.cast.uwe.id)", ["first_name": "Uwe Karl"]), 200)
        let records = try await scene.records()
        #expect(records.count > 40, "only \(records.count) records were found")
        var toBeSeen: [String: Record] = [:]
        for record in records where Self.shown.contains(record.kind) && Who.allCases.contains(where: { scene.sees($0, record) }) {
            for text in record.texts { toBeSeen[text] = record }
        }
        for who in Who.allCases {
            let crawl = await Crawl(of: who, scene, records: records)
            let hidden = records.filter { !scene.sees(who, $0) }
            // Of all that is in accounts Olive may see everything.
            #expect(hidden.count > (who == .olive ? 5 : 10), "\(who)")
            var told: Set<String> = []
            for page in crawl.pages {
                let said = Data(page.reply.body)
                for record in hidden {
                    for text in record.texts where said.holds(text) && told.insert(text).inserted {
                        // Who acted is named by a history, with the id that the filter takes, as in the API.
                        let isHistory = page.target.hasPrefix("/history") || page.target.hasPrefix("/enterprise/history")
                        if record.kind == .administrator, text == record.id, isHistory, !said.holds("subject=" + record.id) { continue }
                        Issue.record("\(page.target) tells \(who) of \(record.kind) \(record.id): \(text)")
                    }
                }
            }
            let all = Data(crawl.pages.filter { $0.reply.status == 200 }.map(\.reply.body).joined())
            for text in toBeSeen.keys where all.holds(text) { toBeSeen[text] = nil }
        }
        // If no page shows a text to anybody, then looking for it proves nothing.
        for (text, record) in toBeSeen { Issue.record("no page shows \(text) of \(record.kind) \(record.id) to anybody") }
    }

    /// Kinds of records that pages show.
    private static let shown: Set<Kind> = [.session, .apiKey, .user, .account, .group, .administrator]

    @Test func `links only to what its reader may open, and every page is linked to`() async throws {
        let scene = try await Scene.assemble()
        let gone = try await scene.fresh(.user, for: .adam)
        expect(await scene.cast.adam.client.post("/api/v1/users/\(gone)/disable"), 200)
        _ = try await scene.pending(for: .adam)
        let body = JSON(members: scene.newAdministrator().members.filter { $0.0 != "password" })
        _ = try await Cast.make(scene.cast.olive, "administrators", body)
        let former = try await scene.fresh(.administrator, for: .olive)
        expect(await scene.cast.olive.post("/api/v1/administrators/\(former)/disable"), 200)
        try await scene.giveApp(to: scene.cast.una.client)
        for kind in [Kind.user, .role] { _ = try await scene.restoring(scene.fresh(kind, for: .adam), in: scene.north) }
        for path in ["/settings/exports/{id}", "/accounts/{account}/exports/{id}"] {
            let route = try #require(Routes.all.first { $0.path == path })
            _ = try await scene.fresh(.export, for: route.accountParameter == nil ? .adam : .olive, on: route)
        }
        _ = try await scene.newReview(scene.north)
        expect(await scene.cast.adam.client.patch("/api/v1/settings/security", ["allowed_addresses": ["127.0.0.0/8"]]), 200)
        var unlinked = Set(Routes.guardedPages.filter { $0.method == .get }.map(\.path)).subtracting(Self.withoutLink)
        for who in Who.allCases where who.isLogin {
            for page in await Crawl(of: who, scene).pages {
                #expect(page.reply.isDone, "\(page.from ?? "") leads \(who) to \(page.target): \(page.reply.status)")
                let path = String(page.target.prefix { $0 != "?" })
                if case .found(let route, _) = scene.house.lineUp.table.match(.get, path) { unlinked.remove(route.path) }
            }
        }
        #expect(unlinked.sorted() == [], "no page links to these")
    }

    /// Where people are sent; may only shrink.
    private static let withoutLink: Set<String> = ["/my/new-password", "/step-up"]

    @Test func `is made of records that these tests and the others see alike`() async throws {
        let scene = try await Scene.assemble()
        for who in Who.allCases {
            // What is hidden from an administrator depends on the account that a path names.
            for kind in Kind.allCases where !who.isEnterprise || [.account, .group, .administrator, .login].contains(kind) {
                let hidden = await scene.hidden(kind, from: who)
                let records = Dictionary(try await scene.records().map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
                for (why, id) in hidden {
                    let record = try #require(records[id], "\(kind) \(id) is in no table that Scene.records reads")
                    #expect(record.kind == kind && !scene.sees(who, record), "\(who) sees \(kind) \(why)")
                }
            }
        }
    }
}
