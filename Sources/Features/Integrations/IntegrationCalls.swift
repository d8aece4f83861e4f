import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// What integrations called lately: the last hundred of each, for whoever looks for what went wrong.
package enum IntegrationCalls {
    /// Writes down what waits. Nothing that history is about; what cannot be written is let go of.
    package static func write(_ house: House) async throws {
        let all = house.recentCalls.take()
        if all.isEmpty { return }
        try await house.gate.carry(door: .calls, origin: .ofThisMachine(at: house.gate.now)) { permit, tx, _ in
            for calls in all { try IntegrationCallStore.keep(calls, permit, tx) }
        }
    }

    /// A page of them, newest first, with what this node has not written down yet.
    package static func list(
        _ page: PageRequest, of integration: IntegrationID, _ recent: RecentCalls, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<RecentCalls.Call> {
        let unwritten = recent.unwritten(of: integration).reversed()
        let written = try IntegrationCallStore.all(of: integration, permit, tx)
        var all = Array((unwritten + written).prefix(RecentCalls.kept))
        let total = page.wantsTotal ? all.count : nil
        if let after = page.after { all = all.filter { $0.id.description < after.key } }
        return Page(Array(all.prefix(page.limit + 1)), limit: page.limit, total: total) { $0.id.description }
    }
}

extension RecentCalls.Call {
    var json: JSON {
        [
            "id": JSON(id), "at": JSON(at), "method": .string(method), "route": .string(route), "status": .int(Int64(status)),
            "address": .string(address),
        ]
    }
}
