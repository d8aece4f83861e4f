/// Where a session stands. Never backwards; COMPLETE, EXPIRED and INVALID are final.
package enum SessionStatus: String, Sendable, CaseIterable {
    /// Made.
    case idle = "IDLE"
    /// Get started was pressed.
    case started = "STARTED"
    /// The first photo came in.
    case process = "PROCESS"
    /// Finished, with all required steps.
    case captured = "CAPTURED"
    /// Waiting for a reviewer; by itself, right after CAPTURED.
    case confirm = "CONFIRM"
    case complete = "COMPLETE"
    case expired = "EXPIRED"
    case invalid = "INVALID"

    package var isFinal: Bool { self == .complete || self == .expired || self == .invalid }

    /// Those that a deadline ends.
    package static let underWay: [SessionStatus] = [.idle, .started, .process]

    /// Whether a session may go from here to there.
    package func mayBecome(_ next: SessionStatus) -> Bool {
        switch (self, next) {
        case (.idle, .started), (.started, .process), (.process, .captured), (.captured, .confirm), (.confirm, .complete): true
        case (.started, .captured): true
        case (.idle, .expired), (.started, .expired), (.process, .expired): true
        case (.captured, .invalid), (.confirm, .invalid): true
        default: false
        }
    }
}
