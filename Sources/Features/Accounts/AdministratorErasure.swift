import HistoryFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Taking the data of an administrator who is gone out of the installation, as the law may demand.
extension Administrators {
    /// What an erasure would take, of how many entries of the history.
    struct Erasable: Sendable {
        let administrator: Administrator
        let about: Int
        let acts: Int
    }

    /// Erases name, e-mail, addresses and browsers of an administrator who is disabled, wherever they stand, and the details of what the histories have
    /// about them; with `keep_acts`, what they did stays as it is, their name in it. Answers of how many entries. There is no way back.
    /// - Throws: `Problem` 403 for whoever lacks groups, acts as somebody or lacks what they hold, 400, 422 (`oneself` too), 409 `not_disabled`; `Hidden`.
    package static func erase(
        _ id: AdministratorID, _ fields: () throws -> Fields, _ permit: borrowing EnterprisePermit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Int {
        try requireAllGroups(permit)
        let administrator = try find(id, permit, tx)
        let fields = try fields()
        let reason = fields.text("reason", 1...200)
        let keepActs = fields.optionalFlag("keep_acts") ?? false
        try fields.finish()
        try requireErasable(administrator, permit)
        let erasure = try EnterpriseErasure(of: id, called: administrator.name, permit, tx)
        if administrator.isErased, try erasure.count(withActs: !keepActs, tx) == 0 { return 0 }
        if !administrator.isErased {
            try AdministratorErasureStore.erase(id, called: erasure.names, in: erasure.accounts, at: ledger.now, permit, tx)
        }
        return try erasure.run(withActs: !keepActs, reason: reason, permit, tx, ledger)
    }

    /// What would go.
    /// - Throws: as `erase`.
    static func erasable(_ id: AdministratorID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Erasable {
        try requireAllGroups(permit)
        let administrator = try find(id, permit, tx)
        try requireErasable(administrator, permit)
        let erasure = try EnterpriseErasure(of: id, called: administrator.name, permit, tx)
        let about = try erasure.count(withActs: false, tx)
        return Erasable(administrator: administrator, about: about, acts: try erasure.count(withActs: true, tx) - about)
    }

    private static func requireErasable(_ administrator: Administrator, _ permit: borrowing EnterprisePermit) throws {
        if administrator.id == permit.administrator {
            throw Problem(422, "oneself", t("You are this administrator yourself: you could still sign in."))
        }
        try requireHeld(administrator.access, permit)
        if !administrator.isDisabled {
            throw Problem.conflict("not_disabled", t("Disable this person first: whose data is erased cannot sign in any more."))
        }
    }

    /// Whose data was erased stays what they are: nobody, disabled.
    /// - Throws: `Problem` 409 `administrator_erased`.
    static func requireNotErased(_ administrator: Administrator) throws {
        if administrator.isErased { throw Problem.conflict("administrator_erased", t("This administrator's data was erased: create a new one.")) }
    }
}
