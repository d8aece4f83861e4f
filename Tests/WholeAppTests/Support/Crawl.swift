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

    init(of who: Who, _ scene: Scene, records: [Record] = [], limit: Int = 1000) async {
        let browser = scene.browser(who)
        var waiting: [(target: String, from: String?)] = [("/", nil)]
        for route in Routes.guardedPages where !records.isEmpty && route.method == .get && who.refusal(on: route) == nil {
            guard let kind = route.parameterKinds.first?.kind else {
                waiting.append((route.path, nil))
                continue
            }
            for record in records where record.kind == kind && scene.sees(who, record) { waiting.append((route.path(with: [record.id]), nil)) }
        }
        var known = Set(waiting.map(\.target))
        while let next = waiting.popLast() {
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
