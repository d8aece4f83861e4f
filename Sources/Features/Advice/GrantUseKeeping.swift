import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb
import Synchronization

/// Writes down what people used, some at a time.
package final class GrantUseKeeping: Sendable {
    private let house: House
    private let hasBegun = Mutex(false)

    /// Written in one transaction, so that nobody waits long behind it.
    private static let batch = 500

    package init(_ house: House) { self.house = house }

    /// Nothing that history is about. What cannot be written waits for the next time.
    package func write() async throws {
        let uses = house.uses.take()
        if uses.isEmpty, hasBegun.withLock({ $0 }) { return }
        do {
            let all = Array(uses)
            var start = 0
            repeat {
                let some = Array(all[start..<min(start + Self.batch, all.count)])
                try await house.gate.carry(door: .upkeep, origin: .ofThisMachine(at: house.gate.now)) { permit, tx, book in
                    try GrantUseStore.begin(at: book.now, permit, tx)
                    for (use, time) in some { try GrantUseStore.keep(use, at: time, permit, tx) }
                }
                start += Self.batch
            } while start < all.count
            hasBegun.withLock { $0 = true }
        } catch {
            house.uses.giveBack(uses)
            throw error
        }
    }
}
