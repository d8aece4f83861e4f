import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// A passkey as it is kept, with whose it is.
struct Passkey: Sendable {
    var factor: FactorID
    var person: OwnPermit.Person
    var credential: WebAuthn.Credential
    /// What the authenticator has of its person: random, and the same for all of theirs.
    var userHandle: [UInt8]
    var transports: [String]

    /// As browsers are told which credential is meant.
    var descriptor: JSON {
        ["type": "public-key", "id": .string(Base64URL.encode(credential.id)), "transports": JSON(transports)]
    }
}

/// A challenge that is out. What it is for, and for which flow, is sealed and goes with it; it is answered once, within five minutes.
package struct PasskeyChallenge: Sendable {
    package enum Purpose: String, Sendable {
        case register, secondStep = "second_step", stepUp = "step_up", signIn = "sign_in"
    }

    let bytes: [UInt8]
    /// Of the person who adds a passkey.
    let userHandle: [UInt8]?
    let endsAt: Timestamp
    /// What must come back with the answer.
    package let flow: String

    static let seconds: Int64 = 300
    private static let context = "passkey challenge"
    static let longestFlow = 2000

    /// - Parameter bound: the flow that it belongs to: a login, a sign-in that waits, a browser.
    init(_ purpose: Purpose, bound: String, userHandle: [UInt8]? = nil, at now: Timestamp, _ key: MasterKey) {
        bytes = Random.bytes(WebAuthn.challengeLength)
        self.userHandle = userHandle
        endsAt = now.adding(seconds: Self.seconds)
        let state: JSON = [
            "challenge": .string(Base64URL.encode(bytes)), "purpose": .string(purpose.rawValue), "bound": .string(bound),
            "handle": userHandle.map { .string(Base64URL.encode($0)) } ?? .null, "until": .int(endsAt.milliseconds),
        ]
        flow = Base64URL.encode(key.seal(state.encode(), context: Self.context))
    }

    /// The one that was made for this purpose in this flow; nil for any other, and where its time is over.
    init?(_ flow: String, _ purpose: Purpose, bound: String, at now: Timestamp, _ key: MasterKey) {
        guard flow.utf8.count <= Self.longestFlow, let sealed = Base64URL.decode(flow),
            let opened = try? key.open(sealed, context: Self.context), let state = try? JSON.parse(opened),
            state["purpose"]?.text == purpose.rawValue, state["bound"]?.text == bound, let until = state["until"]?.integer,
            now.milliseconds < until, let bytes = state["challenge"]?.text.flatMap(Base64URL.decode), bytes.count == WebAuthn.challengeLength
        else { return nil }
        self.bytes = bytes
        userHandle = state["handle"]?.text.flatMap(Base64URL.decode)
        endsAt = Timestamp(milliseconds: until)
        self.flow = flow
    }

    /// How it is noted that it was answered.
    var hash: [UInt8] { SHA256.hash(Array("answered challenge ".utf8) + bytes) }
}

/// What a browser answers: the flow that it was given, and what its authenticator said.
package struct PasskeyAnswer: Sendable {
    let flow: String
    let credential: JSON

    package init(flow: String, credential: JSON) {
        self.flow = flow
        self.credential = credential
    }

    /// Of a page's form; nil where it has none.
    package init?(_ form: FormData) {
        guard let flow = form["flow"], let text = form["credential"], !text.isEmpty else { return nil }
        self.init(flow: flow, credential: (try? JSON.parse(Array(text.utf8))) ?? .null)
    }

    /// Of a body's fields `flow` and `credential`.
    package init(_ fields: Fields) {
        let flow = fields.value("flow")
        let credential = fields.value("credential")
        self.init(flow: flow?.text ?? "", credential: credential ?? .null)
        for (name, value) in [("flow", flow), ("credential", credential)] where value == nil || value?.isNull == true {
            fields.invalid(name, "required", "This is required.")
        }
        if let flow, !flow.isNull, flow.text == nil { fields.malformed("flow", "wrong_type", "This must be text.") }
        if let credential, !credential.isNull, !credential.isObject { fields.malformed("credential", "wrong_type", "This must be an object.") }
    }
}
