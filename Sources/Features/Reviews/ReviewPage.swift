import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// One review: how it stands, who has what, and saying of each whether it is right.
enum ReviewPage {
    static func badge(_ status: Review.Status, _ parts: Parts) -> HTML {
        switch status {
        case .open: parts.badge(t("Open"), icon: "st-on", tone: .good)
        case .ending: parts.badge(t("Ending"), icon: "st-pending", tone: .warning)
        case .closed: parts.badge(t("Closed"), icon: "st-off")
        }
    }

    /// What the URL asks for; what it cannot mean is left out.
    private struct Asked: Sendable {
        var standing: ReviewItemFilter.Standing?
        var after: Cursor?

        init(_ query: FormData) {
            standing = query["standing"].flatMap(ReviewItemFilter.Standing.init(rawValue:))
            after = query["after"].flatMap(Cursor.init(text:))
        }

        func url(_ review: Review, standing: ReviewItemFilter.Standing?, after: Cursor? = nil) -> String {
            var query: [(String, String)] = []
            if let standing { query.append(("standing", standing.rawValue)) }
            if let after { query.append(("after", after.text)) }
            return ReviewsPages.path(review) + (query.isEmpty ? "" : "?" + PercentEncoding.query(query))
        }
    }

    private struct Found: Sendable {
        let review: Review
        let page: Page<ReviewItem>
        let access: Access
    }

    private static func find(_ call: Call, _ asked: Asked) async throws -> Found {
        try await call.read { permit, tx in
            let review = try Reviews.find(call.id(), permit, tx)
            let filter = ReviewItemFilter(standing: asked.standing)
            return Found(
                review: review, page: try Reviews.items(of: review, filter, PageRequest(after: asked.after), permit, tx), access: permit.access)
        }
    }

    static func show(_ call: Call) async throws -> Answer {
        let asked = Asked(call.pageQuery())
        let found = try await find(call, asked)
        var values: [String: [String]] = [:]
        for item in found.page.items {
            if let given = item.given {
                values[name("answer", item)] = [given.answer.rawValue]
                values[name("comment", item)] = [given.comment ?? ""]
            }
        }
        return page(call, found, asked, FormView(Parts(call.house.assets), values: values))
    }

    private static func name(_ field: String, _ item: ReviewItem) -> String { "\(field).\(item.user).\(item.role)" }

    // MARK: Answering

    /// What was chosen in the form, row by row; rows without a choice and without a word are left as they are.
    private static func chosen(_ form: FormData) -> [(row: String, wish: JSON)] {
        var rows: [String] = []
        for field in form.fields {
            let parts = field.name.split(separator: ".", maxSplits: 1).map { String($0) }
            guard parts.count == 2, parts[0] == "answer" || parts[0] == "comment", !rows.contains(parts[1]) else { continue }
            rows.append(parts[1])
        }
        return rows.compactMap { row in
            let answer = form["answer." + row] ?? "", comment = (form["comment." + row] ?? "").trimmingWhitespace()
            if answer.isEmpty, comment.isEmpty { return nil }
            let ids = row.split(separator: ".").map { String($0) }
            return (
                row,
                [
                    "user": .string(ids.first ?? ""), "role": .string(ids.count > 1 ? ids[1] : ""),
                    "answer": answer.isEmpty ? .null : .string(answer), "comment": comment.isEmpty ? .null : .string(comment),
                ]
            )
        }
    }

    static func answer(_ call: Call) async throws -> Answer {
        let form = try call.form()
        let asked = Asked(form)
        let chosen = chosen(form)
        if chosen.isEmpty {
            let review = try await call.read { permit, tx in try Reviews.find(call.id(), permit, tx) }
            return .see(asked.url(review, standing: asked.standing, after: asked.after))
        }
        do {
            let review = try await call.write { permit, tx, ledger in
                try Reviews.answer(call.id(), { try Fields(["answers": .array(chosen.map(\.wish))]) }, permit, tx, ledger)
            }
            return .see(Done.saved.at(asked.url(review, standing: asked.standing, after: asked.after)))
        } catch let problem as Problem where problem.isAboutInput || problem.code == "own_access" {
            var named = problem
            // `answers.3.comment` is the comment of the fourth row.
            named.errors = problem.errors.map { error in
                let parts = error.field.split(separator: ".").map { String($0) }
                guard parts.count >= 2, parts[0] == "answers", let index = Int(parts[1]), chosen.indices.contains(index) else { return error }
                let field = parts.count > 2 && parts[2] == "comment" ? "comment." : "answer."
                return .init(field + chosen[index].row, error.code, error.message)
            }
            let found = try await find(call, asked)
            return page(call, found, asked, FormView(Parts(call.house.assets), refused: form, named), status: problem.status)
        }
    }

