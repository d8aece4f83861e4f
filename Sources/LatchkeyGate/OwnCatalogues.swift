import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import Synchronization

/// The catalogues that accounts have of their own, read once: a revision names one text for ever.
enum OwnCatalogues {
    private static let known = Mutex<[String: Catalogue]>([:])
    private static let most = 1000

    static func find(_ revision: String, of account: AccountID, _ tx: any Transaction) throws -> Catalogue? {
        if let catalogue = known.withLock({ $0[revision] }) { return catalogue }
        let text = try tx.row("SELECT definition FROM account_catalogues WHERE account = \(account) AND revision = \(revision)") {
            try $0[0] as JSON
        }
        guard let text else { return nil }
        let catalogue = Catalogue(id: Catalogue.own.id, json: text)
        known.withLock { known in
            if known.count >= most { known.removeAll(keepingCapacity: true) }
            known[revision] = catalogue
        }
        return catalogue
    }
}
