import LatchkeyAccess
import LatchkeyDatabase
import LatchkeySecrets
import Synchronization

/// Those who want to hear what other nodes say, by topic.
final class NodeWords: Sendable {
    /// Tells this process from every other.
    let me = Random.base62(16)
    private let ears = Mutex<[String: [@Sendable (String) -> Void]]>([:])

    func add(_ topic: String, _ hear: @escaping @Sendable (String) -> Void) { ears.withLock { $0[topic, default: []].append(hear) } }

    func hear(from node: String, _ topic: String, _ text: String) {
        if node == me { return }
        for hear in ears.withLock({ $0[topic] ?? [] }) { hear(text) }
    }
}

/// What nodes tell each other that is in no table, such as how often a password was guessed.
extension Gate {
    /// Tells the other nodes, as soon as it is committed; a node that does not listen at this moment misses it. A node that is alone tells nobody.
    ///
    /// - Parameter topic: one word; nobody but the feature whose it is uses it.
    /// - Throws: what the database throws.
    package func tellOtherNodes(_ topic: StaticString, _ text: String) async throws {
        guard database.isShared else { return }
        let news = News.word(node: words.me, topic: topic.description, text: text)
        try await database.write { tx in try tx.announce(news.text) }
    }

    /// Has `hear` called with what other nodes tell under a topic, on the database's threads: it must be short and must not wait.
    package func hearOtherNodes(_ topic: StaticString, _ hear: @escaping @Sendable (String) -> Void) { words.add(topic.description, hear) }
}