    // MARK: The page

    private static func page(_ call: Call, _ found: Found, _ asked: Asked, _ form: FormView, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let review = found.review
        let mayAnswer = found.access.level(of: .users) == .full && review.status(at: call.now) == .open
        let own = ReviewsPages.path(review)
        let actions: [HTML] =
            mayAnswer
            ? [parts.link(t("Change"), to: own + "/edit", icon: "edit"), parts.link(t("End it now"), to: own + "/end", icon: "ban")] : []
        let formats = (try? call.mayExport) == true ? ["csv", "xlsx"] : []
        let exports = formats.map { format -> HTML in
            "<a class=\"btn\" href=\"/api/v1/reviews/\(review.id)/export?format=\(format)\" download>\(parts.icon("download"))\(format.uppercased())</a>"
        }
        let title: HTML = "<bdi>\(review.name)</bdi> \(badge(review.status(at: call.now), parts))"
        let items: HTML =
            found.page.items.isEmpty
            ? parts.empty(t("Nothing here"), t("No answer stands like this."), icon: "search") : table(call, found, form, mayAnswer, parts)
        let older = found.page.next.map { asked.url(review, standing: asked.standing, after: $0) }
        let pager = parts.pager(t("%1 shown", String(found.page.items.count)), older: older)
        let list: HTML =
            mayAnswer && !found.page.items.isEmpty
            ? """
            <form method="post" action="\(own)/answers">\(asked.standing.map { form.hidden("standing", $0.rawValue) })\
            \(asked.after.map { form.hidden("after", $0.text) })\(items)\(form.actions(t("Save answers"), cancel: nil))</form>\(pager)
            """ : "\(items)\(pager)"
        let main: HTML = """
            \(parts.head(title, lead: lead(review, at: call.now), crumbs: ReviewsPages.crumbs(call), actions: exports + actions, withTabs: true))\(tabs(review, asked, parts))\
            \(done(call, parts))\(form.summary)\(list)
            """
        return frame.page(review.name, at: .users, main, status: status)
    }

    private static func lead(_ review: Review, at now: Timestamp) -> String {
        let becomes =
            switch review.unanswered {
            case .keep: t("what nobody has answered stays")
            case .remove: t("what nobody has answered is taken away")
            case .disable: t("of whom nobody has answered is deactivated")
            }
        let end = review.dueAt.minute + " UTC"
        return review.status(at: now) == .open ? t("Until %1; then %2.", end, becomes) : t("Ended %1; %2.", end, becomes)
    }

    private static func tabs(_ review: Review, _ asked: Asked, _ parts: Parts) -> HTML {
        let counts = review.counts
        let taken = (counts.outcomes[.removed] ?? 0) + (counts.outcomes[.disabled] ?? 0)
        let refused = counts.outcomes[.refused] ?? 0
        func tab(_ text: String, _ count: Int, _ standing: ReviewItemFilter.Standing?) -> (text: String, path: String, isCurrent: Bool) {
            ("\(text) \(count)", asked.url(review, standing: standing), asked.standing == standing)
        }
        return parts.tabs(
            review.name,
            [
                tab(t("All"), counts.items, nil), tab(t("Unanswered"), counts.unanswered, .unanswered),
                tab(t("Confirmed"), counts.confirmed, .confirmed), tab(t("Taken away"), taken, .removed),
            ] + (refused > 0 ? [tab(t("Could not be"), refused, .refused)] : []))
    }

    private static func done(_ call: Call, _ parts: Parts) -> HTML {
        switch Done(call) {
        case .created: parts.alert("\(t("The review has begun, and those who are to answer are mailed."))")
        case .saved: parts.alert("\(t("Saved."))")
        case .closed: parts.alert("\(t("The review has ended. What nobody answered is settled within a minute."))")
        default: ""
        }
    }

    private static func table(_ call: Call, _ found: Found, _ form: FormView, _ mayAnswer: Bool, _ parts: Parts) -> HTML {
        let rows = found.page.items.map { item -> HTML in
            let isOwn = item.user == found.access.user
            let isOpen = mayAnswer && !isOwn && item.outcome == nil
            let given: HTML = isOpen ? choice(item, form) : standing(item, isOwn: isOwn && mayAnswer, parts)
            return """
                <tr><th scope="row"><a href="\(call.house.paths.users)/\(item.user)"><bdi>\(item.userName)</bdi></a><span class="sub"><bdi>\(item.username)</bdi></span></th>\
                \(parts.cell(word(.role), "<bdi>\(item.roleName)</bdi>"))\
                \(parts.cell(t("Last sign-in"), parts.time(item.lastSignInAt, ago: true, none: t("Never"))))\(parts.cell(t("Answer"), given))</tr>
                """
        }
        return parts.table(
            caption: t("People, what they hold, and the answers"), columns: [t("Name"), word(.role), t("Last sign-in"), t("Answer")], rows: rows)
    }

