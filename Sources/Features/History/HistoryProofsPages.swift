import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeySecrets
import LatchkeyWeb

/// History > Checkpoint: what can be kept elsewhere, so that nobody can rewrite the history unseen.
package enum HistoryProofsPages {
    private static let pattern = "/history/checkpoint"

    package static let routes: [Route] = [
        .get(pattern, HistoryProofsAPI.need, alsoInAccounts: true, handler: show),
        .get(pattern + ".txt", HistoryProofsAPI.need, alsoInAccounts: true) { call in
            let signed = try await HistoryProofsAPI.checkpoint(call).0
            return Answer(
                200, .bytes(Array(signed.note.utf8), type: "text/plain; charset=utf-8"),
                headers: [.contentDisposition: "attachment; filename=\"checkpoint-\(signed.checkpoint.size).txt\""])
        },
    ]

    private static func show(_ call: Call) async throws -> Answer {
        let (signed, keys) = try await HistoryProofsAPI.checkpoint(call)
        let checkpoint = signed.checkpoint
        let frame = Frame(call)
        let parts = frame.parts
        let access = try call.principal().access
        let mayErase = access.map { $0.isManager && $0.level(of: .users) == .full } ?? false
        let head = parts.head(
            "\(t("Checkpoint"))",
            lead: t("Keep it where this server cannot write. A history that is cut off or written anew later does not fit it any more."),
            crumbs: [(word(.history), call.house.paths.history)],
            actions: (mayErase ? [parts.link(t("Erase a person's data"), to: call.house.paths.users + "/erase", icon: "x")] : [])
                + [parts.link(t("Download"), to: call.house.paths.history + "/checkpoint.txt", icon: "download", primary: true)])
        let facts = parts.details([
            (t("Entries"), "\(String(checkpoint.size))"), (t("Signed"), parts.time(checkpoint.at)),
            (t("Root of the tree over them"), "<code class=\"break\">\(PaddedBase64.encode(checkpoint.root))</code>"),
        ])
        let note: HTML = "<pre class=\"sample\" tabindex=\"0\" aria-label=\"\(t("The signed note"))\">\(signed.note)</pre>"
        let rows = keys.reversed().map { key -> HTML in
            """
            <tr>\(parts.cell(t("Key"), "<code class=\"break\">\(PaddedBase64.encode(key.publicKey))</code>"))\
            \(parts.cell(t("Signs from"), parts.time(key.createdAt)))\(parts.cell(t("Until"), parts.time(key.retiredAt, none: t("now"))))</tr>
            """
        }
        let table = parts.table(caption: t("Public keys of checkpoints"), columns: [t("Key"), t("Signs from"), t("Until")], rows: rows)
        let how: HTML = """
            <p>\(t("Whoever keeps checkpoints and public keys can find out at any time whether entries were changed, removed or added before them:"))</p>\
            <pre class="sample" tabindex="0" aria-label="\(t("Command"))">latchkey history verify --checkpoint FILE --key KEY</pre>\
            <p class="muted">\(t("The server can hand checkpoints on by itself, with the option --checkpoints. Proofs for single entries are in the API, at /api/v1/history/proofs."))</p>
            """
        let main: HTML = """
            \(head)\(parts.card(t("As of now"), "\(facts)\(note)"))\(parts.card(t("Public keys"), table))\(parts.card(t("Verify"), how))
            """
        return frame.page(t("Checkpoint"), at: .history, main)
    }
}
