import LatchkeyAccess
import LatchkeyWeb

/// Who gains and who loses what, as a page shows it before it is done.
enum RoleEffects {
    /// So many people are named, and so many different effects.
    static let shown = 20

    /// Whether somebody ought to be asked.
    static func matter(_ preview: RolePreview, _ desk: RoleDesk) -> Bool { desk.seesUsers ? preview.affected > 0 : preview.holders > 0 }

    /// Above a form that waits for a yes.
    static func asked(_ preview: RolePreview, _ desk: RoleDesk, paths: Paths, _ parts: Parts) -> HTML {
        """
        <div class="alert alert-warning" role="alert" tabindex="-1" data-focus>\(parts.icon("alert"))\
        <div>\(t("Nothing is saved yet: this changes what people may do.")) <a href="#effects">\(t("See who gains and loses what"))</a></div></div>
        \(html(preview, desk, paths: paths, parts))
        """
    }

    static func html(_ preview: RolePreview, _ desk: RoleDesk, paths: Paths, _ parts: Parts) -> HTML {
        guard desk.seesUsers else {
            let text = t(
                "It is held by %1. What changes for each of them, you would see with access to %2.", RoleLook.people(preview.holders),
                wordInside(.users))
            return "<section class=\"card effects\" id=\"effects\" tabindex=\"-1\"><div class=\"card-body\"><p>\(text)</p></div></section>"
        }
        let groups = preview.groups.prefix(shown).map { group -> HTML in
            "<li><strong>\(RoleLook.people(group.people))</strong>\(changes(group.effect, desk, parts))</li>"
        }
        let rest = preview.groups.dropFirst(shown).reduce(0) { $0 + $1.people }
        let people = preview.people.map { person -> HTML in
            """
            <li><a href="\(paths.users)/\(person.holder.id)"><bdi>\(person.holder.name)</bdi></a> \(badges(person.effect, parts))</li>
            """
        }
        let unnamed = preview.affected - preview.people.count
        return """
            <section class="card effects" id="effects" tabindex="-1" aria-labelledby="effects-title"><div class="card-header">\
            <h2 id="effects-title">\(t("Who gains and loses what"))</h2></div><div class="card-body"><p>\(sentence(preview))</p>\
            \(if: !groups.isEmpty, "<ul class=\"effect-groups\">\(Array(groups))\(if: rest > 0, "<li>\(t("%1 more, in other ways", RoleLook.people(rest)))</li>")</ul>")\
            \(if: !people.isEmpty, """
            <details><summary>\(t("Who they are"))</summary><ul class="effect-people">\(people)\
            \(if: unnamed > 0, "<li>\(t("and %1", RoleLook.people(unnamed)))</li>")</ul></details>
            """)</div></section>
            """
    }

    private static func sentence(_ preview: RolePreview) -> String {
        let (holders, same) = (RoleLook.people(preview.holders), preview.holders - preview.affected)
        if preview.affected == 0 { return t("Held by %1: nobody gains or loses anything.", holders) }
        let counts = t("Held by %1: %2 gain and %3 lose something.", holders, String(preview.gaining), String(preview.losing))
        return same == 0 ? counts : counts + " " + t("For %1 nothing changes: they have the same from elsewhere.", RoleLook.people(same))
    }

    private static func badges(_ effect: RoleEffect, _ parts: Parts) -> HTML {
        let gain: HTML = effect.isGain ? parts.badge(t("Gains"), icon: "plus", tone: .good) : ""
        let loss: HTML = effect.isLoss ? parts.badge(t("Loses"), icon: "ban", tone: .bad) : ""
        return "\(gain) \(loss)"
    }

    private static func changes(_ effect: RoleEffect, _ desk: RoleDesk, _ parts: Parts) -> HTML {
        let screens = effect.screens.map { change in
            line(
                desk.name(change.screen), held(change.before, on: change.screen), held(change.after, on: change.screen), isGain: change.isGain, parts)
        }
        let functions = effect.functions.map { change in
            line(desk.name(change.function), word(change.before), word(change.after), isGain: change.isGain, parts)
        }
        return "<ul>\(screens + functions)</ul>"
    }

    private static func line(_ name: String, _ before: String, _ after: String, isGain: Bool, _ parts: Parts) -> HTML {
        """
        <li><span class="\(isGain ? "gain" as HTML : "loss")">\(isGain ? parts.icon("plus") : parts.icon("ban"))\
        <span class="visually-hidden">\(isGain ? t("Gain:") : t("Loss:")) </span></span><bdi>\(name)</bdi>: \(before)\(parts.icon("arrow-right"))\
        <span class="visually-hidden">\(t("to"))</span><strong>\(after)</strong></li>
        """
    }

    private static func word(_ level: Level) -> String {
        switch level {
        case .none: t("None")
        case .read: t("Read")
        case .full: t("Full")
        }
    }

    /// Two levels where reading goes wider than writing.
    private static func held(_ held: Held, on screen: Screen) -> String {
        guard Screen.withReach.contains(screen), held.level > .none else { return word(held.level) }
        let own = held.level(on: .own), all = held.level(on: .all)
        if own == all { return t("%1 (%2)", word(own), RoleLook.whose(.all)) }
        let first = t("%1 (%2)", word(own), RoleLook.whose(.own))
        return all == .none ? first : first + ", " + t("%1 (%2)", word(all), RoleLook.whose(.all))
    }
}
