import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Making, changing and deleting a session in the console.
enum SessionForm {
    private static let path = SessionsPages.path

    // MARK: New

    static func new(_ call: Call) async throws -> Answer {
        let wanted = call.pageQuery()["mode"].flatMap(APIKey.Mode.init) ?? .live
        return try await newPage(call) { keys in
            let key = keys.first { $0.mode == wanted } ?? keys.first
            return FormView(Parts(call.house.assets), values: ["api_key": [key?.id.description ?? ""]])
        }
    }

    static func create(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let id = try await call.write(touches: .records) { permit, tx, ledger in
                let fields = try Fields(input(form).adding("api_key", text("api_key", form)))
                let draft = try Sessions.draft(fields, at: ledger.now, permit, tx)
                return try Sessions.create(draft, sealing: call.house.masterKey, permit, tx, ledger).0.id
            }
            return .see(Done.created.at("\(path)/\(id)"))
        } catch let problem as Problem where problem.isAboutInput {
            return try await newPage(call, status: problem.status) { _ in FormView(Parts(call.house.assets), refused: form, problem) }
        }
    }

    /// The keys that this person holds and that sessions can be made under.
    private static func usableKeys(at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [APIKey] {
        var keys: [APIKey] = []
        var next = PageRequest(limit: 200)
        repeat {
            let page = try APIKeys.list(next, at: now, permit, tx)
            keys += page.items.filter { !$0.isDisabled }
            next.after = page.next
        } while next.after != nil
        return keys
    }

    private static func newPage(_ call: Call, status: Int = 200, _ view: ([APIKey]) -> FormView) async throws -> Answer {
        let keys = try await call.read { permit, tx in try usableKeys(at: call.now, permit, tx) }
        let frame = Frame(call)
        let parts = frame.parts
        let title = t("New session")
        let head = parts.head("\(title)", crumbs: [(t("Sessions"), path)])
        guard !keys.isEmpty else { return frame.page(title, at: .sessions, narrow: true, head + (try noKeys(call, parts)), status: status) }
        let form = view(keys)
        let options = keys.map { key in
            (value: key.id.description, text: key.mode == .test ? t("%1 (test)", key.name) : key.name)
        }
        let key = form.section(
            t("API key"), lead: t("It bounds who sees the session, and sets when it expires."), id: "s-key",
            [form.select("api_key", t("API key"), options, help: t("It stays: a session never changes its key."))])
        let main: HTML = """
            \(head)\(form.summary)<form method="post" action="\(path)">\(key)\(sections(form))\(form.actions(t("Create session"), cancel: path))</form>
            """
        return frame.page(title, at: .sessions, narrow: true, main, status: status)
    }

    private static func noKeys(_ call: Call, _ parts: Parts) throws -> HTML {
        let mayMake = try call.principal().access?.level(of: .apiKeys) == .full
        let text =
            mayMake
            ? t("Every session is made under an API key, and there is none in use that you hold. Create one, or enable one, first.")
            : t(
                "Every session is made under an API key, and you hold none that is in use. Ask whoever manages the users of this account to give you one."
            )
        let action =
            mayMake
            ? parts.link(t("API keys"), to: call.house.paths.apiKeys, icon: "key", primary: true)
            : parts.link(t("Need help?"), to: "/help", icon: "help")
        return parts.empty(t("You need an API key first"), text, icon: "key", actions: [action])
    }

    // MARK: Edit

    static func edit(_ call: Call) async throws -> Answer {
        let session = try await writable(call)
        // Nothing can be edited any more, and its own page says so.
        if session.status(at: call.now).isFinal { return .see("\(path)/\(session.id)") }
        return editPage(call, session, FormView(Parts(call.house.assets), values: values(session)), version: session.tag(at: call.now).text)
    }

    static func save(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let id = try await call.write(touches: .records) { permit, tx, ledger in
                try Sessions.update(
                    call.id(), { try Fields(input(form)) }, match: form.requireVersion, permit, tx, ledger
                ).id
            }
            return .see(Done.saved.at("\(path)/\(id)"))
        } catch let problem as Problem where problem.isAboutInput {
            let session = try await call.read { permit, tx in try Sessions.find(call.id(), permit, tx) }
            let view = FormView(Parts(call.house.assets), refused: form, problem)
            let version = form.version(after: problem, stored: session.tag(at: call.now))
            return editPage(call, session, view, version: version, isLost: problem.status == 412, status: problem.status)
        }
    }

    private static func writable(_ call: Call) async throws -> Session {
        try await call.read { permit, tx in
            let session = try Sessions.find(call.id(), permit, tx)
            try Sessions.requireWritable(session, permit)
            return session
        }
    }

    private static func editPage(
        _ call: Call, _ session: Session, _ form: FormView, version: String, isLost: Bool = false, status: Int = 200
    ) -> Answer {
        let frame = Frame(call)
        let own = "\(path)/\(session.id)"
        let title = t("Edit %1", session.code)
        let lost: HTML = """
            <h2>\(t("Somebody else changed this session while you were editing it. Nothing was saved."))</h2>\
            <a href="\(own)" target="_blank" rel="noopener">\(t("Look at it as it is now"))</a>. \(t("Saving again puts what is in this form in its place."))
            """
        let main: HTML = """
            \(frame.parts.head("\(title)", crumbs: [(t("Sessions"), path), (session.code, own)]))\
            \(isLost ? frame.parts.alert(lost, tone: .danger) : form.summary)
            <form method="post" action="\(own)">\(form.hidden("version", version))\(sections(form))\
            \(form.actions(t("Save changes"), cancel: own))</form>
            """
        return frame.page(title, at: .sessions, narrow: true, mode: session.mode, main, status: status)
    }

    // MARK: Fields, named as the verbs name them

    private static func sections(_ form: FormView) -> HTML {
        """
        \(form.section(t("Contact"), lead: t("The customer. First and last name, or neither."), id: "s-contact", [
            form.row(form.text("contact.first_name", t("First name"), optional: true), form.text("contact.last_name", t("Last name"), optional: true)),
            form.text("contact.phone", t("Mobile phone"), .phone, help: t("With country code, such as +47 400 12 345."), optional: true),
            form.text("contact.email", t("E-mail"), .email, optional: true),
        ]))
        \(form.section(t("Vehicle"), lead: t("As much as is known."), id: "s-vehicle", [
            form.text("vehicle.vin", t("VIN"), .identifier, help: t("17 characters, without I, O and Q. Model year and region are read from it."), optional: true),
            form.row(form.text("vehicle.year", t("Year"), .number, optional: true), form.text("vehicle.make", t("Make"), optional: true)),
            form.text("vehicle.model", t("Model"), optional: true),
            form.row(
                form.text("vehicle.odometer", t("Odometer"), .number, optional: true),
                form.select("vehicle.odometer_unit", t("Unit"), [(value: "km", text: t("km")), (value: "mi", text: t("miles"))])),
        ]))
        \(form.section(t("Reference"), id: "s-reference", [
            form.text("reference", t("Your own reference"), help: t("Such as a case or order number. It can be searched for."), optional: true),
        ]))
        """
    }

    /// What the form carries; a group that it does not carry stays as it is.
    private static func input(_ form: FormData) -> JSON {
        let contact: [(String, JSON)] = ["first_name", "last_name", "phone", "email"].map { ($0, text("contact." + $0, form)) }
        let vehicle: [(String, JSON)] = [
            ("vin", text("vehicle.vin", form)), ("year", form.number("vehicle.year")), ("make", text("vehicle.make", form)),
            ("model", text("vehicle.model", form)), ("odometer", form.number("vehicle.odometer")),
            ("odometer_unit", text("vehicle.odometer_unit", form)),
        ]
        var members: [(String, JSON)] = []
        if form.names.contains(where: { $0.hasPrefix("contact.") }) { members.append(("contact", JSON(members: contact))) }
        if form.names.contains(where: { $0.hasPrefix("vehicle.") }) { members.append(("vehicle", JSON(members: vehicle))) }
        if form["reference"] != nil { members.append(("reference", text("reference", form))) }
        return JSON(members: members)
    }

    /// What was typed; white space alone is nothing.
    private static func text(_ name: String, _ form: FormData) -> JSON {
        let text = (form[name] ?? "").trimmingWhitespace()
        return text.isEmpty ? .null : .string(text)
    }

    private static func values(_ session: Session) -> [String: [String]] {
        let contact = session.contact, vehicle = session.vehicle
        let texts: [String: String?] = [
            "contact.first_name": contact.firstName, "contact.last_name": contact.lastName, "contact.phone": contact.phone,
            "contact.email": contact.email, "vehicle.vin": vehicle.vin, "vehicle.year": vehicle.year.map { String($0) }, "vehicle.make": vehicle.make,
            "vehicle.model": vehicle.model, "vehicle.odometer": vehicle.odometer.map { String($0) }, "vehicle.odometer_unit": vehicle.unit?.rawValue,
            "reference": session.reference,
        ]
        return texts.compactMapValues { $0 }.mapValues { [$0] }
    }

    // MARK: Delete

    static func askDelete(_ call: Call) async throws -> Answer {
        let session = try await writable(call)
        guard session.status(at: call.now) == .idle else { return undeletable(call, session, Sessions.wrongStatus(session, at: call.now)) }
        let frame = Frame(call)
        let question = t("Delete %1?", session.code)
        let consequences = t(
            "It is gone for good, with its events and notes; history keeps that it was there. Only a session that nobody has begun can be deleted.")
        let own = "\(path)/\(session.id)"
        let main = frame.parts.confirm(question, consequences, action: t("Delete"), path: own + "/delete", back: own)
        return frame.page(question, at: .sessions, narrow: true, mode: session.mode, main)
    }

    static func delete(_ call: Call) async throws -> Answer {
        do {
            let mode = try await call.write(touches: .records) { permit, tx, ledger in
                let session = try Sessions.find(call.id(), permit, tx)
                try Sessions.delete(session.id, permit, tx, ledger)
                return session.mode
            }
            return .see(Done.deleted.at(mode == "test" ? path + "?mode=test" : path))
        } catch let problem as Problem where problem.isAboutInput {
            let session = try await call.read { permit, tx in try Sessions.find(call.id(), permit, tx) }
            return undeletable(call, session, problem)
        }
    }

    private static func undeletable(_ call: Call, _ session: Session, _ problem: Problem) -> Answer {
        let frame = Frame(call)
        let own = "\(path)/\(session.id)"
        let main: HTML = """
            \(frame.parts.head("<span class=\"mono\">\(session.code)</span>", crumbs: [(t("Sessions"), path)]))\
            \(frame.parts.alert("\(problem.detail)", tone: .danger))\(frame.parts.link(t("Back"), to: own))
            """
        return frame.page(session.code, at: .sessions, narrow: true, mode: session.mode, main, status: problem.status)
    }
}
