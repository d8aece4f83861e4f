import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import RolesFeature

/// What another catalogue would change in an account, and what stands against it.
package struct CatalogueRevision: Sendable {
    package let before: Catalogue
    package let after: Catalogue
    package let changes: [Change]
    /// Why it cannot be done; empty where it can.
    package let obstacles: [Problem]
    let plan: BuiltInRolePlan
    let retired: Set<String>

    package var isEmpty: Bool { changes.isEmpty && plan.isEmpty }

    package var json: JSON {
        [
            "changes": .array(changes.map { ["field": .string($0.field), "from": $0.from, "to": $0.to] }),
            "obstacles": .array(
                obstacles.map { problem in
                    JSON(
                        members: [("status", .int(Int64(problem.status))), ("code", .string(problem.code)), ("detail", .string(problem.detail))]
                            + problem.extra)
                }),
        ]
    }

    /// - Parameter isBounded: whether whoever asks is held to what they hold themselves; an operator's command is not.
    init(
        of before: Catalogue, to wanted: Catalogue, isBounded: Bool, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        let after = wanted.named
        let formerly = try CatalogueStore.retired(permit, tx)
        let old = Names(before), new = Names(after)
        let settles = (
            new.screens.subtracting(old.screens).filter { !formerly.contains($0.rawValue) },
            new.functions.subtracting(old.functions).filter { !formerly.contains($0.rawValue) }
        )
        plan = try BuiltInRolePlan(from: before, to: after, isBounded: isBounded, new: settles, at: now, permit, tx)
        retired = formerly.union(old.screens.subtracting(new.screens).map(\.rawValue))
            .union(old.functions.subtracting(new.functions).map(\.rawValue))
        var obstacles = plan.obstacles
        if isBounded, let weaker = Self.weaker(before, after) { obstacles.insert(weaker, at: 0) }
        let holdings = try CatalogueHoldings(of: plan.custom, after, permit, tx)
        obstacles +=
            holdings.obstacle(
                screens: old.screens.subtracting(new.screens), functions: old.functions.subtracting(new.functions)
            ).map { [$0] } ?? []
        self.obstacles = obstacles
        self.before = before
        self.after = after
        changes = Change.between(before.details, after.details)
    }

    private struct Names {
        let screens: Set<Screen>, functions: Set<Function>
        init(_ catalogue: Catalogue) {
            screens = Set(catalogue.screens.map(\.id))
            functions = Set(catalogue.functions.map(\.id))
        }
    }

    /// What keeps maker and checker apart, or asks for a second step, is taken off a function by the operator's command alone: by this, its
    /// holders could do more.
    private static func weaker(_ before: Catalogue, _ after: Catalogue) -> Problem? {
        let isKept = before.exclusions.allSatisfy { old in
            guard after.contains(old.a), after.contains(old.b) else { return true }
            return after.exclusions.contains { $0.isSame(as: old) && ($0.on == old.on || $0.on == .person) }
        }
        let asks = before.functions.allSatisfy { old in
            !old.stepUp || after.functions.allSatisfy { $0.id != old.id || $0.stepUp }
        }
        if isKept, asks { return nil }
        return Problem(
            403, "grants_more_than_held",
            "Functions that exclude each other, and those that ask for a second step, go on to do so: only the operator's command lifts that.",
            errors: [.init("functions", "grants_more_than_held", "An exclusion or a second step is missing that was there.")])
    }
}

/// Who holds screens and functions by grants that no catalogue changes.
private struct CatalogueHoldings {
    private struct Holder {
        let kind: String, id: String, name: String
        let grants: Grants
    }

    private var holders: [Holder]
    /// The kinds whose names may be told.
    private let named: Set<String>

    init(of custom: [RoleDefinition], _ after: Catalogue, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        named = Set(
            [("role", Screen.roles), ("integration", Screen.integrations)].filter { permit.access.level(of: $0.1) >= .read }.map(\.0))
        holders = custom.map { Holder(kind: "role", id: $0.id.description, name: $0.name, grants: $0.grants) }
        holders += try CatalogueStore.integrations(permit, tx).map {
            Holder(kind: "integration", id: $0.id.description, name: $0.name, grants: Grants(functions: $0.functions))
        }
        // Those that were left out of the body, with what they listed before.
        holders += after.roles.map { Holder(kind: "role", id: "", name: $0.name, grants: $0.listed) }
    }

    func obstacle(screens: Set<Screen>, functions: Set<Function>) -> Problem? {
        var uses: [JSON] = []
        var names: [String] = []
        func note(_ kind: String, _ id: String, _ found: [Holder]) {
            if found.isEmpty { return }
            let told = found.filter { named.contains($0.kind) }
            let by = told.map { holder in
                JSON(
                    members: [("kind", .string(holder.kind))] + (holder.id.isEmpty ? [] : [("id", .string(holder.id))])
                        + [("name", .string(holder.name))])
            }
            uses.append(["kind": .string(kind), "id": .string(id), "held_by": .array(by)])
            names.append(told.isEmpty ? id : "\(id) (\(told.map(\.name).joined(separator: ", ")))")
        }
        for screen in screens.sorted() { note("screen", screen.rawValue, holders.filter { $0.grants.screens[screen] != nil }) }
        for function in functions.sorted() { note("function", function.rawValue, holders.filter { $0.grants.functions[function] != nil }) }
        if uses.isEmpty { return nil }
        return Problem.conflict(
            "catalogue_in_use", "What somebody holds cannot vanish: \(names.joined(separator: "; ")).", extra: [("in_use", .array(uses))])
    }
}

extension Catalogue {
    /// The same by the name of a ready one, where it is one.
    fileprivate var named: Catalogue {
        let id = Catalogue.allReady.first { $0.json == json }?.id ?? Catalogue.own.id
        return Catalogue(
            id: id, screens: screens, functions: functions, exclusions: exclusions, roles: roles, terms: terms, navigation: navigation,
            defaults: defaults, hasFieldWork: hasFieldWork)
    }

    /// What history compares: entries by their ids.
    fileprivate var details: JSON {
        func byID(_ part: String, _ key: String) -> JSON {
            JSON(
                members: (json[part]?.elements ?? []).map { entry in
                    (entry[key]?.text ?? "", JSON(members: entry.members.filter { $0.0 != key }))
                })
        }
        return [
            "catalogue": .string(id), "screens": byID("screens", "id"), "functions": byID("functions", "id"), "roles": byID("roles", "name"),
            "terms": json["terms"] ?? .null, "navigation": json["navigation"] ?? .null, "defaults": json["defaults"] ?? .null,
            "field_work": .bool(hasFieldWork),
        ]
    }
}
