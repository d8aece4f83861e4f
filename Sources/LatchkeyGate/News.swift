import LatchkeyAccess

/// What nodes tell each other of a commit, as a line of text: what to forget, and what those who watch may want to know.
enum News: Sendable, Equatable {
    /// Facts of one account changed.
    case facts(AccountID)
    /// Facts of the enterprise changed.
    case allFacts
    case happening(AccountID, SessionID, key: APIKeyID, owner: UserID?)
    /// What a feature tells its like on other nodes.
    case word(node: String, topic: String, text: String)

    var text: String {
        switch self {
        case .facts(let account): "facts \(account)"
        case .allFacts: "facts"
        case .happening(let account, let session, let key, let owner):
            "session \(account) \(session) \(key)" + (owner.map { " \($0)" } ?? "")
        case .word(let node, let topic, let text): "word \(node) \(topic) \(text)"
        }
    }

    /// What another node said. What we do not understand, such as a newer node's word, may be about anything.
    init(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        let ids = words.dropFirst()
        if words.first == "facts", ids.count == 1, let account = ids.first.flatMap({ AccountID($0) }) {
            self = .facts(account)
        } else if words.first == "session", (3...4).contains(ids.count), let account = AccountID(words[1]), let session = SessionID(words[2]),
            let key = APIKeyID(words[3])
        {
            let owner = words.count > 4 ? UserID(words[4]) : nil
            self = .happening(account, session, key: key, owner: owner)
        } else if words.first == "word", ids.count >= 3 {
            self = .word(node: words[1], topic: words[2], text: words[3...].joined(separator: " "))
        } else {
            self = .allFacts
        }
    }
}

extension Happening {
    /// As other nodes are told; nil for what each node notices by itself.
    func news(in account: AccountID) -> News? {
        guard case .session(let id, let key, let owner) = self else { return nil }
        return .happening(account, id, key: key, owner: owner)
    }
}
