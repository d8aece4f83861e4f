import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The seam to whatever keeps photos: what a session's page shows of them. Composition hands it in.
package protocol SessionPhotos: Sendable {
    /// The photos of a session that the reader sees; nothing where there are none.
    func card(of session: Session, _ parts: Parts, _ permit: borrowing Permit, _ tx: any Transaction) throws -> HTML

    /// The small picture by which each of these sessions is known in a list, where it has one; asked once for all.
    func faces(of sessions: [SessionID], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [SessionID: HTML]
}

/// One session: contact, vehicle, notes, review and what happened.
enum SessionPage {
    private static let path = SessionsPages.path

    static func show(_ call: Call, _ photos: any SessionPhotos) async throws -> Answer {
        try await page(call, FormView(Parts(call.house.assets)), photos)
    }

    /// Everything that the page shows, read at one moment.
    private struct Shown: Sendable {
        let session: Session
        let notes: Page<SessionNote>
        let events: Page<SessionEvent>
        let mayWrite: Bool, mayReview: Bool, showsOwner: Bool
        /// For whoever may write it.
        let captureToken: String?
        let photos: HTML
    }

    private static func page(_ call: Call, _ form: FormView, _ photos: any SessionPhotos, status: Int = 200) async throws -> Answer {
        let query = call.pageQuery()
        let (notesAfter, eventsAfter) = (cursor(query["notes"]), cursor(query["events"]))
        let shown = try await call.read { permit, tx in
            let session = try Sessions.find(call.id(), permit, tx)
            let access = permit.access
            let isReviewer = (try? Sessions.requireReviewer(access)) != nil
            var showsOwner = false
            if case .all = permit.visibleSessions { showsOwner = true }
            return Shown(
                session: session, notes: try Sessions.notes(of: session.id, PageRequest(after: notesAfter), permit, tx),
                events: try Sessions.events(of: session.id, PageRequest(after: eventsAfter), permit, tx),
                mayWrite: Sessions.isWritable(session, access), mayReview: isReviewer, showsOwner: showsOwner,
                captureToken: try CaptureTokens.text(of: session, opening: call.house.masterKey, permit, tx),
                photos: try photos.card(of: session, Parts(call.house.assets), permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let session = shown.session
        let now = call.status(of: session)
        let main: HTML = """
            <div id="session" data-live="\(session.id)">\(head(session, now, mayWrite: shown.mayWrite, parts))\(form.summary)\(done(call, session, parts))\(invalid(session, parts))
            <div class="split"><div>\(shown.photos)\(parts.card(t("Vehicle"), vehicle(session, at: call.now, parts)))\(notes(shown, form, parts))</div>
            <div>\(if: shown.mayReview, review(session, now, form, parts))\
            \(shown.captureToken.map { token -> HTML in "\(if: SessionStatus.underWay.contains(now), SessionCapture.card(call.house.paths.capture(token), of: session, form, parts))" })\
            \(parts.card(t("Contact"), contact(session, parts)))\
            \(parts.card(t("About"), about(shown, parts)))\(SessionTimeline.card(shown.events, of: session, parts))</div></div></div>
            """
        return frame.page(session.code, at: .sessions, mode: session.mode, main, status: status)
    }

    /// A place in the notes or events, which are numbered.
    private static func cursor(_ text: String?) -> Cursor? { text.flatMap { Cursor(text: $0) }.flatMap { Int64($0.key) == nil ? nil : $0 } }

    // MARK: Head

    private static func head(_ session: Session, _ status: SessionStatus, mayWrite: Bool, _ parts: Parts) -> HTML {
        let own = "\(path)/\(session.id)"
        let about = [session.contact.shortest, session.vehicle.name].compactMap { $0 }.map { text -> HTML in "<bdi>\(text)</bdi>" }
        return """
            <nav class="crumbs" aria-label="\(t("Breadcrumb"))"><ol><li><a href="\(session.mode == "test" ? path + "?mode=test" : path)">\(t("Sessions"))</a></li></ol></nav>
            <div class="page-head"><div><h1><span class="mono">\(session.code)</span> \(SessionLook.badge(status, parts))\
            \(if: session.mode == "test", " <span class=\"badge badge-warn badge-plain\">\(t("Test"))</span>")</h1>\
            \(if: !about.isEmpty, "<p>\(about.joined(separator: " · "))</p>")</div>
            \(if: mayWrite && !status.isFinal, """
            <div class="actions">\(if: status == .idle, "<a class=\"btn btn-quiet-danger\" href=\"\(own)/delete\" data-dialog>\(t("Delete"))</a>")\
            \(parts.link(t("Edit"), to: own + "/edit", icon: "edit"))</div>
            """)</div>
            """
    }

    private static func done(_ call: Call, _ session: Session, _ parts: Parts) -> HTML {
        let text: String
        switch Done(call) {
        case .created: text = t("The session was created. Its code is %1.", session.code)
        case .saved: text = t("The session was saved.")
        case .sent: return parts.alert("\(t("The mail with the capture link is on its way."))")
        case .noted: return parts.alert("\(t("The note was added."))")
        case .completed: return parts.alert("\(t("The session is complete."))")
        case .invalidated: return parts.alert("\(t("The session was invalidated."))")
        default: return ""
        }
        guard session.hasSuspiciousVIN else { return parts.alert("\(text)") }
        return parts.alert("\(text) \(t("The check digit of its VIN does not fit: look at it again."))", tone: .warning)
    }

    private static func invalid(_ session: Session, _ parts: Parts) -> HTML {
        guard let reason = session.invalidReason else { return "" }
        return parts.card(t("Why it is invalid"), "<blockquote class=\"note-text\"><bdi>\(reason)</bdi></blockquote>")
    }

    // MARK: Cards

    private static func vehicle(_ session: Session, at now: Timestamp, _ parts: Parts) -> HTML {
        let vehicle = session.vehicle
        if vehicle.isEmpty { return "<p class=\"muted\">\(t("Not known yet"))</p>" }
        var pairs: [(String, HTML)] = []
        if let name = vehicle.name { pairs.append((t("Vehicle"), "<bdi>\(name)</bdi>")) }
        if let text = vehicle.vin {
            let year = session.vin?.modelYear(now: now.year).map { t("model year %1", String($0)) }
            let says = [session.vin.flatMap(SessionLook.madeIn), year].compactMap { $0 }.joined(separator: " · ")
            pairs.append(
                (
                    t("VIN"),
                    """
                    \(copying(text, t("Copy VIN %1", text)))\(if: !says.isEmpty, "<span class=\"sub\">\(says)</span>")\
                    \(if: session.hasSuspiciousVIN, "<span class=\"badge badge-warn badge-plain mt-1\">\(parts.icon("alert"))\(t("The check digit does not fit: look at the VIN again"))</span>")
                    """
                ))
        }
        if let odometer = SessionLook.odometer(vehicle) { pairs.append((t("Odometer"), "<span class=\"num\">\(odometer)</span>")) }
        return parts.details(pairs)
    }

    private static func contact(_ session: Session, _ parts: Parts) -> HTML {
        let contact = session.contact
        if contact.isEmpty { return "<p class=\"muted\">\(t("Not known yet"))</p>" }
        var pairs: [(String, HTML)] = []
        if let name = contact.name { pairs.append((t("Name"), "<bdi>\(name)</bdi>")) }
        if let phone = contact.phone { pairs.append((t("Phone"), "<a href=\"tel:\(phone)\">\(phone)</a>")) }
        if let email = contact.email {
            // `?` and `&` may stand in an address and would begin a mail's fields.
            let address = PercentEncoding.encode(email).replacing("%40", with: "@")
            pairs.append((t("E-mail"), "<a href=\"mailto:\(address)\">\(email)</a>"))
        }
        return parts.details(pairs)
    }

    private static func about(_ shown: Shown, _ parts: Parts) -> HTML {
        let session = shown.session
        var pairs: [(String, HTML)] = [(t("API key"), "<bdi>\(session.apiKeyName)</bdi>")]
        if shown.showsOwner { pairs.append((t("Owner"), session.ownerName.map { name -> HTML in "<bdi>\(name)</bdi>" } ?? "\(t("Nobody"))")) }
        let by = session.linkName ?? session.username
        pairs.append(
            (t("Source"), "\(SessionLook.name(session.source))\(by.map { name -> HTML in "<span class=\"sub\"><bdi>\(name)</bdi></span>" })"))
        if let reference = session.reference { pairs.append((t("Reference"), "<bdi>\(reference)</bdi>")) }
        if let client = session.clientID { pairs.append((t("Client id"), copying(client, t("Copy client id")))) }
        if let language = session.language { pairs.append((t("Language"), "\(language)")) }
        if let address = session.redirectURL { pairs.append((t("Goes on to"), "\(address)")) }
        pairs.append((t("Created"), parts.time(session.createdAt)))
        for (name, time) in [(t("Started"), session.startedAt), (t("Captured"), session.capturedAt), (t("Completed"), session.completedAt)] {
            if let time { pairs.append((name, parts.time(time))) }
        }
        pairs.append((t("Expires"), parts.time(session.deadline, none: t("Never"))))
        pairs.append((t("Id"), copying(session.id.description, t("Copy session id"))))
        return parts.details(pairs)
    }

    /// A text that is copied by a click.
    private static func copying(_ text: String, _ label: String) -> HTML {
        "<button class=\"id\" type=\"button\" aria-label=\"\(label)\">\(text)</button>"
    }

    // MARK: Notes

    private static func notes(_ shown: Shown, _ form: FormView, _ parts: Parts) -> HTML {
        let own = "\(path)/\(shown.session.id)"
        let items = shown.notes.items.map { note -> HTML in
            let initials = note.author.name.split(separator: " ").compactMap { $0.unicodeScalars.first.map(String.init) }.prefix(2).joined()
                .uppercased()
            let kind = SessionLook.kind(note.author)
            return """
                <li><span class="avatar" aria-hidden="true">\(initials)</span><div><p><strong><bdi>\(note.author.name)</bdi></strong> \
                <span class="muted">\(parts.time(note.at))\(if: kind != nil, " · \(kind)")</span></p><blockquote class="note-text"><bdi>\(note.text)</bdi></blockquote></div></li>
                """
        }
        let body: HTML = """
            \(items.isEmpty ? "<p class=\"muted\">\(t("No notes yet."))</p>" as HTML : "<ol class=\"timeline mb-3\">\(items)</ol>")\
            \(shown.notes.next.map { next -> HTML in "<p><a href=\"\(own)?notes=\(next.text)\">\(t("Older notes"))</a></p>" })\
            \(if: shown.mayWrite, """
            <form method="post" action="\(own)/notes" id="note">\(form.area("text", t("Add a note"), help: t("Notes stay: they cannot be edited or removed.")))\
            <button class="btn" type="submit">\(t("Add note"))</button></form>
            """)
            """
        return parts.card(t("Notes"), body)
    }

    static func addNote(_ call: Call, _ photos: any SessionPhotos) async throws -> Answer {
        let form = try call.form()
        do {
            let id = try await call.write(touches: .records) { permit, tx, ledger in
                let session = try Sessions.find(call.id(), permit, tx)
                let fields = try Fields(["text": typed("text", form)])
                let text = fields.text("text", 1...5000, multiline: true)
                try fields.finish()
                _ = try Sessions.addNote(text, to: session, permit, tx, ledger)
                return session.id
            }
            return .see(Done.noted.at("\(path)/\(id)"))
        } catch let problem as Problem where problem.isAboutInput {
            return try await page(call, FormView(Parts(call.house.assets), refused: form, problem), photos, status: problem.status)
        }
    }

    static func send(_ call: Call, _ photos: any SessionPhotos) async throws -> Answer {
        let form = try call.form()
        do {
            let id = try await call.write(touches: .records) { permit, tx, ledger in
                let session = try Sessions.find(call.id(), permit, tx)
                let email = try Sessions.address(Fields(JSON(members: form.texts("email"))))
                try Sessions.send(session, to: email, call.house.mail, permit, tx, ledger)
                return session.id
            }
            return .see(Done.sent.at("\(path)/\(id)"))
        } catch let problem as Problem where problem.isAboutInput {
            return try await page(call, FormView(Parts(call.house.assets), refused: form, problem), photos, status: problem.status)
        }
    }

    /// Browsers send lines with CR LF, which a person typed as one key.
    private static func typed(_ name: String, _ form: FormData) -> JSON {
        let text = String((form[name] ?? "").unicodeScalars.filter { $0 != "\r" }.map(Character.init)).trimmingWhitespace()
        return text.isEmpty ? .null : .string(text)
    }

    // MARK: Review

    private static func review(_ session: Session, _ status: SessionStatus, _ form: FormView, _ parts: Parts) -> HTML {
        guard status.mayBecome(.complete) || status.mayBecome(.invalid) else { return "" }
        let action = "\(path)/\(session.id)/review"
        let mayComplete = status.mayBecome(.complete)
        let isOpen = !mayComplete || !form.value("reason").isEmpty || form.value("outcome") == "INVALID"
        return parts.card(
            t("Review"),
            """
            <p class="muted">\(mayComplete ? t("Everything required is there. Is it good?") : t("It was captured, and does not wait for a confirmation yet."))</p>
            \(if: mayComplete, """
            <form method="post" action="\(action)" data-confirm="\(t("Complete %1?", session.code))" data-confirm-text="\(t("The session becomes final."))" data-confirm-action="\(t("Complete"))">\
            \(form.hidden("outcome", "COMPLETE"))<button class="btn btn-primary w-100" type="submit">\(parts.icon("check"))\(t("Complete"))</button></form>
            """)
            <details class="mt-3"\(flag: "open", isOpen)><summary>\(mayComplete ? t("Invalidate instead …") : t("Invalidate …"))</summary><form class="mt-2" method="post" action="\(action)">\
            \(form.hidden("outcome", "INVALID"))\(form.area("reason", t("Reason"), rows: 2, help: t("Final. The reason is kept in the history.")))\
            <button class="btn btn-danger" type="submit">\(t("Invalidate"))</button></form></details>
            """)
    }

    static func review(_ call: Call, _ photos: any SessionPhotos) async throws -> Answer {
        guard let access = try call.principal().access else { throw Refusal.noAccount }
        try Sessions.requireReviewer(access)
        let form = try call.form()
        do {
            if form["outcome"] == "COMPLETE", form["confirmed"] != "yes" { return try await askComplete(call) }
            let session = try await call.write(touches: .records) { permit, tx, ledger in
                try Sessions.requireReviewer(permit.access)
                let id: SessionID = try call.id()
                _ = try Sessions.find(id, permit, tx)
                let outcome = form["outcome"] ?? ""
                let fields = try Fields(["outcome": outcome.isEmpty ? .null : .string(outcome), "reason": typed("reason", form)])
                return try Sessions.review(id, SessionsAPI.outcome(fields), permit, tx, ledger)
            }
            return .see((session.status == .complete ? Done.completed : .invalidated).at("\(path)/\(session.id)"))
        } catch let problem as Problem where problem.isAboutInput {
            return try await page(call, FormView(Parts(call.house.assets), refused: form, problem), photos, status: problem.status)
        }
    }

    /// Asks once where no script has asked.
    private static func askComplete(_ call: Call) async throws -> Answer {
        let session = try await call.read { permit, tx in
            try Sessions.requireReviewer(permit.access)
            return try Sessions.find(call.id(), permit, tx)
        }
        guard call.status(of: session).mayBecome(.complete) else { throw Sessions.wrongStatus(session, at: call.now) }
        let frame = Frame(call)
        let form = FormView(frame.parts)
        let own = "\(path)/\(session.id)"
        let question = t("Complete %1?", session.code)
        let main = frame.parts.confirm(
            question, t("The session becomes final."), action: t("Complete"), path: own + "/review", back: own, dangerous: false,
            fields: form.hidden("outcome", "COMPLETE") + form.hidden("confirmed", "yes"))
        return frame.page(question, at: .sessions, narrow: true, mode: session.mode, main)
    }
}

extension Call {
    fileprivate func status(of session: Session) -> SessionStatus { session.status(at: now) }
}
