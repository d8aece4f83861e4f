import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeySecrets
import LatchkeyWeb

/// The private URL of one session, with which its customer captures and comes back.
package enum CaptureTokens {
    /// Makes the token of a new session.
    static func issue(
        for session: SessionID, sealing masterKey: MasterKey, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Secret {
        let secret = Secret.mint(.capture)
        let sealed = masterKey.seal(Array(secret.text.utf8), context: context(permit.account, session))
        try CaptureTokenStore.insert(secret.hash, sealed: sealed, of: session, at: now, permit, tx)
        return secret
    }

    /// The token of a session, for whoever may write it; nil for others, and for a session from before there were tokens.
    package static func text(
        of session: Session, opening masterKey: MasterKey, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> String? {
        guard session.isVisible(in: permit.writableSessions), let sealed = try CaptureTokenStore.sealed(of: session.id, permit, tx) else {
            return nil
        }
        return try text(sealed, of: session.id, in: permit.account, opening: masterKey)
    }

    static func text(_ sealed: [UInt8], of session: SessionID, in account: AccountID, opening masterKey: MasterKey) throws -> String? {
        String(validating: try masterKey.open(sealed, context: context(account, session)), as: UTF8.self)
    }

    private static func context(_ account: AccountID, _ session: SessionID) -> String { "session_captures/sealed/\(account)/\(session)" }
}

/// The door that a capture URL opens: to its one session, and for as long as it may be captured.
package enum CaptureDoor {
    /// Why a capture URL leads nowhere any more.
    package static var expired: Problem { Problem(410, "session_expired", "The time for this is over.") }
    package static var closed: Problem { Problem(410, "capture_closed", "This cannot be gone on with at the moment.") }

    /// - Throws: `Hidden` for a token that was never issued, or whose session was deleted.
    static func guest(_ token: String, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Guest<SessionID> {
        guard let secret = Secret(token), secret.kind == .capture, let found = try CaptureTokenStore.find(secret.hash, permit, tx) else {
            throw Hidden()
        }
        let actor = Actor(kind: .capture, id: found.session.description, name: found.name)
        return Guest(found.session, in: found.account, as: actor, keys: .only([found.apiKey]), permit)
    }

    /// The session, unless its account is disabled or its deadline has passed.
    /// - Throws: `Problem` 410 `capture_closed` or `session_expired`.
    static func open(_ id: SessionID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Session {
        if try AccountFacts.of(permit, tx).isDisabled { throw closed }
        let session = try Sessions.find(id, permit, tx)
        if session.status(at: now) == .expired { throw expired }
        return session
    }
}

extension Call {
    private var captureToken: String { parameters["token"] ?? "" }

    /// Reads for the customer whose capture token stands in the path as `{token}`.
    /// - Throws: `Hidden`; `Problem` 410 `capture_closed` or `session_expired`.
    package func captureRead<T: Sendable>(
        _ body: @escaping @Sendable (Session, borrowing Permit, any Transaction) throws -> T
    ) async throws -> T {
        try await gate.read(guest: .capture, { try CaptureDoor.guest(captureToken, $0, $1) }) { id, permit, tx in
            try body(CaptureDoor.open(id, at: now, permit, tx), permit, tx)
        }
    }

    /// Writes for that customer; history names them by kind `capture`.
    /// - Throws: as `captureRead`.
    package func captureWrite<T: Sendable>(
        _ body: @escaping @Sendable (Session, borrowing Permit, any Transaction, Ledger) throws -> T
    ) async throws -> T {
        try await gate.write(guest: .capture, origin: origin, { try CaptureDoor.guest(captureToken, $0, $1) }) { id, permit, tx, ledger in
            try body(CaptureDoor.open(id, at: ledger.now, permit, tx), permit, tx, ledger)
        }
    }

    /// The name of the branch behind a capture URL, whatever has become of its session; nil for a token that was never issued.
    package func captureBrand() async -> String? {
        try? await gate.read(guest: .capture, { try CaptureDoor.guest(captureToken, $0, $1) }) { _, permit, tx in
            try AccountFacts.of(permit, tx).name
        }
    }
}
