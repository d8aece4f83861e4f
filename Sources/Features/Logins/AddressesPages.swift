import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// From where programs may call: the list, adding to it, and taking away from it.
package enum AddressesPages {
    static let path = "/settings/addresses"
    private static let full = Route.Needs.need(.screen(.logins, .full))

    package static let routes: [Route] = [
        .get(path, .need(.screen(.logins, .read)), handler: show),
        .post(path, full, handler: add),
        .get(path + "/remove", full, handler: askRemoval),
        .post(path + "/remove", full, handler: remove),
    ]

    private static func find(_ call: Call) async throws -> AllowedAddresses {
        try await call.read { permit, tx in try AllowedAddresses.find(permit, tx) }
    }

    private static func show(_ call: Call) async throws -> Answer {
        let offered = call.pageQuery()["address"].flatMap { AddressRange($0)?.description }
        return page(call, try await find(call), FormView(Parts(call.house.assets)).offering(offered, in: "address"))
    }

    private static func fields(_ form: FormData) throws -> Fields { try Fields(JSON(members: form.texts("address"))) }

    private static func add(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            try await call.write { permit, tx, ledger in try AllowedAddresses.add(fields(form), permit, tx, ledger) }
            return .see(Done.saved.at(path))
        } catch let problem as Problem where problem.isAboutInput {
            return page(call, try await find(call), FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    // MARK: Taking away

    private static func askRemoval(_ call: Call) async throws -> Answer {
        let asked = call.pageQuery()["address"].flatMap { AddressRange($0) }
        return question(call, try await find(call), asked, FormView(Parts(call.house.assets)))
    }

    private static func remove(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            try await call.write { permit, tx, ledger in try AllowedAddresses.remove(fields(form), permit, tx, ledger) }
            return .see(Done.deleted.at(path))
        } catch let problem as Problem where problem.isAboutInput {
            let view = FormView(Parts(call.house.assets), refused: form, problem)
            return question(call, try await find(call), nil, view, status: problem.status)
        }
    }

    /// About one, or about which of them.
    private static func question(
        _ call: Call, _ found: AllowedAddresses, _ asked: AddressRange?, _ form: FormView, status: Int = 200
    ) -> Answer {
        let frame = Frame(call)
        guard !found.ranges.isEmpty else { return .see(path) }
        let one = asked.flatMap { found.ranges.contains($0) ? $0 : nil }
        let title = one.map { t("Remove %1?", $0.description) } ?? t("Remove which address?")
        var consequences =
            found.ranges.count == 1
            ? t("It is the only one: API keys and integrations may then call from everywhere.")
            : t("API keys and integrations may no longer call from there, from their next call on.")
        if let one, found.ranges.count > 1, call.origin.isAddressKnown, found.holding(call.origin.address) == [one] {
            consequences += " " + t("Your own address, %1, is in no other.", call.origin.address)
        }
        let field =
            one.map { form.hidden("address", $0.description) }
            ?? form.select("address", t("Address or network"), found.ranges.map { (value: $0.description, text: $0.description) })
        let main =
            form.summary
            + frame.parts.confirm(title, consequences, action: t("Remove"), path: path + "/remove", back: path, fields: field)
        return frame.page(title, at: .logins, narrow: true, main, status: status)
    }

    // MARK: The page

    private static func page(_ call: Call, _ found: AllowedAddresses, _ form: FormView, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let mayEdit = call.caller?.principal.access?.level(of: .logins) == .full
        let title = word(.allowedAddresses)
        let lead = t("From where API keys and integrations may call. People sign in from everywhere.")
        let crumbs = [(word(.logins), LoginsPages.path), (t("Security settings"), SecurityPages.path)]
        let main: HTML = """
            \(parts.head("\(title)", lead: lead, crumbs: crumbs))\(done(call, parts))\(form.summary)\(yours(call, found, parts))
            \(list(found, mayEdit, parts))\(if: mayEdit, adding(found, form))\(refused(found, mayEdit, parts))
            """
        return frame.page(title, at: .logins, narrow: true, main, status: status)
    }

    private static func done(_ call: Call, _ parts: Parts) -> HTML {
        switch Done(call) {
        case .saved: parts.alert("\(t("Added. It holds from the next call on."))")
        case .deleted: parts.alert("\(t("Removed. It holds from the next call on."))")
        default: ""
        }
    }

    /// What Latchkey saw of whoever looks, so that nobody locks out a server beside them.
    private static func yours(_ call: Call, _ found: AllowedAddresses, _ parts: Parts) -> HTML {
        guard call.origin.isAddressKnown else {
            return parts.alert(
                "\(t("Latchkey cannot see where you come from: a proxy passes on what is no address. No program that comes this way is let in while there is a list."))",
                tone: .warning)
        }
        let address = call.origin.address
        let isIn: HTML =
            found.ranges.isEmpty || !found.holding(address).isEmpty
            ? "\(t("A program there may call."))" : "<strong>\(t("A program there may not call."))</strong>"
        return "<p>\(t("You come from")) <code>\(address)</code>. \(isIn)</p>"
    }

    private static func list(_ found: AllowedAddresses, _ mayEdit: Bool, _ parts: Parts) -> HTML {
        if found.ranges.isEmpty {
            return parts.empty(t("From everywhere"), t("As soon as there is one address here, programs may call from there alone."), icon: "plug")
        }
        let rows = found.ranges.map { range -> HTML in
            let text = range.description
            let remove: HTML = """
                <a class="btn btn-sm" href="\(path)/remove?\(PercentEncoding.query([("address", text)]))" data-dialog>\(t("Remove"))<span class="visually-hidden"> \(text)</span></a>
                """
            return "<tr><th scope=\"row\"><code>\(text)</code></th>\(parts.menuCell(mayEdit ? remove : ""))</tr>"
        }
        return parts.table(caption: word(.allowedAddresses), columns: [t("Address or network"), ""], rows: rows)
    }

    private static func adding(_ found: AllowedAddresses, _ form: FormView) -> HTML {
        let help =
            found.ranges.isEmpty
            ? t("Such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32. From then on programs may call from there alone.")
            : t("Such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32.")
        return """
            <form method="post" action="\(path)">\(form.section(t("Add one"), id: "s-add", [form.text("address", t("Address or network"), .identifier, help: help)]))
            \(form.actions(t("Add"), cancel: nil))</form>
            """
    }

    private static func refused(_ found: AllowedAddresses, _ mayEdit: Bool, _ parts: Parts) -> HTML {
        if found.refused.isEmpty { return "" }
        let rows = found.refused.map { refused -> HTML in
            let program: HTML = refused.program.map { "<bdi>\($0.name)</bdi>" } ?? "<span class=\"muted\">\(t("A key that you do not hold"))</span>"
            let isAllowed = found.ranges.isEmpty || !found.holding(refused.address).isEmpty
            let offer: HTML =
                isAllowed
                ? parts.badge(t("Allowed now"), icon: "st-on", tone: .good)
                : mayEdit && AddressRange(refused.address) != nil
                    ? """
                    <a class="btn btn-sm" href="\(path)?\(PercentEncoding.query([("address", refused.address)]))#address">\(t("Add this"))<span class="visually-hidden"> \(refused.address)</span></a>
                    """ : ""
            return """
                <tr><th scope="row"><code>\(refused.address)</code></th>\(parts.cell(t("Program"), program))\(parts.cell(t("Calls"), "\(String(refused.calls))"))\
                \(parts.cell(t("Last"), parts.time(refused.at, ago: true)))\(parts.menuCell(offer))</tr>
                """
        }
        return """
            <h2 class="mt-4">\(t("Refused of late"))</h2><p class="muted">\(t("Calls with a right key or secret, from an address that is not in the list."))</p>
            \(parts.table(caption: t("Refused of late"), columns: [t("Address"), t("Program"), t("Calls"), t("Last"), ""], rows: rows))
            """
    }
}
