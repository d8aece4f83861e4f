import LatchkeyAccess
import LatchkeyDatabase
import LatchkeySecrets

/// The logins in which administrators are switched into accounts.
package enum SwitchedLogins {
    /// One administrator in one account.
    package struct Switch: Sendable, Hashable {
        package let account: AccountID
        package let administrator: AdministratorID
    }

    /// Those that are under way and that the gate lets in no more: the administrator, or the one they act as, lost the account or may not
    /// switch any longer. Within a write it sees what the write has changed so far.
    package static func lost(at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Set<Switch> {
        let logins = try tx.rows(
            """
            SELECT hash, account, administrator FROM logins
            WHERE administrator IN (SELECT id FROM administrators) AND account IS NOT NULL AND ended_at IS NULL AND expires_at > \(now)
            """
        ) { row in (hash: try row[0] as [UInt8], switched: Switch(account: try row[1], administrator: try row[2])) }
        var lost: Set<Switch> = []
        for login in logins {
            // The gate's own judgement, so that no rule is written twice.
            do { _ = try Facts.live(Credential(kind: .login, hash: login.hash), at: now, tx) } catch Dead.disabled {
                lost.insert(login.switched)
            } catch is Dead {}
        }
        return lost
    }
}
