import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON

/// Who must show a second step beside their password, and what may be one: of an account's users, or of the enterprise's administrators.
package struct SecondStepRule: Sendable, Hashable {
    /// Whoever has a second factor is asked for it, whatever this says.
    package enum Required: String, Sendable, CaseIterable {
        case off, all
        /// Holders of one of `roles`.
        case roles
    }

    /// What may be added, and counts as a second step. A mailed code is for those who must have one and have added nothing else.
    package enum Method: String, Sendable, CaseIterable {
        case totp, passkey, mail
    }

    package var required = Required.off
    package var roles: Set<RoleID> = []
    package var methods: Set<Method> = [.totp, .passkey]

    package init() {}

    package func requires(_ held: [RoleID]) -> Bool {
        switch required {
        case .off: false
        case .all: true
        case .roles: !roles.isDisjoint(with: held)
        }
    }

    /// What a person can add of themselves.
    package var addable: [Method] { Method.allCases.filter { $0 != .mail && methods.contains($0) } }

    package var json: JSON {
        [
            "required": .string(required.rawValue), "roles": JSON(roles.sorted().map(\.description)),
            "methods": JSON(Method.allCases.filter { methods.contains($0) }.map(\.rawValue)),
        ]
    }

    /// Reads what `json` wrote.
    package init(json: JSON) {
        required = json["required"]?.text.flatMap(Required.init) ?? required
        roles = Set((json["roles"]?.elements ?? []).compactMap { $0.text.flatMap { RoleID($0) } })
        if let texts = json["methods"]?.elements { methods = Set(texts.compactMap { $0.text.flatMap(Method.init) }) }
    }
}

/// Whether a principal must add a second factor before anything else.
enum FactorFacts {
    static func mustAdd(_ user: UserID, in account: AccountID, _ rule: SecondStepRule, roles: [Role], _ tx: any Transaction) throws -> Bool {
        guard rule.requires(roles.map(\.id)), !rule.methods.contains(.mail) else { return false }
        return try !has(rule, "account = \(account) AND user_id = \(user)", tx)
    }

    static func mustAdd(_ administrator: AdministratorID, _ tx: any Transaction) throws -> Bool {
        let rule = try administrators(tx)
        guard rule.requires([]), !rule.methods.contains(.mail) else { return false }
        return try !has(rule, "administrator = \(administrator)", tx)
    }

    private static func has(_ rule: SecondStepRule, _ holder: SQL, _ tx: any Transaction) throws -> Bool {
        let kinds = rule.addable.map(\.rawValue)
        return try tx.row("SELECT 1 FROM factors WHERE \(fragment: holder) AND kind IN (\(list: kinds)) LIMIT 1") { _ in true } ?? false
    }

    /// The enterprise's rule for its administrators.
    static func administrators(_ tx: any Transaction) throws -> SecondStepRule {
        try tx.row("SELECT second_step FROM enterprise WHERE id = 1") { SecondStepRule(json: try $0[0]) } ?? SecondStepRule()
    }
}
