import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeySecrets

/// A sign-in that waits for its second step (P9): it lives on the server, and whoever shows its token goes on where it stands. It knows who, which
/// password was right, the browser that it was begun in, and how often something wrong was shown.
package struct SignInFlow: Sendable {
    package var hash: [UInt8]
    package var person: OwnPermit.Person
    /// A hash of the stored hash of the password that was right.
    package var password: [UInt8]
    /// The hash of what the browser's cookie shows; nil for a program, which has the token alone.
    package var browser: [UInt8]?
    package var takesOver: Bool
    package var tries = 0
    /// What was right, once something was.
    package var passed: Factor.Kind?
    package var mailCode: [UInt8]?
    package var mailEndsAt: Timestamp?
    package var expiresAt: Timestamp

    package static let seconds: Int64 = 600
    /// Something wrong may be shown so often (P11).
    package static let mostTries = 5

    package static func fingerprint(ofPassword hash: String) -> [UInt8] { SHA256.hash(Array("password of a sign-in ".utf8) + Array(hash.utf8)) }
}

/// Keeping sign-ins that wait.
package enum SignInFlows {
    /// Begins one, for ten minutes; answers its token, which is shown once.
    package static func begin(
        _ person: OwnPermit.Person, passwordHash: String, browser: [UInt8]?, takesOver: Bool, at now: Timestamp, _ permit: borrowing DoorPermit,
        _ tx: any Transaction
    ) throws -> Secret {
        let token = Secret.mint(.step)
        try SignInFlowStore.forget(at: now, tx)
        let flow = SignInFlow(
            hash: token.hash, person: person, password: SignInFlow.fingerprint(ofPassword: passwordHash), browser: browser, takesOver: takesOver,
            expiresAt: now.adding(seconds: SignInFlow.seconds))
        try SignInFlowStore.insert(flow, at: now, tx)
        return token
    }

    /// The one of this token, begun in this browser, that is not over.
    package static func find(
        _ token: Secret, browser: [UInt8]?, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> SignInFlow? {
        guard token.kind == .step else { return nil }
        return try find(token.hash, browser: browser, at: now, tx)
    }

    /// The same of a hash, where somebody has just found it by its token.
    package static func find(
        _ hash: [UInt8], at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> SignInFlow? {
        guard let flow = try SignInFlowStore.find(hash, at: now, tx) else { return nil }
        return flow
    }

    private static func find(_ hash: [UInt8], browser: [UInt8]?, at now: Timestamp, _ tx: any Transaction) throws -> SignInFlow? {
        guard let flow = try SignInFlowStore.find(hash, at: now, tx) else { return nil }
        switch (flow.browser, browser) {
        case (nil, nil): return flow
        case (let own?, let shown?): return ConstantTime.equal(own, shown) ? flow : nil
        default: return nil
        }
    }

    /// Counts something that is about to be judged; false where nothing may be shown any more, or something was right already.
    package static func spendTry(_ flow: SignInFlow, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Bool {
        try SignInFlowStore.spendTry(flow.hash, at: now, tx)
    }

    /// Notes what was right.
    package static func pass(_ flow: SignInFlow, by kind: Factor.Kind, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try SignInFlowStore.pass(flow.hash, by: kind, tx)
    }

    /// A new mailed code of this sign-in, for ten minutes; one before it ends.
    package static func mintMailCode(
        _ flow: SignInFlow, at now: Timestamp, _ key: MasterKey, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> String {
        let code = MailedCode.make()
        let hash = MailedCode.hash(code, for: flow.hash, key)
        try SignInFlowStore.setMailCode(hash, of: flow.hash, endsAt: now.adding(seconds: MailedCode.seconds), tx)
        return code
    }

    /// Ends one that has made its login; false where it was over.
    package static func end(_ flow: SignInFlow, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Bool {
        try SignInFlowStore.end(flow.hash, tx)
    }
}

extension SignInFlow {
    /// Whether a mailed code is this sign-in's.
    package func isMailCode(_ code: String, at now: Timestamp, _ key: MasterKey) -> Bool {
        guard let mailCode, let mailEndsAt, now < mailEndsAt, let hash = MailedCode.hash(code, for: self.hash, key) else { return false }
        return ConstantTime.equal(mailCode, hash)
    }
}
