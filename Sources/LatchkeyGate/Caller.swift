import LatchkeyAccess
import LatchkeyDatabase
import LatchkeySecrets
import Synchronization

/// What a request shows of who asks: the hash of a secret, never the secret.
package struct Credential: Sendable, Hashable {
    package var kind: SecretKind
    package var hash: [UInt8]

    package init(kind: SecretKind, hash: [UInt8]) {
        self.kind = kind
        self.hash = hash
    }

    package init(_ secret: Secret) { self.init(kind: secret.kind, hash: secret.hash) }

    /// A bearer's: a secret of ours, or a signed token (three parts in base64url), which is looked up whole like one; nil for the rest. Nothing in a
    /// signed token is believed here, so that it can be called back.
    package init?(token: String) {
        if let secret = Secret(token) {
            // A client's secret opens nothing but the OAuth endpoints, and is no bearer's.
            if secret.kind == .client { return nil }
            self.init(secret)
            return
        }
        guard token.utf8.count <= 4096, token.utf8.starts(with: "eyJ".utf8), token.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 2 else {
            return nil
        }
        self.init(kind: .access, hash: SHA256.hash(Array(token.utf8)))
    }
}

/// Where a request comes from, as history records it.
package struct Origin: Sendable, Hashable {
    package var address: String
    package var userAgent: String
    package var requestID: RequestID
    /// Whether the address is surely the one that asks. Where a proxy passed on what cannot be read it is the proxy's, which vouches for nobody.
    package var isAddressKnown: Bool

    package init(address: String, userAgent: String, requestID: RequestID, isAddressKnown: Bool = true) {
        self.address = address
        self.userAgent = userAgent
        self.requestID = requestID
        self.isAddressKnown = isAddressKnown
    }

    /// Of what no request asks for: a command, or the start of the server.
    package static func ofThisMachine(at now: Timestamp) -> Origin { Origin(address: "local", userAgent: "", requestID: .new(at: now)) }
}

/// A live principal at the door of one request.
package struct Caller: Sendable {
    package let credential: Credential
    /// As it was when the request came in; writes look again, inside their transaction.
    package let principal: Principal
    package let origin: Origin
    /// The account that an administrator named in the path.
    package var entering: AccountID?
    /// Who they are where they named it: at the enterprise level.
    package var outside: Principal?
    package var surroundings: Surroundings
    /// What an integration showed, where it is a token.
    package let token: TokenFacts?
    package let told: Told
    /// How long the login goes on by itself, as far as this node knew when the request came in.
    package let lasting: Lasting

    package init(
        credential: Credential, principal: Principal, origin: Origin, surroundings: Surroundings = Surroundings(), entering: AccountID? = nil,
        token: TokenFacts? = nil, told: Told = Told(), lasting: Lasting = Lasting()
    ) {
        self.credential = credential
        self.principal = principal
        self.origin = origin
        self.surroundings = surroundings
        self.entering = entering
        self.token = token
        self.told = told
        self.lasting = lasting
    }
}

/// When a login ends by itself: nil is never.
package struct Lasting: Sendable, Hashable {
    /// Unless there is activity.
    package var idleAt: Timestamp?
    /// Whatever there is.
    package var expiresAt: Timestamp?

    package init(idleAt: Timestamp? = nil, expiresAt: Timestamp? = nil) {
        self.idleAt = idleAt
        self.expiresAt = expiresAt
    }

    /// Whichever comes first.
    package var endsAt: Timestamp? { [idleAt, expiresAt].compactMap { $0 }.min() }
}

/// An integration's token: which one, and how long it lives.
package struct TokenFacts: Sendable, Hashable {
    package var id: LoginID
    package var issuedAt: Timestamp
    package var expiresAt: Timestamp
}

/// What is said of a principal again and again, kept with the facts that it says and forgotten with them.
package struct Told: Sendable {
    /// What `GET /me` answers.
    package let me = Remembered<[UInt8]>()
    /// What proxies put into headers.
    package let vouched = Remembered<[String]>()
    /// What a client that introspects the token is answered.
    package let introspected = Remembered<[UInt8]>()

    package init() {}
}

/// A value that is made once, when somebody first asks for it.
package final class Remembered<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    package init() {}

    package func orMade(by make: () throws -> Value) rethrows -> Value {
        if let known = value.withLock({ $0 }) { return known }
        let made = try make()
        value.withLock { $0 = made }
        return made
    }
}

/// The names around a principal, for the frame of a page.
package struct Surroundings: Sendable {
    package var enterprise = ""
    package var account: String?
    /// The account's catalogue, its words and its menu; at the enterprise level that of the enterprise.
    package var catalogue: Catalogue?
    /// Whose words the enterprise speaks to its administrators.
    package var enterpriseCatalogue: Catalogue?
    /// The name that signs in: of integrations the client id.
    package var username = ""
    package var supportEmail: String?
    package var supportPhone: String?

    package init() {}
}

/// Why somebody who shows a credential is not let in. The API answers all of these alike; a browser is told what happened to its login.
package enum Dead: Error, Sendable, Hashable {
    case unknown
    /// The login was ended: when, why (`take_over`, `closed`, `disabled`, `password`, `signed_out`, ...) and by whom.
    case ended(at: Timestamp, reason: String, by: Ender)
    case idle
    case expired
    case disabled
}

/// Who ended a login, as far as the person whose login it was is told.
package struct Ender: Sendable, Hashable {
    package var name: String?
    /// Of the browser that took over.
    package var address: String?
    package var userAgent: String?

    package init(name: String? = nil, address: String? = nil, userAgent: String? = nil) {
        self.name = name
        self.address = address
        self.userAgent = userAgent
    }
}

/// The record does not exist for this principal: never issued, of another account, or not to be seen. One answer for all.
package struct Hidden: Error, Sendable {
    package init() {}
}

extension Caller {
    /// What is seen once the account is settled, as it is in a permit.
    var sight: Sight { principal.account.map { .account($0.description) } ?? .nothing }

    /// What is seen while the facts are read. A person or key of an account hangs on nothing outside of it; an administrator does.
    var sightOfFacts: Sight { principal.administrator == nil && entering == nil ? sight : .everything }
}
