import LatchkeyDatabase

/// Work that one node does at a time. The node that holds the lease does it; when it is gone, another takes it after the lease has ended.
package struct Lease: Sendable {
    let name: String
    let holder: String

    /// - Parameter holder: tells this process from every other, such as random text.
    package init(_ name: StaticString, holder: String) {
        self.name = name.description
        self.holder = holder
    }
}

extension Gate {
    /// Takes the lease, or goes on holding it, for so many seconds from now; false while another holder has it. The time is the database's, so
    /// that the clocks of nodes do not matter. Nothing that history is about.
    package func takes(_ lease: Lease, for seconds: Int) async throws -> Bool {
        try await database.write { tx in
            let now = tx.dialect.now
            return try tx.execute(
                """
                INSERT INTO leases (name, holder, ends_at) VALUES (\(lease.name), \(lease.holder), \(fragment: now) + \(seconds * 1000))
                ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at
                WHERE leases.holder = excluded.holder OR leases.ends_at <= \(fragment: now)
                """) > 0
        }
    }

    /// Lets go of the lease, so that another need not wait for its end.
    package func release(_ lease: Lease) async throws {
        try await database.write { tx in
            try tx.execute("UPDATE leases SET ends_at = \(fragment: tx.dialect.now) WHERE name = \(lease.name) AND holder = \(lease.holder)")
        }
    }
}
