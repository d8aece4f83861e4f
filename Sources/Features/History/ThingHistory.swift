import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// The history of one thing, for whoever may read its screen.
package enum ThingHistory {
    /// A route of the API; `subject` makes sure that the thing exists for the reader.
    package static func api(
        _ path: String, _ needs: Route.Needs, alsoInAccounts: Bool = false,
        _ subject: @escaping @Sendable (Call, borrowing Permit, any Transaction) throws -> Subject
    ) -> Route {
        .get(path, needs, alsoInAccounts: alsoInAccounts) { call in
            try await call.read { permit, tx in try HistoryPage.answer(call, subject: subject(call, permit, tx).id, permit, tx) }
        }
    }

    /// A page of its own for a thing that has no tabs.
    package static func page(
        _ path: String, _ needs: Route.Needs, at place: Frame.Place, of list: @escaping @Sendable () -> (name: String, path: String),
        _ subject: @escaping @Sendable (Call, borrowing Permit, any Transaction) throws -> Subject
    ) -> Route {
        .get(path, needs) { call in
            let after = call.pageQuery()["after"].flatMap(Cursor.init(text:))
            let (subject, entries) = try await call.read { permit, tx in
                let subject = try subject(call, permit, tx)
                return (subject, try HistoryPage.find(HistoryFilter(subject: subject.id), PageRequest(after: after), permit, tx))
            }
            let frame = Frame(call)
            let list = list()
            let head = frame.parts.head("\(word(.history)): <bdi>\(subject.name)</bdi>", crumbs: [(list.name, list.path)])
            return frame.page(subject.name, at: place, head + card(entries, at: call.inbound.path, frame.parts))
        }
    }

    /// The entries of one thing, and the way to older ones.
    package static func card(_ page: Page<HistoryEntry>, at path: String, _ parts: Parts, _ leads: HistoryLeads = HistoryLeads()) -> HTML {
        let count = page.items.count == 1 ? t("1 entry") : t("%1 entries", String(page.items.count))
        let timeline: HTML =
            page.items.isEmpty
            ? "<p class=\"muted\">\(t("No entry is left to show."))</p>" : HistoryTimeline.html(page.items, parts, leads)
        return """
            <div class="card"><div class="card-body">\(timeline)</div></div>\
            \(parts.pager(t("%1, newest first. Nobody can edit or remove them.", count), older: page.next.map { path + "?after=" + $0.text }))
            """
    }
}
