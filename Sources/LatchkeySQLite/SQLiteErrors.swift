import Foundation
import GRDBSQLite
import LatchkeyDatabase

/// Whether the disk refused to confirm a write, after which nobody knows what it holds.
func isSyncFailure(_ code: CInt) -> Bool {
    code == SQLITE_IOERR | (4 << 8)  // SQLITE_IOERR_FSYNC
        || code == SQLITE_IOERR | (5 << 8)  // SQLITE_IOERR_DIR_FSYNC
}

/// SQLite's extended result code in our words.
func databaseError(code: CInt, message: String, systemError: CInt = 0) -> DatabaseError {
    switch code & 0xff {
    case SQLITE_CONSTRAINT: return constraint(kind: code >> 8, message: message)
    case SQLITE_FULL: return .full
    case SQLITE_IOERR where systemError == ENOSPC || systemError == EDQUOT: return .full
    case SQLITE_READONLY: return .readOnly
    case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt(message)
    case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_NOMEM, SQLITE_INTERRUPT, SQLITE_PROTOCOL, SQLITE_PERM:
        return .unavailable("\(message) (\(code))")
    case SQLITE_MISUSE, SQLITE_RANGE: return .misuse(message)
    default: return .other(message)
    }
}

private func constraint(kind: CInt, message: String) -> DatabaseError {
    // "UNIQUE constraint failed: users.account, users.name": people and code want what follows the colon.
    let subject = message.range(of: "constraint failed: ").map { String(message[$0.upperBound...]) } ?? message
    switch kind {
    case 3: return .foreignKey  // SQLITE_CONSTRAINT_FOREIGNKEY
    case 6, 8, 10: return .unique(subject)  // _PRIMARYKEY, _UNIQUE, _ROWID
    case 5: return .check("NOT NULL " + subject)  // _NOTNULL
    default: return .check(subject)  // _CHECK, _DATATYPE, _TRIGGER
    }
}
