import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Something of an account that can be exported as a table. Its feature says what; asking, judging, writing, keeping and telling history is done here.
package protocol ExportSource: Sendable {
    /// The word for it in the API; history calls a made file `users.exported`.
    var kind: String { get }
    /// What people read.
    var label: String { get }
    var explanation: String { get }
    /// Read of each of these is needed, when it is asked for, while it is made and when it is fetched.
    var screens: [Screen] { get }
    var columns: [String] { get }

    /// The fields that narrow it.
    var filters: [String] { get }

    /// What those fields say, as it is kept and told; an empty object where nothing is said.
    func filter(_ fields: Fields) -> JSON

    /// Begins to read.
    func reader(_ filter: JSON) -> any ExportReader
}

/// Reads one export piece by piece, each step in a transaction of its own and with the permit of whoever asked as they are then.
///
/// While the rows of one piece are made, the next one is looked up: two connections read for one file.
package protocol ExportReader: Sendable {
    associatedtype Piece: Sendable

    /// What comes after a key, and where to go on; nil after the last.
    func next(after: String?, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> (piece: Piece, next: String?)

    /// The rows of a piece, some moments later.
    func rows(of piece: Piece, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [[Cell]]
}

extension ExportReader {
    /// Both steps in one.
    func rows(
        after key: String?, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> (rows: [[Cell]], next: String?) {
        let found = try next(after: key, at: now, permit, tx)
        return (try rows(of: found.piece, at: now, permit, tx), found.next)
    }
}

extension ExportReader where Piece == [[Cell]] {
    /// A piece that is rows already.
    package func rows(of piece: Piece, at _: Timestamp, _: borrowing Permit, _: any Transaction) throws -> [[Cell]] { piece }
}

extension ExportSource {
    /// - Throws: `Refusal` where something of it may not be read.
    func require(_ access: Access) throws {
        for screen in screens where access.level(of: screen) < .read { throw Refusal.notGranted(screen) }
    }
}
