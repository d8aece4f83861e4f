import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// What happens, told as it happens.
package enum LiveRoutes {
    package static let all: [Route] = [.get("/events", .need(.login), face: .api, isBackground: true, handler: events)]

    private static func events(_ call: Call) async throws -> Answer {
        try call.noQuery()
        guard let caller = call.caller else { throw Refusal.signIn }
        let gate = call.gate
        return Answer(200, .stream(type: "text/event-stream") { told(caller, gate) }, headers: [.accelBuffering: "no"])
    }

    /// The events of one login, until it ends or nobody listens any more.
    private static func told(_ caller: Caller, _ gate: Gate) -> AsyncThrowingStream<[UInt8], any Error> {
        let telling = Telling(caller, gate, gate.watchers.watch(caller.principal.account))
        return AsyncThrowingStream { try await telling.next() }
    }

    /// What one stream is told, made when it is asked for: thousands listen, and a task and a buffer in between would be memory for each.
    private actor Telling {
        private let gate: Gate
        private let happenings: AsyncStream<Happening>.Iterator
        private var caller: Caller
        private var hasBegun = false, isOver = false

        init(_ caller: Caller, _ gate: Gate, _ happenings: AsyncStream<Happening>) {
            self.caller = caller
            self.gate = gate
            self.happenings = happenings.makeAsyncIterator()
        }

        func next() async throws -> [UInt8]? {
            if !hasBegun {
                hasBegun = true
                return Array("retry: 5000\n\n".utf8)
            }
            var happenings = happenings
            while !isOver, let happening = await happenings.next(isolation: self) {
                do {
                    // As it is now: a key or a role may be gone since the last event, and the login too.
                    let now = try await look()
                    let told = access(now) + LiveRoutes.text(of: happening, to: now.principal)
                    if !told.isEmpty { return told }
                } catch Dead.unknown {
                    // The login has a new token, and its browser shows that by now.
                    isOver = true
                    return LiveRoutes.event("renewed", [:])
                } catch let dead as Dead {
                    isOver = true
                    return LiveRoutes.event("ended", LiveRoutes.json(dead))
                } catch {
                    // The database is busy: the next beat looks again.
                }
            }
            return nil
        }

        /// In a task of its own: what it takes for its frames is given back with it, and not kept for the life of the stream.
        private func look() async throws -> Caller {
            try await Task { [gate, caller] in try await gate.admit(caller.credential, origin: caller.origin, isActivity: false) }.value
        }

        /// What is told where they hold something else than before. Nobody's facts were read anew: nothing changed, and nothing is made to see that.
        private func access(_ now: Caller) -> [UInt8] {
            if now.told.me === caller.told.me { return [] }
            let before = caller
            caller = now
            let tag = LiveRoutes.tag(now.principal)
            return tag == LiveRoutes.tag(before.principal) ? [] : LiveRoutes.event("access", ["etag": .string(tag?.text ?? "")])
        }
    }

    /// The version of what somebody holds, as `GET /api/v1/me/access` has it.
    private static func tag(_ principal: Principal) -> ETag? {
        guard case .account(_, let hasFieldWork, let access) = principal.place else { return nil }
        return ETag(access.explained(hasFieldWork: hasFieldWork))
    }

    private static func text(of happening: Happening, to principal: Principal) -> [UInt8] {
        // A comment keeps the connection open.
        let nothing = Array(":\n\n".utf8)
        switch happening {
        case .session(let id, let key, let owner):
            guard let access = principal.access, access.visibility(at: .read).contains(key: key, owner: owner) else { return [] }
            return event("session", ["id": JSON(id)])
        case .facts:
            // Whose logins they were, their list says.
            return principal.access.map { $0.level(of: .logins) > .none } == true ? event("logins", [:]) : nothing
        case .look: return nothing
        }
    }

    private static func event(_ name: StaticString, _ data: JSON) -> [UInt8] {
        Array("event: \(name)\ndata: ".utf8) + data.encode() + Array("\n\n".utf8)
    }

    private static func json(_ dead: Dead) -> JSON {
        switch dead {
        case .ended(let at, let reason, let by):
            [
                "reason": .string(reason), "at": JSON(at), "address": JSON(by.address), "by": JSON(by.name),
                "browser": JSON(by.userAgent.map { UserAgent.name($0) }),
            ]
        case .idle: ["reason": "idle"]
        case .expired: ["reason": "expired"]
        default: ["reason": "ended"]
        }
    }
}

extension HTTPField.Name {
    fileprivate static let accelBuffering = HTTPField.Name("X-Accel-Buffering") ?? .from
}
