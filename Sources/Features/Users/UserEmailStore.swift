import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// Users' e-mail addresses, as a link that confirms one changes them.
enum UserEmailStore {
    struct Person: Sendable {
        var firstName: String
        var lastName: String
        var username: String
        var email: String

        var name: String { firstName + " " + lastName }
        /// What history compares.
        var details: JSON { ["email": .string(email), "username": .string(username)] }
    }

    static func isTaken(_ email: String, besides id: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        let key = IdentityKey.canonical(email)
        return try tx.row("SELECT 1 FROM users WHERE account = \(permit.account) AND email_key = \(key) AND id <> \(id)") { try $0[0] as Int } != nil
    }

    static func find(_ id: UserID, in account: AccountID, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Person? {
        try tx.row("SELECT first_name, last_name, username, email FROM users WHERE account = \(account) AND id = \(id)") { row in
            Person(firstName: try row[0], lastName: try row[1], username: try row[2], email: try row[3])
        }
    }

    /// - Throws: `DatabaseError.unique` where the e-mail is taken in the account.
    static func update(
        _ id: UserID, in account: AccountID, _ person: Person, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws {
        let search = UserSearch.text(firstName: person.firstName, lastName: person.lastName, username: person.username, email: person.email)
        try tx.execute(
            """
            UPDATE users SET email = \(person.email), email_key = \(IdentityKey.canonical(person.email)), username = \(person.username),
                search = \(search)
            WHERE account = \(account) AND id = \(id)
            """)
        try UserWordStore.set(search, of: id, in: account, tx)
    }

    /// - Throws: `DatabaseError.unique` where somebody in the installation has the username.
    static func claim(
        _ username: String, of id: UserID, in account: AccountID, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws {
        try tx.execute(
            "UPDATE usernames SET name_key = \(IdentityKey.canonical(username)) WHERE account = \(account) AND holder = \(id)")
    }
}
