import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SessionsFeature

/// How far a customer has come.
package struct CaptureProgress: Sendable {
    package struct Step: Sendable {
        package let step: CaptureStep
        package let hasPhoto: Bool
        package let answer: String?

        /// Rule of a step: one accepted photo, or its typed answer (ruling 17).
        package var isDone: Bool { hasPhoto || answer != nil }
    }

    package let session: Session
    package let brand: String
    package let steps: [Step]

    package var missing: [CaptureStep] { steps.filter { !$0.isDone }.map(\.step) }

    init(_ session: Session, photos: any CapturePhotos, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        self.session = session
        brand = try AccountFacts.of(permit, tx).name
        let answers = try CaptureAnswerStore.all(of: session.id, permit, tx)
        let photographed = try photos.steps(of: session.id, permit, tx)
        steps = CaptureStep.all.map { Step(step: $0, hasPhoto: photographed.contains($0.id), answer: answers[$0.id]) }
    }

    /// What the customer's page and programs are told: nothing of the account but its name, nothing of the owner.
    package func json(at now: Timestamp) -> JSON {
        [
            "session": [
                "id": JSON(session.id), "code": .string(session.code), "status": .string(session.status(at: now).rawValue),
                "expires_at": JSON(session.deadline),
            ],
            "account": ["name": .string(brand)],
            "steps": .array(
                steps.map { step in
                    [
                        "id": .string(step.step.id), "label": .string(step.step.label), "may_be_typed": .bool(step.step.isTyped),
                        "done": .bool(step.isDone), "answer": JSON(step.answer),
                    ]
                }),
            "missing": JSON(missing.map(\.id)), "redirect_url": JSON(session.redirectURL),
        ]
    }
}
