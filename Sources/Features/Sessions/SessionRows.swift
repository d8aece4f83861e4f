import LatchkeyAccess
import LatchkeyWeb

/// Renders sessions as the rows of a table or as cards. What all rows share is made once.
struct SessionRows: Sendable {
    let showsOwner: Bool
    /// Whether this person may write sessions at all.
    let mayWrite: Bool
    private let parts: Parts
    private let now: Timestamp
    private let writable: Visibility
    private let badges: [SessionStatus: HTML]
    private let sources: [Session.Source: String]
    private let words = Words()
    private let cells: Cells
    private let items: Items

    private struct Words: Sendable {
        let session = t("Session"), status = t("Status"), vehicle = t("Vehicle"), key = t("API key"), owner = t("Owner"), created = t("Created")
        let unknown = t("Not known yet"), noContact = t("No contact"), unknownVehicle = t("Vehicle not known yet"), nobody = t("Nobody")
        let actions = around("Actions for session %1")
    }

    /// How each column's cell begins.
    private struct Cells: Sendable {
        let status, vehicle, key, owner, created, unknown: HTML

        init(_ words: Words) {
            func cell(_ column: String) -> HTML { "<td data-label=\"\(column)\"><span>" }
            status = cell(words.status)
            vehicle = cell(words.vehicle)
            key = cell(words.key)
            owner = cell(words.owner)
            created = cell(words.created)
            unknown = "<span class=\"muted\">\(words.unknown)</span>"
        }
    }

    /// The menu's entries from the end of their address on, and what is before the session's code.
    private struct Items: Sendable {
        let start, dots, open, edit, note, delete: HTML

        init(_ parts: Parts, _ words: Words) {
            start = "<details class=\"menu\"><summary class=\"btn btn-icon\" aria-label=\"\(words.actions.before)"
            dots = "\(words.actions.after)\">\(parts.icon("dots"))</summary><div class=\"menu-list\"><ul>"
            open = "\">\(parts.icon("sessions"))\(t("Open"))</a></li>"
            edit = "/edit\">\(parts.icon("edit"))\(t("Edit"))</a></li>"
            note = "#note\">\(parts.icon("note"))\(t("Add a note"))</a></li>"
            delete = "/delete\" data-dialog>\(parts.icon("x"))\(t("Delete"))</a></li>"
        }
    }

    init(_ parts: Parts, _ access: Access?, at now: Timestamp) {
        self.parts = parts
        self.now = now
        if case .all? = access?.visibility(at: .read) { showsOwner = true } else { showsOwner = false }
        mayWrite = access?.level(of: .sessions) == .full
        writable = access?.visibility(at: .full) ?? .nothing
        badges = Dictionary(SessionStatus.allCases.map { ($0, SessionLook.badge($0, parts)) }, uniquingKeysWith: { first, _ in first })
        sources = Dictionary(Session.Source.allCases.map { ($0, SessionLook.name($0)) }, uniquingKeysWith: { first, _ in first })
        items = Items(parts, words)
        cells = Cells(words)
    }

    func table(_ sessions: [Session]) -> HTML {
        let columns = [words.session, words.status, words.vehicle, words.key] + (showsOwner ? [words.owner] : []) + [words.created, ""]
        return parts.table(caption: t("Sessions, newest first"), columns: columns, rows: sessions.map(row))
    }

    private func row(_ session: Session) -> HTML {
        let own: HTML = "\(SessionsPages.path)/\(session.id)"
        let vehicle = session.vehicle.name
        let vin = session.vehicle.vin
        let status = session.status(at: now)
        return """
            <tr><th scope="row"><a class="mono" href="\(own)">\(session.code)</a><span class="sub"><bdi>\(session.contact.shortest ?? words.noContact)</bdi></span></th>
            \(cells.status)\(badges[status])</span></td>
            \(cells.vehicle)<bdi>\(vehicle)</bdi>\(if: vehicle == nil && vin == nil, cells.unknown)\
            \(if: vin != nil, "<span class=\"sub mono\">\(vin)</span>")</span></td>
            \(cells.key)\(session.apiKeyName)</span></td>
            \(if: showsOwner, "\(cells.owner)<bdi>\(session.ownerName ?? words.nobody)</bdi><span class=\"sub\">\(sources[session.source])</span></span></td>")
            \(cells.created)\(parts.time(session.createdAt, ago: true))</span></td>
            <td class="end">\(menu(session, status, own))</td></tr>
            """
    }

    /// Exactly what this person may do to this session.
    private func menu(_ session: Session, _ status: SessionStatus, _ own: HTML) -> HTML {
        let mayWrite = session.isVisible(in: writable)
        var menu: HTML = "\(items.start)\(session.code)\(items.dots)<li><a class=\"menu-item\" href=\"\(own)\(items.open)"
        if mayWrite, !status.isFinal { menu += "<li><a class=\"menu-item\" href=\"\(own)\(items.edit)" }
        if mayWrite { menu += "<li><a class=\"menu-item\" href=\"\(own)\(items.note)" }
        if mayWrite, status == .idle { menu += "<li><a class=\"menu-item danger\" href=\"\(own)\(items.delete)" }
        menu += "</ul></div></details>"
        return menu
    }

    func cards(_ sessions: [Session], _ faces: [SessionID: HTML]) -> HTML {
        let none = parts.icon("camera")
        return "<ul class=\"cards\">\(sessions.map { card($0, face: faces[$0.id] ?? none) })</ul>"
    }

    private func card(_ session: Session, face: HTML) -> HTML {
        """
        <li><div class="shot">\(face)</div><div><div class="row-between"><a class="title-link" href="\(SessionsPages.path)/\(session.id)"><bdi>\(session.contact.shortest ?? words.noContact)</bdi></a>\
        \(badges[session.status(at: now)])</div><span class="sub"><bdi>\(session.vehicle.name ?? session.vehicle.vin ?? words.unknownVehicle)</bdi></span>
        <div class="sub"><bdi>\(session.apiKeyName)</bdi>\(if: showsOwner, " · <bdi>\(session.ownerName ?? words.nobody)</bdi>")</div>
        <div class="row-between sub mt-2"><span class="mono">\(session.code)</span>\(parts.time(session.createdAt, ago: true))</div></div></li>
        """
    }
}

extension Session.Contact {
    /// What a contact is best known by.
    var shortest: String? { name ?? phone ?? email }
}
