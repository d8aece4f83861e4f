import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// What can be done with sessions. A session that the principal does not see is `Hidden`; one that is seen but not writable is 403 `not_owner`.
package enum Sessions {
    // MARK: Finding

    /// - Throws: `Hidden`.
    package static func find(_ id: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Session {
        guard let session = try SessionStore.find(id, permit, tx) else { throw Hidden() }
        return session
    }

    /// One that this principal reaches by another screen than `sessions`.
    /// - Throws: `Hidden`.
    package static func find(_ id: SessionID, by screen: Screen, _ level: Level, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Session
    {
        guard let session = try SessionStore.find(id, in: permit.access.visibility(of: screen, at: level), permit, tx) else { throw Hidden() }
        return session
    }

    package static func list(
        _ filter: SessionFilter, _ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<Session> {
        let total = try page.wantsTotal ? SessionStore.count(filter, at: now, permit, tx) : nil
        return Page(try SessionStore.list(filter, page, at: now, permit, tx), limit: page.limit, total: total) { $0.id.description }
    }

    package static func count(_ filter: SessionFilter, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try SessionStore.count(filter, at: now, permit, tx)
    }

    // MARK: Making

    /// A session as its fields describe it, not stored yet. Key, owner and source are stamped here and never follow later edits.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    package static func draft(_ fields: Fields, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Session {
        let key = try key(fields, at: now, permit, tx)
        let (owner, ownerName) = try owner(fields, under: key, at: now, permit, tx)
        let isDashboard = permit.login != nil
        let name = permit.user == nil ? permit.actor.name : try SessionWriteStore.username(permit, tx)
        var session = Session(
            id: .new(at: now), code: "", status: .idle, mode: key?.mode.rawValue ?? "live", apiKey: key?.id ?? .new(at: now), owner: owner,
            ownerName: ownerName, source: isDashboard ? .dashboard : .api, apiKeyName: key?.name ?? "", linkName: nil,
            username: isDashboard ? name : nil, contact: .init(), vehicle: .init(), clientID: nil, reference: nil, language: key?.language,
            redirectURL: key?.redirectURL, invalidReason: nil, createdAt: now, startedAt: nil, capturedAt: nil, completedAt: nil,
            deadline: key?.sessionExpiry.seconds.map { now.adding(seconds: $0) })
        SessionFields.read(fields, into: &session)
        if fields.isAbsent("language") { session.language = key?.language }
        if fields.isAbsent("redirect_url") { session.redirectURL = key?.redirectURL }
        try fields.finish()
        return session
    }

    /// The key that is named and held, or the only one that an API key has. A disabled one cannot be used (ruling 14).
    private static func key(_ fields: Fields, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> APIKey? {
        if permit.actor.kind == .apiKey {
            if !fields.isAbsent("api_key") { fields.invalid("api_key", "not_allowed", "The session is made under the API key that asks.") }
            guard case .only(let keys) = permit.keys, let own = keys.first else { return nil }
            return try APIKeys.find(own, at: now, permit, tx)
        }
        if fields.isAbsent("api_key") {
            fields.invalid("api_key", "required", "This is required.")
            return nil
        }
        guard let id: APIKeyID = fields.optionalID("api_key") else { return nil }
        do {
            let key = try APIKeys.find(id, at: now, permit, tx)
            if !key.isDisabled { return key }
        } catch is Hidden {}
        fields.unknownReference("api_key")
        return nil
    }

    /// Ruling 13: by a login only oneself, by a switched administrator nobody, by an API key or integration whom it names or nobody.
    private static func owner(
        _ fields: Fields, under key: APIKey?, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> (UserID?, String?) {
        let named: UserID? = fields.optionalID("owner")
        if let user = permit.user {
            if named != nil, named != user { fields.unknownReference("owner") }
            return (user, permit.actor.name)
        }
        guard let named else { return (nil, nil) }
        guard permit.login == nil, let key, let name = try SessionWriteStore.ownerName(named, holding: key.id, at: now, permit, tx) else {
            fields.unknownReference("owner")
            return (nil, nil)
        }
        return (named, name)
    }

    /// Stores a draft and gives it its code, and the token of its capture URL.
    package static func create(
        _ draft: Session, sealing masterKey: MasterKey, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> (Session, capture: Secret) {
        var session = draft
        let account = try AccountFacts.of(permit, tx).name
        var tries = 0
        repeat {
            // Some 20 million codes have five characters: an account that comes near them gets six.
            session.code = SessionCode.random(account: account, length: tries < 8 ? 5 : 6)
            tries += 1
        } while try SessionWriteStore.isTaken(session.code, permit, tx)
        try SessionWriteStore.insert(session, permit, tx)
        let capture = try CaptureTokens.issue(for: session.id, sealing: masterKey, at: ledger.now, permit, tx)
        try SessionRecordStore.append(event: "session.created", to: session.id, data: [:], at: ledger.now, permit, tx)
        if session.startedAt != nil { try SessionRecordStore.append(event: "session.started", to: session.id, data: [:], at: ledger.now, permit, tx) }
        let stamped: [Change] = [
            Change("api_key", to: .string(session.apiKeyName)), Change("owner", to: JSON(session.ownerName)),
            Change("source", to: .string(session.source.rawValue)), Change("link", to: JSON(session.linkName)),
        ]
        let filled = Change.between([:], session.details).filter {
            $0.to != .null && $0.to != Session.Contact().json && $0.to != Session.Vehicle().json
        }
        try ledger.record("session.created", session.subject, stamped.filter { $0.to != .null } + filled)
        ledger.announce(session.happening)
        return (session, capture)
    }

    // MARK: Changing

    /// Changes the fields that are named.
    /// - Throws: `Hidden`; `Problem` 400, 422, 403 `not_owner`, 409 `session_final`, 412.
    package static func update(
        _ id: SessionID, _ fields: () throws -> Fields, match: (ETag) throws -> Void, _ permit: borrowing Permit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> Session {
        let before = try find(id, permit, tx)
        let fields = try fields()
        fields.immutable("id", "code", "status", "mode", "api_key", "owner", "source", "created_at")
        var session = before
        SessionFields.read(fields, into: &session)
        try fields.finish()
        try requireWritable(before, permit)
        let changes = Change.between(before.details, session.details)
        if before.status(at: ledger.now).isFinal, !changes.isEmpty {
            throw Problem.conflict("session_final", "This session is \(before.status(at: ledger.now).rawValue): it does not change any more.")
        }
        try match(before.tag(at: ledger.now))
        if changes.isEmpty { return before }
        try SessionWriteStore.update(session, rewords: before.words != session.words, permit, tx)
        let fieldsChanged = JSON(changes.map(\.field))
        try SessionRecordStore.append(event: "session.changed", to: id, data: ["fields": fieldsChanged], at: ledger.now, permit, tx)
        try ledger.record("session.changed", session.subject, changes)
        ledger.announce(session.happening)
        return session
    }

    /// Sets the vehicle as its customer has typed it.
    package static func capture(
        _ vehicle: Session.Vehicle, of before: Session, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Session {
        var session = before
        session.vehicle = vehicle
        let changes = Change.between(before.details, session.details)
        if changes.isEmpty { return before }
        try SessionWriteStore.update(session, rewords: before.words != session.words, permit, tx)
        let data: JSON = ["fields": JSON(changes.map(\.field))]
        try SessionRecordStore.append(event: "session.changed", to: session.id, data: data, at: ledger.now, permit, tx)
        try ledger.record("session.changed", session.subject, changes)
        return session
    }

    /// Writes down that a customer typed the answer to a step.
    package static func noteAnswer(
        to session: Session, step: CaptureStep, _ text: String, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        let data: JSON = ["step": .string(step.id)]
        try SessionRecordStore.append(event: "session.answered", to: session.id, data: data, at: ledger.now, permit, tx)
        try ledger.record("session.answered", session.subject, [Change("step", to: .string(step.id)), Change("text", to: .string(text))])
    }

    /// Notes an accepted photo of a session; the caller keeps it.
    package static func notePhoto(
        to session: Session, step: CaptureStep, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        try SessionRecordStore.append(
            event: "session.photographed", to: session.id, data: ["step": .string(step.id)], at: ledger.now, permit, tx)
        try ledger.record("session.photographed", session.subject, [Change("step", to: .string(step.id))])
        ledger.announce(session.happening)
    }

    /// Deletes a session that nobody has begun.
    /// - Throws: `Hidden`; `Problem` 403 `not_owner`, 409 `wrong_status`.
    package static func delete(_ id: SessionID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let session = try find(id, permit, tx)
        try requireWritable(session, permit)
        guard session.status(at: ledger.now) == .idle else { throw wrongStatus(session, at: ledger.now) }
        try SessionWriteStore.delete(id, permit, tx)
        try ledger.record("session.deleted", session.subject)
        ledger.announce(session.happening)
    }

    /// Adds a note.
    /// - Throws: `Hidden`; `Problem` 400, 422, 403 `not_owner`.
    package static func addNote(
        _ text: String, to session: Session, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> SessionNote {
        try requireWritable(session, permit)
        let note = SessionNote(seq: 0, id: .new(at: ledger.now), at: ledger.now, author: permit.actor, text: text)
        try SessionRecordStore.append(note, to: session.id, permit, tx)
        try SessionRecordStore.append(event: "session.noted", to: session.id, data: ["note": JSON(note.id)], at: ledger.now, permit, tx)
        // The text stays with the session: history says that it was written, and by whom.
        try ledger.record("session.noted", session.subject, [Change("note", to: JSON(note.id))])
        ledger.announce(session.happening)
        return note
    }

    // MARK: Review

    /// What a reviewer decides.
    package enum Outcome: Sendable, Hashable {
        case complete
        case invalid(reason: String)
    }

    /// Reviewing needs `sessions` at full with reach `all`, which is judged before the record is looked up.
    package static func requireReviewer(_ access: Access) throws {
        guard access.screens[.sessions]?.covers(ScreenGrant(.full, reach: .all)) ?? false else { throw Refusal.levelTooLow(.sessions, .full) }
    }

    /// - Throws: `Hidden`; `Problem` 409 `wrong_status`.
    package static func review(
        _ id: SessionID, _ outcome: Outcome, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Session {
        try requireReviewer(permit.access)
        let session = try find(id, permit, tx)
        switch outcome {
        case .complete: return try advance(session, to: .complete, permit, tx, ledger)
        case .invalid(let reason): return try advance(session, to: .invalid, reason: reason, permit, tx, ledger)
        }
    }

    /// Takes a session one step on. Capture takes it from IDLE to CONFIRM, a reviewer from there.
    /// - Throws: `Problem` 409 `wrong_status`.
    package static func advance(
        _ before: Session, to status: SessionStatus, reason: String? = nil, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Session {
        guard before.status(at: ledger.now).mayBecome(status) else { throw wrongStatus(before, at: ledger.now) }
        return try move(before, to: status, reason: reason, permit, tx, ledger)
    }

    @discardableResult
    private static func move(
        _ before: Session, to status: SessionStatus, reason: String? = nil, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Session {
        var session = before
        session.status = status
        session.invalidReason = reason
        switch status {
        case .started: session.startedAt = ledger.now
        case .captured: session.capturedAt = ledger.now
        case .complete: session.completedAt = ledger.now
        default: break
        }
        try SessionWriteStore.update(session, rewords: false, permit, tx)
        let data: JSON = reason.map { ["reason": .string($0)] } ?? [:]
        let name = "session." + (status == .complete ? "completed" : status == .invalid ? "invalidated" : status.rawValue.lowercased())
        try SessionRecordStore.append(event: name, to: session.id, data: data, at: ledger.now, permit, tx)
        var changes = [Change("status", from: .string(before.status.rawValue), to: .string(status.rawValue))]
        if let reason { changes.append(Change("invalid_reason", to: .string(reason))) }
        try ledger.record(name, session.subject, changes)
        ledger.announce(session.happening)
        return session
    }

    /// Marks a session as expired once its deadline has passed.
    static func expire(_ id: SessionID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let before = try find(id, permit, tx)
        guard before.status.mayBecome(.expired), before.status(at: ledger.now) == .expired else { return }
        try move(before, to: .expired, permit, tx, ledger)
    }

    // MARK: Events and notes

    package static func events(
        of id: SessionID, _ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<SessionEvent> {
        let rows = try SessionRecordStore.events(of: id, before: page.after.flatMap { Int64($0.key) }, limit: page.limit + 1, permit, tx)
        let total = try page.wantsTotal ? SessionRecordStore.count(notes: false, of: id, permit, tx) : nil
        return Page(rows, limit: page.limit, total: total) { String($0.seq) }
    }

    package static func notes(
        of id: SessionID, _ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<SessionNote> {
        let rows = try SessionRecordStore.notes(of: id, before: page.after.flatMap { Int64($0.key) }, limit: page.limit + 1, permit, tx)
        let total = try page.wantsTotal ? SessionRecordStore.count(notes: true, of: id, permit, tx) : nil
        return Page(rows, limit: page.limit, total: total) { String($0.seq) }
    }

    // MARK: Rules

    package static func isWritable(_ session: Session, _ access: Access) -> Bool { session.isVisible(in: access.visibility(at: .full)) }

    static func requireWritable(_ session: Session, _ permit: borrowing Permit) throws {
        if !session.isVisible(in: permit.writableSessions) {
            throw Problem(403, "not_owner", "You may see this session, but only its owner may change it.")
        }
    }

    package static func wrongStatus(_ session: Session, at now: Timestamp) -> Problem {
        .conflict("wrong_status", "This cannot be done while the session is \(session.status(at: now).rawValue).")
    }
}
