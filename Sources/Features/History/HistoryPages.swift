import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// Records > History: everything that happened in the account.
package enum HistoryPages {
    package static let routes: [Route] = [.get("/history", .need(.screen(.history, .read)), alsoInAccounts: true, handler: show)]

    private static func show(_ call: Call) async throws -> Answer {
        let path = call.house.paths.history
        let asked = HistoryAsked(call.pageQuery())
        let (filter, page) = try await call.read { permit, tx in
            let filter = try asked.filter(permit, tx)
            return (filter, try HistoryPage.find(filter, asked.page, permit, tx))
        }
        let frame = Frame(call)
        let head = frame.parts.head(
            "\(word(.history))", lead: t("Who changed what, when, from what to what. Nobody can edit or remove an entry."),
            actions: [frame.parts.link(t("Checkpoint"), to: path + "/checkpoint", icon: "shield")])
        let list = HistoryList(asked, filter, at: path, exports: try call.mayExport ? HistoryExport.path : nil, frame.parts)
        return frame.page(word(.history), at: .history, head + list.html(page))
    }
}
