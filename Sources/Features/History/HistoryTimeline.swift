import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb

/// Where the lines of a timeline lead.
package struct HistoryLeads: Sendable {
    /// To what somebody did.
    var actor: (@Sendable (HistoryEntry) -> String)?
    /// To what happened to a thing.
    var subject: (@Sendable (HistoryEntry) -> String)?
    /// To the question whether a field is to be as it was before; nil where it cannot be.
    var restoring: (@Sendable (HistoryEntry, String) -> String?)?
    /// To the question whether the whole thing is to be as it was before.
    var restoringAll: (@Sendable (HistoryEntry) -> String?)?

    package init(
        actor: (@Sendable (HistoryEntry) -> String)? = nil, subject: (@Sendable (HistoryEntry) -> String)? = nil,
        restoring: (@Sendable (HistoryEntry, String) -> String?)? = nil, restoringAll: (@Sendable (HistoryEntry) -> String?)? = nil
    ) {
        self.actor = actor
        self.subject = subject
        self.restoring = restoring
        self.restoringAll = restoringAll
    }
}

/// Entries as a timeline: who did what to whom, when, from where, and what changed from what to what, by the names that things had then.
package enum HistoryTimeline {
    package static func html(_ entries: [HistoryEntry], _ parts: Parts, _ leads: HistoryLeads = HistoryLeads()) -> HTML {
        "<ol class=\"timeline\">\(entries.map { item($0, parts, leads) })</ol>"
    }

    private static func item(_ entry: HistoryEntry, _ parts: Parts, _ leads: HistoryLeads) -> HTML {
        let look = look(entry.action)
        let isOneself = entry.actorID == entry.subjectID
        let address = entry.address
        let actor = name(entry.actorName, erased: entry.details == nil, leads.actor?(entry))
        let subject: HTML =
            isOneself || entry.subjectName.isEmpty ? "" : " \(name(entry.subjectName, erased: false, leads.subject?(entry)))"
        let whole: HTML =
            leads.restoringAll?(entry).map { path -> HTML in
                "<p><a class=\"btn btn-sm\" href=\"\(path)\">\(parts.icon("refresh"))\(t("Restore all of it as it was before this"))</a></p>"
            } ?? ""
        return """
            <li><span class="dot\(look.tone)">\(parts.icon(look.icon))</span><div><p>\(if: Words.own[.actor] != nil, "<span class=\"muted\">\(word(.actor)):</span> ")\(actor)\
            \(if: entry.onBehalfOf != nil, " (\(t("as %1", entry.onBehalfOf ?? "")))") \(sentence(entry.action))\(subject)</p>\
            <span class="sub">\(parts.time(entry.at))\(if: !address.isEmpty && address != "local", " · \(t("from %1", address))")</span>\
            \(if: entry.details == nil, "<p class=\"muted\">\(t("What was said here was erased."))</p>")\
            \(diff(entry, parts, leads))\(whole)</div></li>
            """
    }

    private static func name(_ name: String, erased: Bool, _ path: String?) -> HTML {
        let text: HTML = erased ? "<span class=\"muted\">\(t("Somebody (erased)"))</span>" : "<strong><bdi>\(name)</bdi></strong>"
        return path.map { path -> HTML in "<a href=\"\(path)\">\(text)</a>" } ?? text
    }

    /// Ids of logins and notes say nothing to people.
    private static let hidden: Set<String> = ["login", "note", "entries_hash"]

    private static func diff(_ entry: HistoryEntry, _ parts: Parts, _ leads: HistoryLeads) -> HTML {
        let changes = entry.changes.filter { !hidden.contains($0["field"]?.text ?? "") }
        if changes.isEmpty { return "" }
        return diff(changes, names: entry.names, parts) { field, from in
            leads.restoring?(entry, field).map { path -> HTML in
                " <a class=\"btn btn-sm\" href=\"\(path)\">\(t("Restore"))<span class=\"visually-hidden\"> \(fieldName(field)): \(from)</span></a>"
            } ?? ""
        }
    }

    /// What changed from what to what, field by field; `after` is what stands after each.
    package static func diff(
        _ changes: [JSON], names: [String: String], _ parts: Parts, after: (_ field: String, _ from: String) -> HTML = { _, _ in "" }
    ) -> HTML {
        let rows = changes.map { change -> HTML in
            let field = change["field"]?.text ?? ""
            let from = shown(change["from"], names), to = shown(change["to"], names)
            return """
                <dt>\(fieldName(field))</dt><dd>\
                \(if: !from.isEmpty, "<span class=\"visually-hidden\">\(t("from"))</span><del>\(from)</del>\(parts.icon("arrow-right"))")\
                <span class="visually-hidden">\(t("to"))</span>\(to.isEmpty ? "<span class=\"muted\">\(t("nothing"))</span>" as HTML : "<ins>\(to)</ins>")\(after(field, from))</dd>
                """
        }
        return "<dl class=\"diff\">\(rows)</dl>"
    }

    /// A value of a change as a person reads it; ids by the names that they had.
    package static func shown(_ value: JSON?, _ names: [String: String]) -> String {
        switch value {
        case nil, .null: ""
        case .string("all"): t("All")
        case .string(let text): names[text] ?? text
        case .int(let number): String(number)
        case .bool(let answer): answer ? t("yes") : t("no")
        case .array(let items): items.map { shown($0, names) }.joined(separator: ", ")
        case let other?: String(decoding: other.encode(), as: UTF8.self)
        }
    }

    /// `first_name` as a person reads it: First name.
    package static func fieldName(_ field: String) -> String {
        let words = field.split(whereSeparator: { $0 == "_" || $0 == "." }).joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    private static func look(_ action: String) -> (icon: StaticString, tone: HTML) {
        switch action.split(separator: ".").last ?? "" {
        case "created", "enabled", "completed": ("plus", " dot-good")
        case "disabled", "deleted", "invalidated", "closed", "failed": ("ban", " dot-bad")
        case "opened", "switched": ("switch", "")
        case "rotated", "password_set", "password_changed": ("lock", "")
        case "noted": ("note", " dot-info")
        default: ("edit", " dot-info")
        }
    }

    /// What an action says between the names of who did it and of what it was done to.
    private static func sentence(_ action: String) -> String {
        switch action {
        case "user.created": t("created the %1", wordInside(.user))
        case "user.changed": t("changed the %1", wordInside(.user))
        case "user.disabled": t("%1 the %2", wordInside(.disabled), wordInside(.user))
        case "user.enabled": t("let sign in again the %1", wordInside(.user))
        case "user.handed_over": t("handed over everything of the %1", wordInside(.user))
        case "history.erased": t("erased the data of")
        case "user.password_set": t("set the password of")
        case "user.password_changed": t("changed their own password")
        case "factor.added": t("added a second step")
        case "factor.removed": t("removed a second step")
        case "factor.reset": t("reset the second step of")
        case "recovery_codes.renewed": t("made new recovery codes")
        case "recovery_code.used": t("used a recovery code")
        case "login.opened": t("signed in")
        case "login.failed": t("failed to sign in")
        case "login.closed": t("closed a sign-in of")
        case "login.disowned": t("said that a sign-in was not theirs")
        case "role.created": t("created the %1", wordInside(.role))
        case "role.changed": t("changed the %1", wordInside(.role))
        case "role.deleted": t("deleted the %1", wordInside(.role))
        case "api_key.created": t("created the API key")
        case "api_key.changed": t("changed the API key")
        case "api_key.rotated": t("made a new secret for the API key")
        case "api_key.disabled": t("disabled the API key")
        case "api_key.enabled": t("enabled the API key")
        case "api_key.deleted": t("deleted the API key")
        case "session.created": t("created the session")
        case "session.changed": t("changed the session")
        case "session.noted": t("added a note to the session")
        case "session.sent": t("mailed the capture link of the session")
        case "session.completed": t("completed the session")
        case "session.invalidated": t("invalidated the session")
        case "session.deleted": t("deleted the session")
        case "session.photos_exported": t("downloaded the photos of the session")
        case "session.started": t("started the session")
        case "session.answered": t("typed an answer for the session")
        case "session.captured": t("finished the photos of the session")
        case "session.confirm": t("handed in the session")
        case "session.expired": t("marked as expired the session")
        case "link.created": t("created the link")
        case "link.changed": t("changed the link")
        case "account.switched": t("switched into the account")
        case "account.created": t("created the account")
        case "account.changed": t("changed the account")
        case "account.disabled": t("disabled the account")
        case "account.enabled": t("enabled the account")
        case "group.created": t("created the group")
        case "group.changed": t("changed the group")
        case "group.deleted": t("deleted the group")
        case "administrator.created": t("created the administrator")
        case "administrator.changed": t("changed the administrator")
        case "administrator.disabled": t("disabled the administrator")
        case "administrator.enabled": t("let sign in again the administrator")
        case "administrator.switched": t("switched into the administrator")
        case "administrator.password_changed": t("set the password of")
        case "administrator.activation_sent": t("mailed a link to choose the first password to")
        case "administrator.activated": t("chose the first password of")
        case "enterprise.created": t("set up the enterprise")
        case "enterprise.changed": t("changed the settings of")
        case "catalogue.changed": t("changed the catalogue of")
        case "settings.changed": t("changed the security settings")
        case "review.created": t("began the access review")
        case "review.changed": t("changed the access review")
        case "review.reminded": t("reminded of the access review")
        case "review.ended": t("ended the access review")
        case "review.closed": t("closed the access review")
        case "review.exported": t("downloaded the access review")
        case "review.answered": t("answered in an access review about")
        case "review.unanswered": t("settled, as nobody had answered, the access of")
        default: action.split(whereSeparator: { $0 == "." || $0 == "_" }).joined(separator: " ")
        }
    }
}
