import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The index of the words that users are found by (`UserSearch`): a rare word leads to its few users, however many others there are.
enum UserWordStore {
    /// A word that begins more words than this is not looked up: among so many the newest users who have it are soon found one by one.
    private static let common = 2000

    /// Makes these the words of a user: those of what stands in `users.search`.
    static func set(_ search: String, of id: UserID, in account: AccountID, _ tx: any Transaction) throws {
        let wanted = UserSearch.indexed(search)
        let known = Set(try tx.rows("SELECT word FROM user_words WHERE account = \(account) AND user_id = \(id)") { try $0[0] as String })
        for word in known.subtracting(wanted) {
            try tx.execute("DELETE FROM user_words WHERE account = \(account) AND user_id = \(id) AND word = \(word)")
        }
        for word in wanted.subtracting(known).sorted() {
            try tx.execute("INSERT INTO user_words (account, word, user_id) VALUES (\(account), \(word), \(id))")
        }
    }

    /// Holds for the users whom the rarest of the words that are looked for leads to; nil where even that is common, and where none is.
    static func condition(_ search: String, _ permit: borrowing Permit, _ tx: any Transaction) throws -> SQL? {
        var rarest: (word: String, count: Int)?
        for word in UserSearch.lookedUp(search) {
            let count = try count(word, permit, tx)
            if count <= common, count < rarest?.count ?? .max { rarest = (word, count) }
        }
        return rarest.map { rarest in
            "u.id IN (SELECT w.user_id FROM user_words w WHERE w.account = \(permit.account) AND \(fragment: begins(rarest.word)))"
        }
    }

    /// How many words of the account begin so, counted no further than one more than `common`.
    private static func count(_ word: String, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row(
            """
            SELECT count(*) FROM (SELECT 1 FROM user_words w WHERE w.account = \(permit.account) AND \(fragment: begins(word))
                LIMIT \(common + 1)) AS words
            """
        ) { try $0[0] } ?? 0
    }

    private static func begins(_ word: String) -> SQL { "w.word >= \(word) AND w.word < \(word + "\u{10FFFF}")" }
}