    private static func choice(_ item: ReviewItem, _ form: FormView) -> HTML {
        let about = "\(item.userName), \(item.roleName)"
        let answer = name("answer", item), comment = name("comment", item)
        func id(_ name: String) -> String { name.replacing(".", with: "-").replacing("_", with: "-") }
        func radio(_ value: ReviewItem.Answer, _ text: String, _ own: String) -> HTML {
            """
            <span class="form-check form-check-inline"><input class="form-check-input" type="radio" id="\(own)" name="\(answer)" value="\(value.rawValue)"\(flag: "checked", form.has(answer, value.rawValue))>\
            <label for="\(own)">\(text)<span class="visually-hidden">: \(about)</span></label></span>
            """
        }
        return """
            <span role="group" aria-label="\(about)">\(radio(.confirm, t("Right"), id(answer)))\(radio(.remove, t("Take away"), id(answer) + "-1"))</span>\(form.problem(with: answer))
            <label class="visually-hidden" for="\(id(comment))">\(t("Comment")): \(about)</label>\
            <input class="form-control form-control-sm mt-1" type="text" id="\(id(comment))" name="\(comment)" value="\(form.value(comment))" placeholder="\(t("Comment"))" autocomplete="off">\(form.problem(with: comment))
            """
    }

    /// How an item stands that cannot be answered here.
    private static func standing(_ item: ReviewItem, isOwn: Bool, _ parts: Parts) -> HTML {
        var html: HTML
        switch (item.outcome, item.given?.answer) {
        case (.removed?, _): html = parts.badge(t("Taken away"), icon: "ban", tone: .bad)
        case (.disabled?, _): html = parts.badge(word(.disabled), icon: "ban", tone: .bad)
        case (.refused?, _): html = parts.badge(t("Could not be taken away"), icon: "alert", tone: .warning)
        case (.gone?, _): html = parts.badge(t("Gone by itself"), icon: "st-off")
        case (_, .confirm?): html = parts.badge(t("Right"), icon: "st-on", tone: .good)
        case (.kept?, _): html = parts.badge(t("Nobody answered: stays"), icon: "st-pending", tone: .warning)
        default: html = parts.badge(t("Unanswered"), icon: "st-pending")
        }
        if item.reason == "last_manager" { html += "<span class=\"sub\">\(t("Nobody else could manage the account."))</span>" }
        if isOwn, item.given == nil { html += "<span class=\"sub\">\(t("Your own: somebody else answers."))</span>" }
        if let given = item.given {
            html += "<span class=\"sub\"><bdi>\(given.by.name)</bdi>, \(parts.time(given.at))</span>"
            if let comment = given.comment { html += "<span class=\"sub\"><bdi>\(comment)</bdi></span>" }
        }
        return html
    }

    // MARK: The end

    static func askEnd(_ call: Call) async throws -> Answer {
        let review = try await call.read { permit, tx in try Reviews.find(call.id(), permit, tx) }
        return question(call, review, FormView(Parts(call.house.assets)))
    }

    private static func question(_ call: Call, _ review: Review, _ form: FormView, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let title = t("End %1 now?", review.name)
        let open = t("%1 of %2 are not answered.", String(review.counts.unanswered), String(review.counts.items))
        let becomes =
            switch review.unanswered {
            case .keep: t("They stay as they are, and nobody can answer any more.")
            case .remove: t("They are taken away, each with an entry in the history.")
            case .disable: t("These people are deactivated, each with an entry in the history.")
            }
        let main =
            form.summary
            + frame.parts.confirm(
                title, open + " " + becomes, action: t("End it"), path: ReviewsPages.path(review) + "/end", back: ReviewsPages.path(review),
                dangerous: review.unanswered != .keep)
        return frame.page(title, at: .users, narrow: true, main, status: status)
    }

    static func end(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let review = try await call.write(touches: .records) { permit, tx, ledger in try Reviews.end(call.id(), permit, tx, ledger) }
            return .see(Done.closed.at(ReviewsPages.path(review)))
        } catch let problem as Problem where problem.isAboutInput {
            let review = try await call.read { permit, tx in try Reviews.find(call.id(), permit, tx) }
            return question(call, review, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }
}
