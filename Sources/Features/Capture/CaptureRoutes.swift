import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SessionsFeature

/// The public face of one session. Whoever keeps photos hands them in, and adds `POST /c/{token}/photos`.
package struct CaptureRoutes: Sendable {
    let photos: any CapturePhotos

    package init(photos: any CapturePhotos) { self.photos = photos }

    package var all: [Route] {
        let open = Route.Needs.nothing(because: .captureURL)
        return [
            .get("/c/{token}", open, face: .either, handler: show),
            .post("/c/{token}/start", open, face: .either, handler: start),
            .post("/c/{token}/answers", open, face: .either, handler: answer),
            .post("/c/{token}/finish", open, face: .either, handler: finish),
            .get("/c/{token}/app.webmanifest", open, face: .either, handler: manifest),
        ]
            + ["start", "answers", "finish"].map { act in
                // A phone that comes back to a form's address is led to the page.
                .get("/c/{token}/" + act, open, face: .either) { call in .see(call.capturePath) }
            }
    }

    private func show(_ call: Call) async throws -> Answer {
        try await plainly(call) {
            let progress = try await call.captureRead { session, permit, tx in
                try CaptureProgress(session, photos: photos, permit, tx)
            }
            if call.inbound.wantsJSON { return .json(progress.json(at: call.now)) }
            return CapturePage(call, progress, photos).answer()
        }
    }

    private func start(_ call: Call) async throws -> Answer {
        try await change(call) { session, permit, tx, ledger in
            try noInput(call)
            return try Captures.start(session, permit, tx, ledger)
        }
    }

    private func answer(_ call: Call) async throws -> Answer {
        try await change(call) { session, permit, tx, ledger in
            try Captures.answer(session, answerFields(call), permit, tx, ledger)
        }
    }

    private func finish(_ call: Call) async throws -> Answer {
        try await change(call) { session, permit, tx, ledger in
            try noInput(call)
            return try Captures.finish(session, photos: photos, permit, tx, ledger)
        }
    }

    private func manifest(_ call: Call) async throws -> Answer {
        guard let brand = await call.captureBrand() else { throw Hidden() }
        return Frame(call).manifest(brand: brand, start: call.capturePath)
    }

    // MARK: The same for all of them

    /// Forms carry nothing; a program's body is empty or an empty object.
    private func noInput(_ call: Call) throws {
        if call.inbound.wantsJSON, !call.isForm { try call.noInput() }
    }

    /// A form may carry the unit apart from the number.
    private func answerFields(_ call: Call) throws -> Fields {
        guard call.isForm else { return try call.fieldsWithoutQuery() }
        let form = try call.form()
        let text = [form["text"] ?? "", form["unit"] ?? ""].map { $0.trimmingWhitespace() }
        let typed = text[0].isEmpty ? "" : text.joined(separator: " ").trimmingWhitespace()
        return try Fields(["step": (form["step"] ?? "").isEmpty ? .null : JSON(form["step"]), "text": typed.isEmpty ? .null : .string(typed)])
    }

    /// A change by the customer: programs are answered how far the session is now, people are led back to their page.
    private func change(
        _ call: Call, _ body: @escaping @Sendable (Session, borrowing Permit, any Transaction, Ledger) throws -> Session
    ) async throws -> Answer {
        try await plainly(call) {
            do {
                let progress = try await call.captureWrite { session, permit, tx, ledger in
                    try CaptureProgress(body(session, permit, tx, ledger), photos: photos, permit, tx)
                }
                return call.inbound.wantsJSON ? .json(progress.json(at: call.now)) : .see(call.capturePath)
            } catch let problem as Problem where !call.inbound.wantsJSON && problem.isAboutInput {
                // Pressed twice, or on another phone meanwhile: the page shows where the session stands.
                if problem.code == "wrong_status" { return .see(call.capturePath) }
                let progress = try await call.captureRead { session, permit, tx in try CaptureProgress(session, photos: photos, permit, tx) }
                let form = call.isForm ? (try? call.form()) ?? FormData() : FormData()
                return CapturePage(call, progress, photos).answer(refused: form, problem)
            }
        }
    }

    /// People are told plainly why it is over; programs get the problem.
    private func plainly(_ call: Call, _ body: () async throws -> Answer) async throws -> Answer {
        do { return try await body() } catch let problem as Problem where problem.status == 410 && !call.inbound.wantsJSON {
            guard let brand = await call.captureBrand() else { throw problem }
            return CapturePage.over(call, problem, brand: brand)
        }
    }
}

extension Call {
    package var capturePath: String { "/c/" + (parameters["token"] ?? "") }

    var isForm: Bool {
        let type = inbound.headers[.contentType]?.split(separator: ";").first.map { String($0).trimmingWhitespace().lowercased() }
        return type == "application/x-www-form-urlencoded" || inbound.body.isEmpty
    }
}
