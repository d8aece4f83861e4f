import LatchkeyWeb
import Testing

@testable import latchkey

/// Every page that somebody can get to by links from the start; and, where records are given, from each page of each record that they see.
struct Crawl: Sendable {
    struct Page: Sendable {
        let target: String
        /// The page that links here; nil where nobody needed a link.
        let from: String?
        let reply: LocalClient.Reply
    }

    private(set) var pages: [Page] = []

    /// - Parameter each: how many pages of one route are enough.
    init(of who: Who, _ scene: Scene, records: [Record] = [], each most: Int = .max, limit: Int = 2500) async {
        let browser = scene.browser(who)
        var waiting: [(target: String, from: String?)] = [("/", nil)]
        for route in Routes.guardedPages where !records.isEmpty && route.method == .get && who.refusal(on: route) == nil {
            let seen = records.filter { scene.sees(who, $0) }
            for account in route.accountParameter == nil ? [nil] : seen.filter({ $0.kind == .account }).map(\.id) {
                let before = [account].compactMap { $0 }
                guard let kind = route.parameterKinds.dropFirst(before.count).first?.kind else {
                    waiting.append((route.path(with: before), nil))
                    continue
                }
                for record in seen where record.kind == kind && (account == nil || record.account == account) {
                    waiting.append((route.path(with: before + [record.id]), nil))
                }
            }
        }
        var known = Set(waiting.map(\.target))
        var times: [String: Int] = [:]
        while let next = waiting.popLast() {
            if most < .max, case .found(let route, _) = scene.house.lineUp.table.match(.get, String(next.target.prefix { $0 != "?" })) {
                times[route.path, default: 0] += 1
                if times[route.path, default: 0] > most { continue }
            }
            let reply = await browser.get(next.target)
            pages.append(Page(target: next.target, from: next.from, reply: reply))
            if pages.count == limit { Issue.record("\(who) came to \(limit) pages: is there no end?") }
            if pages.count >= limit { return }
            let links = reply.status == 303 ? [reply.location] : Self.links(in: reply.text)
            for link in links where known.insert(link).inserted { waiting.append((link, next.target)) }
        }
    }

    /// Where a page's links lead, within the console.
    private static func links(in text: String) -> [String] {
        text.split(separator: " href=\"").dropFirst().compactMap { piece in
            let target = Markup.unescaped(piece.prefix { $0 != "\"" && $0 != "#" })
            let isConsole = target.hasPrefix("/") && !target.hasPrefix("/assets/") && !target.hasPrefix("/api/")
            return isConsole ? target : nil
        }
    }
}
