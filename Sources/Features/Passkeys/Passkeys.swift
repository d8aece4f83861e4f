import FactorsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// What can be done with passkeys. These verbs leave no history: their callers do, who know what it was for.
package enum Passkeys {
    /// What a browser is told to do, and what it must bring back with the answer.
    package struct Asking: Sendable {
        package let challenge: PasskeyChallenge
        let options: JSON

        package var json: JSON { ["flow": .string(challenge.flow), "options": options] }
    }

    /// Where the ceremony is held.
    package struct Desk: Sendable {
        let party: WebAuthn.RelyingParty
        let key: MasterKey

        /// - Throws: `Problem` 409 `no_passkeys_here` where browsers know none.
        package init(_ house: House) throws {
            guard let party = WebAuthn.RelyingParty(house.settings.publicURL) else {
                throw Problem.conflict("no_passkeys_here", t("Passkeys need https and a host with a name."))
            }
            self.party = party
            key = house.masterKey
        }
    }

    /// Whether browsers know passkeys at this server's address.
    package static func areKnown(_ house: House) -> Bool { WebAuthn.RelyingParty(house.settings.publicURL) != nil }

    // MARK: Adding one

    /// Begins to add a passkey of oneself.
    package static func offer(
        username: String, name: String, enterprise: String, at now: Timestamp, _ desk: Desk, _ permit: borrowing OwnPermit, _ tx: any Transaction
    ) throws -> Asking {
        let own = try PasskeyStore.list(of: permit.person, tx)
        let handle = own.first?.userHandle ?? Random.bytes(WebAuthn.userHandleLength)
        let challenge = PasskeyChallenge(.register, bound: permit.login.description, userHandle: handle, at: now, desk.key)
        let algorithms = [CredentialKey.Algorithm.es256, .edDSA, .rs256].map { algorithm -> JSON in
            ["type": "public-key", "alg": .int(Int64(algorithm.rawValue))]
        }
        let options: JSON = [
            "rp": ["id": .string(desk.party.id), "name": .string(enterprise)],
            "user": ["id": .string(Base64URL.encode(handle)), "name": .string(username), "displayName": .string(name)],
            "challenge": .string(Base64URL.encode(challenge.bytes)), "pubKeyCredParams": .array(algorithms), "timeout": timeout,
            "excludeCredentials": .array(own.map(\.descriptor)),
            "authenticatorSelection": ["residentKey": "preferred", "requireResidentKey": false, "userVerification": "preferred"],
            "attestation": "none",
        ]
        return Asking(challenge: challenge, options: options)
    }

    /// A passkey that was made for oneself, and is not kept yet.
    package struct Made: Sendable {
        let passkey: Passkey
        let challenge: PasskeyChallenge
    }

    /// - Throws: `Problem` 422 `invalid_passkey`.
    package static func made(
        _ answer: PasskeyAnswer, as factor: FactorID, at now: Timestamp, _ desk: Desk, _ permit: borrowing OwnPermit
    ) throws -> Made {
        guard
            let challenge = PasskeyChallenge(answer.flow, .register, bound: permit.login.description, at: now, desk.key),
            let handle = challenge.userHandle
        else { throw Problem.invalid("credential", "invalid_passkey", t("This took too long, or was done already. Begin again.")) }
        do throws(WebAuthn.Refusal) {
            let creation = try WebAuthn.Creation(answer.credential)
            let credential = try WebAuthn.verify(
                creation, .init(party: desk.party, challenge: challenge.bytes, needsUserVerification: false))
            let passkey = Passkey(
                factor: factor, person: permit.person, credential: credential, userHandle: handle, transports: creation.transports)
            return Made(passkey: passkey, challenge: challenge)
        } catch {
            throw Problem.invalid("credential", "invalid_passkey", t("The passkey cannot be used here (%1).", error.rawValue))
        }
    }

    /// Keeps it beside its factor, which is there by now.
    /// - Throws: `Problem` 409 `factor_added` for a credential that is somebody's, 422 `invalid_passkey` for an answer that was given before.
    package static func keep(_ made: Made, at now: Timestamp, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws {
        guard try PasskeyStore.answer(made.challenge, at: now, tx) else {
            throw Problem.invalid("credential", "invalid_passkey", t("This took too long, or was done already. Begin again."))
        }
        do { try PasskeyStore.insert(made.passkey, tx) } catch DatabaseError.unique {
            throw Problem.conflict("factor_added", t("This was added already."))
        }
    }

    // MARK: Asking for one

    /// Asks for any passkey, whoever's it is: the person is verified by it, since it stands alone.
    package static func askAnybody(bound: String, at now: Timestamp, _ desk: Desk) -> Asking {
        asking(PasskeyChallenge(.signIn, bound: bound, at: now, desk.key), [], verification: "required", desk)
    }

    /// Asks for one of a person whose password was right.
    package static func ask(
        _ person: OwnPermit.Person, bound: String, at now: Timestamp, _ desk: Desk, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> Asking {
        let own = try PasskeyStore.list(of: person, tx)
        return asking(PasskeyChallenge(.secondStep, bound: bound, at: now, desk.key), own, verification: "preferred", desk)
    }

    /// Asks for one of one's own, in the login that asks.
    package static func ask(at now: Timestamp, _ desk: Desk, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws -> Asking {
        let own = try PasskeyStore.list(of: permit.person, tx)
        return asking(PasskeyChallenge(.stepUp, bound: permit.login.description, at: now, desk.key), own, verification: "preferred", desk)
    }

    private static func asking(_ challenge: PasskeyChallenge, _ own: [Passkey], verification: StaticString, _ desk: Desk) -> Asking {
        let options: JSON = [
            "challenge": .string(Base64URL.encode(challenge.bytes)), "timeout": timeout, "rpId": .string(desk.party.id),
            "allowCredentials": .array(own.map(\.descriptor)), "userVerification": .string("\(verification)"),
        ]
        return Asking(challenge: challenge, options: options)
    }

    private static var timeout: JSON { .int(PasskeyChallenge.seconds * 1000) }

    // MARK: Judging an answer

    /// A good answer, not yet used up.
    package struct Shown: Sendable {
        let passkey: Passkey
        let challenge: PasskeyChallenge
        let asserted: WebAuthn.Asserted

        package var person: OwnPermit.Person { passkey.person }
        package var factor: FactorID { passkey.factor }
        /// Its counter did not go up: perhaps there is a copy of it.
        package var isCounterRegressed: Bool { asserted.isCounterRegressed }
    }

    /// Whose passkey stands alone for a sign-in; nil for an answer that is not right in any way, and with equal work for one that nobody has.
    package static func judge(
        _ answer: PasskeyAnswer, bound: String, at now: Timestamp, _ desk: Desk, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> Shown? { try judge(answer, .signIn, bound: bound, of: nil, at: now, desk, tx) }

    /// Whether an answer is right as the second step of a person.
    package static func judge(
        _ answer: PasskeyAnswer, of person: OwnPermit.Person, bound: String, at now: Timestamp, _ desk: Desk, _ permit: borrowing DoorPermit,
        _ tx: any Transaction
    ) throws -> Shown? { try judge(answer, .secondStep, bound: bound, of: person, at: now, desk, tx) }

    /// Whether an answer is right as one's own, in the login that asks.
    package static func judge(
        _ answer: PasskeyAnswer, at now: Timestamp, _ desk: Desk, _ permit: borrowing OwnPermit, _ tx: any Transaction
    ) throws -> Shown? { try judge(answer, .stepUp, bound: permit.login.description, of: permit.person, at: now, desk, tx) }

    private static func judge(
        _ answer: PasskeyAnswer, _ purpose: PasskeyChallenge.Purpose, bound: String, of person: OwnPermit.Person?, at now: Timestamp, _ desk: Desk,
        _ tx: any Transaction
    ) throws -> Shown? {
        guard let challenge = PasskeyChallenge(answer.flow, purpose, bound: bound, at: now, desk.key),
            let assertion = try? WebAuthn.Assertion(answer.credential)
        else { return nil }
        let found = try PasskeyStore.find(assertion.id, tx)
        let passkey = found ?? nobodys(assertion.id)
        let expected = WebAuthn.Expected(party: desk.party, challenge: challenge.bytes, needsUserVerification: purpose == .signIn)
        guard let asserted = try? WebAuthn.verify(assertion, expected, by: passkey.credential, userHandle: passkey.userHandle), found != nil else {
            return nil
        }
        // Where it stands alone, the authenticator must know whose it is.
        if person.map({ $0 != passkey.person }) ?? (assertion.userHandle == nil) { return nil }
        return Shown(passkey: passkey, challenge: challenge, asserted: asserted)
    }

    /// What an answer is held against where there is no such passkey: the point that P-256 is generated by, whose private key nobody uses.
    private static func nobodys(_ id: [UInt8]) -> Passkey {
        let point: [UInt8] = [
            0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC, 0xE6, 0xE5, 0x63, 0xA4, 0x40, 0xF2, 0x77, 0x03, 0x7D, 0x81, 0x2D, 0xEB, 0x33,
            0xA0, 0xF4, 0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2, 0x96, 0x4F, 0xE3, 0x42, 0xE2, 0xFE, 0x1A, 0x7F, 0x9B, 0x8E, 0xE7, 0xEB, 0x4A, 0x7C, 0x0F,
            0x9E, 0x16, 0x2B, 0xCE, 0x33, 0x57, 0x6B, 0x31, 0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51, 0xF5,
        ]
        let key = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20] + point.prefix(32) + [0x22, 0x58, 0x20] + point.suffix(32)
        let credential = WebAuthn.Credential(
            id: id, key: key, signCount: 0, isBackupEligible: false, isBackedUp: false, isUserVerified: false, model: [])
        return Passkey(
            factor: .new(at: Timestamp(milliseconds: 0)), person: .administrator(.new(at: Timestamp(milliseconds: 0))), credential: credential,
            userHandle: [], transports: [])
    }

    // MARK: Using it up

    /// Notes the use of what was shown; false where that challenge was answered before, and then nothing is changed.
    package static func use(_ shown: Shown, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Bool {
        try use(shown, at: now, tx)
    }

    package static func use(_ shown: Shown, at now: Timestamp, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws -> Bool {
        try use(shown, at: now, tx)
    }

    private static func use(_ shown: Shown, at now: Timestamp, _ tx: any Transaction) throws -> Bool {
        guard try PasskeyStore.answer(shown.challenge, at: now, tx) else { return false }
        try PasskeyStore.noteUse(shown.passkey, shown.asserted, at: now, tx)
        return true
    }
}
