import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// The keys that sign access tokens (RS256), of the installation. The private part is sealed under the master key.
///
/// A new one is published ten minutes before it signs, so that whoever keeps the public keys for five knows it by then; an old one stays published
/// until the last token that it signed is over.
package enum SigningKeys {
    /// Whoever asks for the public keys may keep them so long, in seconds.
    static let mayBeKept = 300
    private static let notice: Int64 = 600
    /// How long tokens of a key outlive it, and clocks that are a little off.
    private static let afterlife: Int64 = Int64(Tokens.longestSigned) + 60

    /// A key as it is stored.
    struct Stored: Sendable {
        var id: String
        var sealed: [UInt8]
        var modulus: String
        var exponent: String
        var createdAt: Timestamp
        var signsFrom: Timestamp

        /// As the public sees it (RFC 7517).
        var jwk: JSON {
            ["kty": "RSA", "use": "sig", "alg": "RS256", "kid": .string(id), "n": .string(modulus), "e": .string(exponent)]
        }
    }

    /// A key that can sign.
    struct Opened: Sendable {
        var id: String
        var key: SigningKey
    }

    /// A key that cannot be made, opened or used.
    struct Unusable: Error {}

    /// The key that signs now; the first one is made when it is needed.
    static func current(_ house: House, _ desk: OAuthDesk) async throws -> Opened {
        let stored = try await house.gate.read(door: .oauth) { try SigningKeyStore.all($0, $1) }
        let key: Stored
        if let known = signing(stored, at: house.gate.now) { key = known } else { key = try await make(house) { _, now in now } }
        return Opened(id: key.id, key: try desk.key(key.id) { try open(key, house.masterKey) })
    }

    /// The public keys: those that sign, will sign, or have signed what is not over.
    static func published(_ house: House) async throws -> JSON {
        let stored = try await house.gate.read(door: .oauth) { try SigningKeyStore.all($0, $1) }
        return ["keys": .array(stored.filter { !isOver($0, stored, at: house.gate.now) }.map(\.jwk))]
    }

    /// Makes a new key, which signs from ten minutes on, or at once; then those before it are forgotten, and who has kept them learns it within five
    /// minutes. Answers its id and when it begins.
    package static func rotate(atOnce: Bool, _ house: House) async throws -> (id: String, signsFrom: Timestamp) {
        let key = try await make(house, replacing: atOnce) { all, now in
            atOnce || all.isEmpty ? now : now.adding(seconds: notice)
        }
        return (key.id, key.signsFrom)
    }

    private static func make(
        _ house: House, replacing: Bool = false, from begin: @escaping @Sendable ([Stored], Timestamp) -> Timestamp
    ) async throws -> Stored {
        guard let key = SigningKey.make() else { throw Unusable() }
        let id = Base64URL.encode(Array(SHA256.hash(key.modulus).prefix(16)))
        let sealed = house.masterKey.seal(key.der, context: context(id))
        return try await house.gate.write(door: .oauth, origin: .ofThisMachine(at: house.gate.now), touches: .records) { permit, tx, book in
            let all = try SigningKeyStore.all(permit, tx)
            let new = Stored(
                id: id, sealed: sealed, modulus: Base64URL.encode(key.modulus), exponent: Base64URL.encode(key.exponent), createdAt: book.now,
                signsFrom: begin(all, book.now))
            // Another node was first: one is enough.
            if !replacing, new.signsFrom == book.now, let known = signing(all, at: book.now) { return known }
            let over = all.filter { replacing || isOver($0, all, at: book.now) }
            try SigningKeyStore.delete(over.map(\.id), permit, tx)
            try SigningKeyStore.insert(new, permit, tx)
            let subject = Subject("signing_key", id, id)
            try book.record("signing_key.created", subject, in: .enterprise, by: .system, [Change("signs_from", to: JSON(new.signsFrom))])
            return new
        }
    }

    // MARK: Which

    private static func signing(_ all: [Stored], at now: Timestamp) -> Stored? { all.last { $0.signsFrom <= now } }

    private static func isOver(_ key: Stored, _ all: [Stored], at now: Timestamp) -> Bool {
        guard let next = all.first(where: { $0.signsFrom > key.signsFrom && $0.signsFrom <= now }) else { return false }
        return now >= next.signsFrom.adding(seconds: afterlife)
    }

    private static func context(_ id: String) -> String { "signing_keys sealed \(id)" }

    private static func open(_ key: Stored, _ masterKey: MasterKey) throws -> SigningKey {
        guard let opened = SigningKey(der: try masterKey.open(key.sealed, context: context(key.id))) else { throw Unusable() }
        return opened
    }
}
