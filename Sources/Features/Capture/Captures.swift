import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SessionsFeature

/// What a customer does with the capture URL of one session. The door has made sure that it may still be captured.
package enum Captures {
    /// Begins a session that was made in the dashboard or by API.
    /// - Throws: `Problem` 409 `wrong_status` for one that is begun.
    package static func start(
        _ session: Session, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Session { try Sessions.advance(session, to: .started, permit, tx, ledger) }

    /// Whether photos and answers are taken now.
    package static func isOpen(_ session: Session, at now: Timestamp) -> Bool { [.started, .process].contains(session.status(at: now)) }

    // MARK: Answers

    /// Keeps what was typed for a step in place of a photo; VIN and odometer are also set on the vehicle. The same again changes nothing.
    /// - Throws: `Problem` 400, 422 naming the field, 409 `wrong_status`.
    package static func answer(
        _ session: Session, _ fields: Fields, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Session {
        let step = typedStep(fields)
        let text = fields.text("text", 1...100)
        let answer = text.isEmpty ? nil : step.flatMap { CaptureAnswer(text, for: $0, fields) }
        try fields.finish()
        guard let step, let answer else { throw Problem.invalid("step", "required", "This is required.") }
        guard isOpen(session, at: ledger.now) else { throw Sessions.wrongStatus(session, at: ledger.now) }
        if try CaptureAnswerStore.all(of: session.id, permit, tx)[step.id] != answer.text {
            try CaptureAnswerStore.put(answer.text, step: step.id, of: session.id, at: ledger.now, permit, tx)
            try Sessions.noteAnswer(to: session, step: step, answer.text, permit, tx, ledger)
        }
        return try Sessions.capture(answer.vehicle(of: session), of: session, permit, tx, ledger)
    }

    private static func typedStep(_ fields: Fields) -> CaptureStep? {
        let id = fields.text("step", 1...40)
        if id.isEmpty { return nil }
        guard let step = CaptureStep.named(id) else {
            fields.invalid("step", "unknown_step", "There is no step of this name.")
            return nil
        }
        guard step.isTyped else {
            fields.invalid("step", "photo_needed", "This step needs a photo: it cannot be typed.")
            return nil
        }
        return step
    }

    // MARK: Finishing

    /// Finishes a session with all its steps: CAPTURED, at once CONFIRM, and COMPLETE where its key says by itself.
    /// - Throws: `Problem` 422 `steps_missing` naming them, 409 `wrong_status`.
    package static func finish(
        _ session: Session, photos: any CapturePhotos, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Session {
        guard isOpen(session, at: ledger.now) else { throw Sessions.wrongStatus(session, at: ledger.now) }
        let missing = try CaptureProgress(session, photos: photos, permit, tx).missing
        guard missing.isEmpty else {
            throw Problem(
                422, "steps_missing", "Some steps are still missing.",
                errors: missing.map { .init($0.id, "missing", $0.isTyped ? "Take its photo, or type it." : "Take its photo.") },
                extra: [("missing", JSON(missing.map(\.id)))])
        }
        let captured = try Sessions.advance(session, to: .captured, permit, tx, ledger)
        let waiting = try Sessions.advance(captured, to: .confirm, permit, tx, ledger)
        guard try APIKeys.find(session.apiKey, at: ledger.now, permit, tx).completes == .byItself else { return waiting }
        return try Sessions.advance(waiting, to: .complete, permit, tx, ledger)
    }
}

/// What was typed for a step, judged.
struct CaptureAnswer {
    let text: String
    private let vin: String?
    private let odometer: (distance: Int, unit: Session.Vehicle.Unit?)?

    /// Notes at `text` what is wrong with it, and is nil then.
    init?(_ typed: String, for step: CaptureStep, _ fields: Fields) {
        switch step.id {
        case "vin":
            let compact = String(typed.unicodeScalars.filter { $0 != " " && $0 != "-" }.map(Character.init))
            guard let vin = VIN(compact) else {
                fields.invalid("text", "invalid_vin", "A VIN has 17 characters: digits and letters without I, O and Q.")
                return nil
            }
            (text, self.vin, odometer) = (vin.text, vin.text, nil)
        default:
            guard let read = Self.distance(typed) else {
                fields.invalid("text", "invalid_odometer", "This must be the distance in whole kilometres or miles, such as 48210 km.")
                return nil
            }
            (vin, odometer) = (nil, read)
            text = String(read.distance) + (read.unit.map { " " + $0.rawValue } ?? "")
        }
    }

    /// `48,210 km`, `48.210`, `30000 mi`: digits with the marks that people group them by, and a unit or none.
    private static func distance(_ typed: String) -> (distance: Int, unit: Session.Vehicle.Unit?)? {
        var scalars = typed.lowercased().unicodeScalars.filter { !" ,.'\u{2019}\u{A0}\u{202F}".unicodeScalars.contains($0) }[...]
        var unit: Session.Vehicle.Unit?
        for (word, named) in [("km", Session.Vehicle.Unit.km), ("miles", .mi), ("mi", .mi)] where unit == nil {
            if scalars.reversed().starts(with: word.unicodeScalars.reversed()) {
                unit = named
                scalars = scalars.dropLast(word.unicodeScalars.count)
            }
        }
        guard (1...7).contains(scalars.count), scalars.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        return Int(String(String.UnicodeScalarView(scalars))).map { ($0, unit) }
    }

    func vehicle(of session: Session) -> Session.Vehicle {
        var vehicle = session.vehicle
        if let vin { vehicle.vin = vin }
        if let odometer {
            vehicle.odometer = odometer.distance
            vehicle.unit = odometer.unit ?? vehicle.unit ?? .km
        }
        return vehicle
    }
}
