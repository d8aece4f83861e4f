import LatchkeyWeb
import Synchronization

/// What is done after an answer, so that the time to answer tells nothing about it. Under a flood the line has an end, and what does not fit is counted and
/// dropped.
final class AfterAnswers<Item: Sendable>: Sendable {
    private struct State {
        var waiting: [Item] = []
        var isBusy = false
    }

    private let state = Mutex(State())
    private let dropped: StaticString
    private let handle: @Sendable (Item, House) async -> Void

    init(dropped: StaticString, _ handle: @escaping @Sendable (Item, House) async -> Void) {
        self.dropped = dropped
        self.handle = handle
    }

    /// Takes an item and returns at once.
    func note(_ item: Item, _ house: House) {
        let begins = state.withLock { state -> Bool? in
            if state.waiting.count >= 1000 { return nil }
            state.waiting.append(item)
            defer { state.isBusy = true }
            return !state.isBusy
        }
        guard let begins else { return house.metrics.count(dropped) }
        if begins { Task { await work(house) } }
    }

    private func work(_ house: House) async {
        while true {
            let next = state.withLock { state in
                defer { state.waiting = [] }
                state.isBusy = !state.waiting.isEmpty
                return state.waiting
            }
            if next.isEmpty { return }
            for item in next { await handle(item, house) }
        }
    }
}
