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

/// Reads one export piece by piece, each in a transaction of its own and with the permit of whoever asked as they are then.
package protocol ExportReader: Sendable {
    /// The rows after a key, and where to go on; nil after the last.
    func next(after: String?, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> (rows: [[Cell]], next: String?)
}

extension ExportSource {
    /// - Throws: `Refusal` where something of it may not be read.
    func require(_ access: Access) throws {
        for screen in screens where access.level(of: screen) < .read { throw Refusal.notGranted(screen) }
    }
}
