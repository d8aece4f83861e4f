import Foundation
import LatchkeyDatabase

extension PostgresDatabase {
    /// How the database is used; the defaults are right for production.
    package struct Options: Sendable {
        /// Whether a commit is answered only once it is on disk; false for tests that are about speed.
        package var isDurable: Bool
        /// The most writes that share one commit.
        package var maxBatch: Int
        /// How many connections read.
        package var readers: Int
        /// How long work waits for a connection before it is refused.
        package var patience: Duration
        /// How long work waits for a server that cannot be reached, counted from when it went.
        package var absence: Duration
        /// How long a write that holds nothing yet waits for another node's, in milliseconds.
        package var lockMilliseconds: Int

        /// Options with these differences from the defaults.
        package init(
            isDurable: Bool = true, maxBatch: Int = 256, readers: Int = max(4, ProcessInfo.processInfo.activeProcessorCount * 2),
            patience: Duration = .seconds(4), absence: Duration = .milliseconds(800), lockMilliseconds: Int = 3000
        ) {
            self.isDurable = isDurable
            self.maxBatch = maxBatch
            self.readers = readers
            self.patience = patience
            self.absence = absence
            self.lockMilliseconds = lockMilliseconds
        }
    }
}

/// What a connection is for, which decides how it is set up.
enum Role: Sendable {
    case reading, writing, migrating, listening

    /// Statements that set a new connection up. Time-outs end what a node that hangs would otherwise hold.
    func setUp(_ options: PostgresDatabase.Options) -> String {
        let common =
            "SET client_min_messages = warning; SET standard_conforming_strings = on; SET tcp_user_timeout = 10000; "
            + Wall.beginning(self == .migrating ? .everything : .nothing) + "; "
        switch self {
        case .reading:
            return common
                + """
                SET default_transaction_isolation = 'repeatable read'; SET default_transaction_read_only = on;
                SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'
                """
        case .writing:
            return common + Self.durability(options)
                + """
                SET default_transaction_isolation = 'read committed'; SET lock_timeout = \(options.lockMilliseconds);
                SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '20s'
                """
        case .migrating:
            return common + Self.durability(options) + "SET default_transaction_isolation = 'read committed'; SET statement_timeout = 0"
        case .listening: return common + "SET statement_timeout = '10s'"
        }
    }

    /// What the server is set to may be more than we ask for, and not less.
    private static func durability(_ options: PostgresDatabase.Options) -> String {
        guard options.isDurable else { return "SET synchronous_commit = off; " }
        return """
            SELECT set_config('synchronous_commit', 'on', false)
            WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply'); 
            """
    }
}
