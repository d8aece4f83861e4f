/// Whom an operation asks to show, just before it, that it is still them who is signed in (security.md P13, T10).
package enum StepUp: String, Sendable, Hashable, CaseIterable {
    /// Those who have a second step: by it.
    case secondStep = "second_step"
    /// Every person: whoever has no second step shows their password.
    case everybody
}

/// When a person who is signed in last showed that it is them, and with what they can.
package struct Proof: Sendable, Hashable {
    /// With their second step, or where they have none with their password. Nil: not since they have the second step.
    package var at: Timestamp?
    package var hasSecondStep: Bool

    /// How long it counts.
    package static let seconds: Int64 = 300

    package init(at: Timestamp?, hasSecondStep: Bool) {
        self.at = at
        self.hasSecondStep = hasSecondStep
    }

    /// Until when it counts; nil where it does not by now.
    package func freshUntil(at now: Timestamp) -> Timestamp? {
        guard let end = self.at?.adding(seconds: Self.seconds), now < end else { return nil }
        return end
    }
}

extension Policy {
    /// Says whether the principal has shown that it is them lately enough. Machines are not asked: there is no person.
    /// - Throws: `Refusal.stepUpRequired`.
    package static func check(_ stepUp: StepUp, _ principal: Principal, at now: Timestamp) throws(Refusal) {
        guard let proof = principal.proof, proof.hasSecondStep || stepUp == .everybody else { return }
        if proof.freshUntil(at: now) == nil { throw .stepUpRequired }
    }
}
