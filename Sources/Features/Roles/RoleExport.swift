import ExportsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The roles with what each grants, one row for each grant.
package struct RoleExport: ExportSource {
    package init() {}

    package let kind = "roles"
    package var label: String { word(.roles) }
    package var explanation: String { t("One row for each role and each screen or function that it grants, with how many hold the role.") }
    package let screens: [Screen] = [.users, .roles]
    package let filters: [String] = []
    package let columns = ["role", "name", "description", "built_in", "manager", "holders", "kind", "id", "label", "level", "reach", "gives"]

    package func filter(_ fields: Fields) -> JSON { [:] }
    package func reader(_ filter: JSON) -> any ExportReader { Reader() }

    private struct Reader: ExportReader {
        func next(after: String?, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> (piece: [[Cell]], next: String?) {
            let catalogue = try AccountFacts.of(permit, tx).catalogue
            let roles = try Roles.list(PageRequest(limit: 100, after: after.map { Cursor($0) }), permit, tx)
            let holders = try Roles.holders(of: roles.items.map(\.id), permit, tx)
            return (roles.items.flatMap { rows($0, catalogue, holders[$0.id] ?? 0) }, roles.next?.key)
        }

        private func rows(_ role: RoleDefinition, _ catalogue: Catalogue, _ holders: Int) -> [[Cell]] {
            let head: [Cell] = [
                .text(role.id.description), .text(role.name), .text(role.description), .text(role.isBuiltIn ? "true" : "false"),
                .text(role.role.isManager ? "true" : "false"), .number(Int64(holders)),
            ]
            let gives = Cell.text(ListCell.join(role.role.gives.sorted()))
            let screens = role.grants.screens.sorted { $0.key.rawValue < $1.key.rawValue }.map { screen, grant -> [Cell] in
                let label = catalogue.screens.first { $0.id == screen }?.label ?? catalogue.name(of: screen)
                let reach: Cell = Screen.withReach.contains(screen) ? .text(grant.reach.rawValue) : .empty
                return head + [.text("screen"), .text(screen.rawValue), .text(label), .text(grant.level.name), reach, gives]
            }
            let functions = role.grants.functions.sorted { $0.key.rawValue < $1.key.rawValue }.map { function, level -> [Cell] in
                let label = catalogue.functions.first { $0.id == function }?.label ?? function.rawValue
                return head + [.text("function"), .text(function.rawValue), .text(label), .text(level.name), .empty, gives]
            }
            let rows = screens + functions
            return rows.isEmpty ? [head + [.empty, .empty, .empty, .text(Level.none.name), .empty, gives]] : rows
        }
    }
}
