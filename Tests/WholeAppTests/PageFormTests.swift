import LatchkeyWeb
import Testing

@testable import latchkey

/// Forms with something wrong in them, generated from the forms that the pages show: what was typed stays, the field is named, nothing is changed.
@Suite struct `A form that is refused` {
    /// Doors that judge what was typed as a whole.
    private static let doors: Set<String> = [
        "POST /sign-in", "POST /sign-in/take-over", "POST /sign-in/disown", "POST /sign-in/second-step", "POST /sign-in/second-step/mail",
        "POST /sign-in/passkey", "POST /my/second-step/passkeys", "POST /step-up",
    ]
    /// Fields that nothing depends on, or where anything else than one word means no.
    private static let notJudged: Set<String> = [
        "POST /my/password username", "POST /my/new-password username", "POST /settings/users password_by",
        "POST /settings/users/{id}/password password_by", "POST /settings/users places_by", "POST /settings/users/{id} places_by",
        "POST /settings/places/import step", "POST /settings/security password_by",
        "POST /administrators groups_by", "POST /administrators/{id} groups_by",
        "POST /administrators password_by", "POST /administrators/{id}/password password_by",
        // A table is judged row by row: ImportsTests, PlaceImportTests.
        "POST /settings/users/import step", "POST /settings/users/import file", "POST /settings/users/import lines",
        "POST /settings/places/import/load file",
    ]
    /// What no form of ours can send is answered without the form; may only shrink.
    private static let withoutForm: Set<String> = [
        "POST /my/theme theme", "POST /settings/users/{id}/restore entry", "POST /settings/users/{id}/restore field",
        "POST /settings/roles/{id}/restore entry",
    ]

    @Test func `comes again with what was typed, names the field, and changes nothing`() async throws {
        let scene = try await Scene.assemble()
        var tried = 0
        for route in Routes.unsafePages where !route.isTwin && !Self.doors.contains(route.name) {
            let shot = try await PageExamples.shot(route, by: PageExamples.usualCaller(route), scene)
            let database = shot.house.installation.database
            let before = try await Snapshot.all(database)
            var names: Set<String> = []
            for control in shot.offered?.controls ?? [] where names.insert(control.name).inserted {
                let what = "\(route.baseName) \(control.name)"
                guard let bad = control.bad, !Self.notJudged.contains(what) else { continue }
                tried += 1
                let sent = shot.with(control.name, bad)
                let reply = await sent.fire()
                #expect(reply.status == (control.name == "version" ? 412 : 422), "\(what): \(reply.status) \(reply.location)")
                if Self.withoutForm.contains(what) { continue }
                expectForm(reply, of: sent, but: control, what)
            }
            #expect(Snapshot.differences(before, try await Snapshot.all(database)) == [], "\(route.name)")
        }
        #expect(tried > 60, "only \(tried) fields were tried")
    }

    private func expectForm(_ reply: LocalClient.Reply, of sent: PageExamples.Shot, but bad: PageForm.Control, _ what: String) {
        let names = Set(sent.form.map(\.name))
        let forms = PageForm.posting(to: sent.target, in: reply.text)
        guard let form = forms.max(by: { $0.names.intersection(names).count < $1.names.intersection(names).count }) else {
            Issue.record("\(what): the form does not come again")
            return
        }
        for control in form.controls where control.kind == "password" { #expect(control.value.isEmpty, "\(what) fills in \(control.name)") }
        for (name, value) in sent.form {
            let kind = form.controls.first { $0.name == name }?.kind
            if kind == "password" {
                #expect(!reply.text.contains(value), "\(what) shows what was typed as \(name)")
            } else if name != bad.name || bad.isText {
                #expect(form.values(name).contains(value), "\(what): of \(name), \(value.prefix(40)) is gone; it has \(form.values(name))")
            }
        }
        guard bad.isForPeople else { return }
        let id = PageForm.id(bad.name)
        #expect(reply.text.contains("href=\"#\(id)\""), "\(what): the summary does not lead to the field")
        #expect(reply.text.contains("id=\"\(id)\""), "\(what): nothing on the page is #\(id)")
        #expect(reply.text.contains("id=\"\(id)-error\""), "\(what): nothing is said at the field")
    }

    @Test func `with a number that is no number is refused at its field too`() async throws {
        let scene = try await Scene.assemble()
        var tried = 0
        for route in Routes.unsafePages where !route.isTwin {
            let shot = try await PageExamples.shot(route, by: PageExamples.usualCaller(route), scene)
            let before = try await Snapshot.all(scene.database)
            for control in shot.offered?.controls ?? [] where control.kind == "number" {
                tried += 1
                let sent = shot.with(control.name, "1 dozen")
                let reply = await sent.fire()
                #expect([400, 422].contains(reply.status), "\(route.name) \(control.name): \(reply.status)")
                expectForm(reply, of: sent, but: control, "\(route.name) \(control.name)")
            }
            if shot.house === scene.house { #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [], "\(route.name)") }
        }
        #expect(tried >= 5, "only \(tried) numbers were tried")
    }

    @Test func `at the door keeps the name and shows no password`() async throws {
        let scene = try await Scene.assemble()
        let stranger = Browser(scene.house.anyone)
        for name in ["una@example.com", "nobody <b>\"&"] {
            let reply = await stranger.post("/sign-in", [("username", name), ("password", "wrong-Horse-9"), ("return_to", "/sessions?mode=test")])
            expect(reply, 401, nil, name)
            let form = PageForm.posting(to: "/sign-in", in: reply.text).first
            #expect(form?.values("username") == [name] && form?.values("return_to") == ["/sessions?mode=test"])
            #expect(form?.values("password") == [""] && !reply.text.contains("wrong-Horse-9"))
            #expect(reply.headers[values: .setCookie].isEmpty)
        }
        let forged = await stranger.post("/sign-in/take-over", [("flow", "AAAA")])
        #expect(forged.status == 303 && forged.location == "/sign-in" && forged.headers[values: .setCookie].isEmpty)
    }
}

extension PageForm.Control {
    /// Whether what is typed here comes back as it was typed, whatever it is.
    fileprivate var isText: Bool { isForPeople && !["radio", "select", "checkbox", "password"].contains(kind) }

    /// What no such field takes; nil for a box, which says yes or nothing, and for what only leads on.
    fileprivate var bad: String? {
        switch kind {
        case "checkbox": Kind(id: value) == nil ? nil : Kind.login.neverIssued
        case "radio", "select", "hidden": "zzzz"
        case "number": "-5"
        case "date": "2001-01-01"
        // A wrong present password is noted like a failed sign-in, later and in history.
        case "password": name == "current" ? nil : "short"
        default: String(repeating: "<x&>", count: 2000)
        }
    }
}
