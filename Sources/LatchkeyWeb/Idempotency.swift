import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets

extension Call {
    /// Runs a create once for each `Idempotency-Key`: scope is principal and path, looked up after validation, and only success is kept.
    /// A replay never repeats a secret. Concurrent duplicates wait, because writes are one after the other.
    /// - Parameter body: What was sent, where that is no longer in the request: an upload.
    /// - Throws: `Problem` 400 for a key of the wrong shape, 422 where it was used with another body.
    package func once(_ actor: Actor, of body: [UInt8]? = nil, _ tx: any Transaction, _ create: () throws -> Answer) throws -> Answer {
        guard let key = inbound.headers[.idempotencyKey] else { return try create() }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ $0 >= 0x21 && $0 <= 0x7E }) else {
            throw Problem.malformed("invalid_idempotency_key", "Idempotency-Key must be 1 to 255 visible ASCII characters.")
        }
        let scope = actor.kind.rawValue + ":" + actor.id + " " + inbound.method.rawValue + " " + inbound.path
        // Keyed, because a body may hold a password.
        let fingerprint = house.masterKey.fingerprint(body ?? inbound.body, context: "idempotency")
        if let kept = try IdempotencyStore.find(key, in: scope, at: now, tx) {
            guard kept.fingerprint == fingerprint else {
                throw Problem(422, "idempotency_key_reused", "This Idempotency-Key was used with another body.")
            }
            // The stored body is the object without its secrets, which is what its tag is made of.
            var answer = Answer.object(kept.body, tag: ETag(kept.body), status: kept.status)
            answer.headers[.idempotencyReplayed] = "true"
            return answer
        }
        let answer = try create()
        guard (200..<300).contains(answer.status), case .json(let body) = answer.body else { return answer }
        let shown = JSON(members: body.members.filter { !answer.secrets.contains($0.0) })
        try IdempotencyStore.keep(.init(fingerprint: fingerprint, status: answer.status, body: shown), key, in: scope, at: now, tx)
        return answer
    }
}

extension HTTPField.Name {
    package static let idempotencyKey = HTTPField.Name("Idempotency-Key") ?? .from
    package static let idempotencyReplayed = HTTPField.Name("Idempotency-Replayed") ?? .from
}
