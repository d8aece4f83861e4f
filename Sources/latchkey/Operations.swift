import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import Synchronization

/// What the machinery around this server asks it: alive, ready, which version, and its own description.
final class Operations: Sendable {
    private let isDraining = Mutex(false)

    /// From now on `/readyz` says no, so that nothing new is sent here.
    func drain() { isDraining.withLock { $0 = true } }

    var routes: [Route] {
        [
            .get("/livez", .nothing(because: .health), face: .api) { call in
                try call.noQuery()
                return .json(["status": "ok"])
            },
            .get("/readyz", .nothing(because: .health), face: .api) { [self] call in
                try call.noQuery()
                if isDraining.withLock({ $0 }) { throw Problem.busy(retryAfter: 5) }
                try await call.gate.database.check()
                return .json(["status": "ok"])
            },
            .get("/version", .nothing(because: .health), face: .api) { call in
                try call.noQuery()
                return .json(["name": "latchkey", "version": .string(call.house.settings.version)])
            },
            .get("/api/openapi.yaml", .nothing(because: .description)) { call in
                try call.noQuery()
                guard let text = call.house.assets.plain("openapi.yaml") else { throw Problem.hidden }
                return Answer(200, .bytes(text, type: "application/yaml"))
            },
        ]
    }
}
