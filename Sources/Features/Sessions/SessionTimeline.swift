import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb

/// What happened to a session, newest first, in sentences.
enum SessionTimeline {
    static func card(_ events: Page<SessionEvent>, of session: Session, _ parts: Parts) -> HTML {
        let older = events.next.map { next -> HTML in
            "<p class=\"mt-2\"><a href=\"\(SessionsPages.path)/\(session.id)?events=\(next.text)\">\(t("Older events"))</a></p>"
        }
        return parts.card(t("Events"), "<ol class=\"timeline\">\(events.items.map { item($0, parts) })</ol>\(older)")
    }

    private static func item(_ event: SessionEvent, _ parts: Parts) -> HTML {
        let (icon, tone) = look(event.type)
        let kind = SessionLook.kind(event.actor)
        let reason = event.data["reason"]?.text
        return """
            <li><span class="dot\(tone)">\(parts.icon(icon))</span><div><p>\(sentence(event))</p>\
            <span class="sub">\(parts.time(event.at))\(if: kind != nil, " · \(kind)")</span>\
            \(if: reason != nil, "<blockquote class=\"note-text\"><bdi>\(reason)</bdi></blockquote>")</div></li>
            """
    }

    private static func look(_ type: String) -> (StaticString, HTML) {
        switch type {
        case "session.created": ("plus", "")
        case "session.changed": ("edit", "")
        case "session.noted": ("note", "")
        case "session.handed_over": ("switch", "")
        case "session.sent": ("mail", "")
        case "session.answered": ("edit", " dot-info")
        case "session.photographed": ("camera", " dot-info")
        case "session.started": ("st-started", " dot-info")
        case "session.process": ("st-process", " dot-info")
        case "session.captured": ("st-captured", " dot-info")
        case "session.confirm": ("st-confirm", " dot-warn")
        case "session.completed": ("st-complete", " dot-good")
        case "session.invalidated": ("st-invalid", " dot-bad")
        case "session.expired": ("st-expired", "")
        default: ("info", "")
        }
    }

    private static func sentence(_ event: SessionEvent) -> HTML {
        let did: String
        switch event.type {
        case "session.created": did = t("created the session")
        case "session.changed":
            let fields = event.data["fields"]?.elements.compactMap(\.text).map { SessionLook.name(field: $0) } ?? []
            did = fields.isEmpty ? t("changed the session") : t("changed: %1", fields.joined(separator: ", "))
        case "session.noted": did = t("added a note")
        case "session.handed_over": did = t("handed the session over to %1", event.data["name"]?.text ?? "")
        case "session.sent": did = t("mailed the capture link to %1", event.data["email"]?.text ?? "")
        case "session.completed": did = t("completed the session")
        case "session.invalidated": did = t("invalidated the session")
        // What happens to a session by itself, or on a phone, is said without a name.
        case "session.photographed":
            return "\(t("A photo came in: %1", CaptureStep.named(event.data["step"]?.text ?? "")?.label ?? ""))"
        case "session.started": return "\(t("Started on a phone"))"
        case "session.answered":
            let step = event.data["step"]?.text.flatMap(CaptureStep.named)?.label ?? ""
            return "\(t("Typed on a phone: %1", step))"
        case "session.process": return "\(t("The first photo came in"))"
        case "session.captured": return "\(t("Everything required is there"))"
        case "session.confirm": return "\(t("Waiting for confirmation"))"
        case "session.expired": return "\(t("Expired"))"
        default: did = event.type.split { $0 == "." || $0 == "_" }.joined(separator: " ")
        }
        return "<strong><bdi>\(event.actor.name)</bdi></strong> \(did)"
    }
}
