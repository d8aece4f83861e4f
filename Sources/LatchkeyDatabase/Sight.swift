/// Whose rows a transaction sees and may change: the second wall, behind the stores' own `account = …`.
///
/// PostgreSQL holds a transaction to it by row-level security. SQLite has no such thing: there it says nothing.
package enum Sight: Sendable, Hashable {
    /// Nothing that belongs to an account or to the enterprise.
    case nothing
    /// The rows of one account.
    case account(String)
    /// Every account's rows, and those of the enterprise: for what comes before an account is known, and what crosses accounts by its nature.
    case everything
}
