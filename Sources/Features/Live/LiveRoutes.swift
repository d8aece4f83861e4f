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
        let happenings = gate.watchers.watch(caller.principal.account)
        return AsyncThrowingStream { listener in
            let telling = Task {
                listener.yield(Array("retry: 5000\n\n".utf8))
                var access = tag(caller.principal)
                for await happening in happenings {
                    do {
                        // As it is now: a key or a role may be gone since the last event, and the login too.
                        let now = try await gate.admit(caller.credential, origin: caller.origin, isActivity: false)
                        if happening == .look || happening == .facts, case let other = tag(now.principal), other != access {
                            access = other
                            listener.yield(event("access", ["etag": .string(other?.text ?? "")]))
                        }
                        listener.yield(text(of: happening, to: now.principal))
                    } catch let dead as Dead {
                        listener.yield(event("ended", json(dead)))
                        break
                    } catch {
                        // The database is busy: the next beat looks again.
                    }
                }
                listener.finish()
            }
            listener.onTermination = { _ in telling.cancel() }
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
