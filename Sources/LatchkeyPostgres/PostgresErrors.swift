import CPostgres
import LatchkeyDatabase

/// A statement or a connection that failed, with what that means for the transaction around it.
struct Failure: Error {
    enum Kind: Sendable {
        /// The statement is at fault, the connection is well.
        case statement
        /// Another transaction is in the way: the same again may succeed.
        case conflict
        /// The connection is gone.
        case lost
    }

    let error: DatabaseError
    var kind = Kind.statement
}

extension Failure {
    /// What a result says went wrong; `isLost` when the connection did not survive it.
    init(_ result: OpaquePointer, isLost: Bool) {
        func field(_ code: CInt) -> String? { PQresultErrorField(result, code).map { String(cString: $0) } }
        let state = field(latchkey_pg_sqlstate) ?? ""
        let message = field(latchkey_pg_message) ?? "the server sent no reason"
        let column = [field(latchkey_pg_table), field(latchkey_pg_column)].compactMap { $0 }.joined(separator: ".")
        // What has no code libpq says itself: the way is broken, also where it has not noticed. And whoever says FATAL hangs up.
        let isFatal = ["FATAL", "PANIC"].contains(field(latchkey_pg_severity) ?? "")
        if isLost || state.isEmpty || isFatal || state.hasPrefix("57P") || state.hasPrefix("08") {
            self.init(error: .unavailable("\(message) (\(state))"), kind: .lost)
            return
        }
        self.init(
            error: Self.translate(state, message, constraint: field(latchkey_pg_constraint), column: column),
            kind: Self.isConflict(state, message) ? .conflict : .statement)
    }

    /// Serialization, deadlock, a lock that others hold, and a plan that a migration made stale.
    private static func isConflict(_ state: String, _ message: String) -> Bool {
        state == "40001" || state == "40P01" || state == "55P03" || state == "0A000" && message.hasPrefix("cached plan")
    }

    /// The server's code in our words. `constraint` and `column` name what was broken, where the server says so.
    static func translate(_ state: String, _ message: String, constraint: String?, column: String) -> DatabaseError {
        switch state {
        case "23505": return .unique(constraint ?? message)
        case "23503": return .foreignKey
        case "23502": return .check("NOT NULL " + column)
        case "23514", "23P01": return .check(constraint ?? message)
        case "42804": return .check(message)  // a value of another type than the column's
        case "25006": return .readOnly
        case "53100": return .full
        case "XX001", "XX002": return .corrupt(message)
        default: break
        }
        switch state.prefix(2) {
        case "22", "23": return .check(message)
        case "08", "28", "3D", "40", "53", "55", "57", "58": return .unavailable("\(message) (\(state))")
        case "0A", "25", "2D", "3B", "42": return .misuse("\(message) (\(state))")
        default: return .other("\(message) (\(state))")
        }
    }
}
