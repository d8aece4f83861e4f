import Foundation
import LatchkeyAccess
import Testing

/// Who × what, as a text whose diff is part of a review: `matrix.golden`, beside this file.
///
/// Where a change is meant, `UPDATE_GOLDENS=1 swift test --filter GoldenMatrix` writes it anew.
@Suite struct GoldenMatrix {
    @Test func `who may do what has not changed unnoticed`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "matrix.golden")
        let matrix = Self.matrix()
        if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1" {
            try Data(matrix.utf8).write(to: file)
            return
        }
        let golden = try String(decoding: Data(contentsOf: file), as: UTF8.self)
        let expected = golden.split(separator: "\n", omittingEmptySubsequences: false)
        let got = matrix.split(separator: "\n", omittingEmptySubsequences: false)
        for (line, pair) in zip(expected, got).enumerated() where pair.0 != pair.1 {
            Issue.record("matrix.golden:\(line + 1)\n  was \(pair.0)\n  now \(pair.1)")
        }
        #expect(golden == matrix, "UPDATE_GOLDENS=1 writes the file anew, if the change is meant")
    }

    // MARK: Who

    private static let integration = Access.ofIntegration(
        name: "Provisioning",
        functions: [Function(rawValue: "users"): .full, Function(rawValue: "sessions"): .read, Function(rawValue: "decisions"): .read])

    private static func machine(_ access: Access, hasFieldWork: Bool) -> Principal {
        Principal(actor: .system, place: .account(Cast.account, hasFieldWork: hasFieldWork, access))
    }

    private static func byPath(hasFieldWork: Bool) -> Principal {
        let olive = Cast.administrator([.manageUsers], groups: .only([Cast.north]))
        guard
            let inside = try? Policy.enter(Cast.account, group: Cast.north, hasFieldWork: hasFieldWork, manager: Cast.admin, by: olive)
        else {
            Issue.record("an administrator does not get into an account of their group")
            return olive
        }
        return inside
    }

    private static func everybody(hasFieldWork: Bool = true) -> [(name: String, principal: Principal)] {
        [
            ("ADMIN", Cast.member(Cast.adam, Cast.access(Cast.adam, Cast.admin, keys: .nothing), hasFieldWork: hasFieldWork)),
            ("USER", Cast.member(Cast.una, Cast.access(Cast.una, Cast.user), hasFieldWork: hasFieldWork)),
            ("supervisor", Cast.member(Cast.sue, Cast.access(Cast.sue, Cast.supervisor), hasFieldWork: hasFieldWork)),
            ("reader", Cast.member(Cast.rita, Cast.access(Cast.rita, Cast.reader), hasFieldWork: hasFieldWork)),
            ("USER+reader", Cast.member(Cast.una, Cast.access(Cast.una, Cast.user, Cast.reader), hasFieldWork: hasFieldWork)),
            ("API key", machine(.ofAPIKey(Cast.shared, name: "Live"), hasFieldWork: hasFieldWork)),
            ("integration", machine(integration, hasFieldWork: hasFieldWork)),
            ("switched", Cast.switched(hasFieldWork: hasFieldWork)),
            ("by path", byPath(hasFieldWork: hasFieldWork)),
            ("enterprise", Cast.administrator()),
        ]
    }

    // MARK: What

    private static func matrix() -> String {
        let header = """
            Who may do what in an account of the inspection catalogue. Written by GoldenMatrix.swift; not edited by hand.

            ADMIN        Adam: the manager role; no key was ticked
            USER         Una: the role USER, the shared key
            supervisor   Sue: sessions full with reach all, users read; the shared key
            reader       Rita: overview and history read, sessions read with reach all; the shared key
            USER+reader  Una with both roles
            API key      the shared key itself
            integration  users full, sessions read, decisions read
            switched     Olive, switched into the account
            by path      Olive, limited to the account's group, naming the account in the path
            enterprise   Olive at the enterprise level
            """
        return [
            header,
            table("The screens, with field work", screens(hasFieldWork: true)),
            table("The screens, without field work", screens(hasFieldWork: false)),
            table("Beside the screens", otherNeeds()),
            table("One session: the reason of the decision", sessions()),
            table("Lists of sessions", lists()),
            table("Giving", giving()),
        ].joined(separator: "\n\n") + "\n"
    }

    private static func screens(hasFieldWork: Bool) -> [[String]] {
        let who = everybody(hasFieldWork: hasFieldWork)
        return [["screen"] + who.map(\.name)]
            + Screen.ownScreens.flatMap { screen in
                [Level.read, .full].map { level in
                    ["\(screen.rawValue) \(level.name)"] + who.map { answer(refusal(of: .screen(screen, level), $0.principal)) }
                }
            }
    }

    private static func otherNeeds() -> [[String]] {
        let who = everybody()
        let needs: [(String, Need)] =
            [
                ("anyone", .anyone), ("first steps", .firstSteps), ("second step", .secondStep), ("login", .login), ("member", .member),
                ("person or integration", .personOrIntegration), ("enterprise", .enterprise(nil)),
            ]
            + Permission.allCases.map { ("enterprise \($0.rawValue)", .enterprise($0)) }
        return [["need"] + who.map(\.name)] + needs.map { need in [need.0] + who.map { answer(refusal(of: need.1, $0.principal)) } }
    }

    private static func sessions() -> [[String]] {
        let who = everybody().compactMap { each in each.principal.access.map { (name: each.name, access: $0) } }
        let keys = [("shared key", Cast.shared), ("other key", Cast.other)]
        var rows = [["session"] + who.map(\.name)]
        for (keyName, key) in keys {
            for whose in ["own", "Uwe's", "nobody's"] {
                for level in [Level.read, .full] {
                    rows.append(
                        ["\(whose), \(keyName), \(level.name)"]
                            + who.map { _, access in
                                if whose == "own", access.user == nil { return "-" }
                                let owner = whose == "own" ? access.user : whose == "Uwe's" ? Cast.uwe : nil
                                let decision = access.decide(Question(.session(key: key, owner: owner), level))
                                let isListed = access.visibility(at: level).contains(key: key, owner: owner)
                                let differ = isListed == decision.isAllowed ? "" : " BUT LISTED: \(isListed)"
                                return decision.reason.rawValue + differ
                            })
                }
            }
        }
        return rows
    }

    private static func lists() -> [[String]] {
        let who = everybody().compactMap { each in each.principal.access.map { (name: each.name, access: $0) } }
        func words(_ visibility: Visibility) -> String {
            func words(_ keys: Scope<APIKeyID>) -> String { keys == .all ? "all keys" : keys == .nothing ? "no key" : "shared key" }
            return switch visibility {
            case .nothing: "nothing"
            case .own(_, let keys): "own, \(words(keys))"
            case .all(let keys): "all, \(words(keys))"
            }
        }
        let rows = [Screen.sessions, .sessionFiles].flatMap { screen in
            [Level.read, .full].map { level in
                ["\(screen.rawValue) \(level.name)"] + who.map { words($0.access.visibility(of: screen, at: level)) }
            }
        }
        return [["list"] + who.map(\.name)] + rows
    }

    private static func giving() -> [[String]] {
        let who = everybody().compactMap { each in each.principal.access.map { (name: each.name, access: $0) } }
        let pay = Function(rawValue: "pay")
        let users = Grants(screens: [.users: ScreenGrant(.read)])
        let roles = [
            Cast.admin, Cast.user, Cast.supervisor, Cast.reader, Cast.role(8, "users read", users),
            Cast.role(9, "users read, gives ADMIN", users, gives: ["ADMIN"]), Cast.role(10, "a payment function", Grants(functions: [pay: .full])),
        ]
        func yes(_ answer: Bool) -> String { answer ? "yes" : "no" }
        var rows = [["may"] + who.map(\.name)]
        for role in roles {
            rows.append(["give \(role.name)"] + who.map { yes($0.access.mayGive(role)) })
            rows.append(["give oneself \(role.name)"] + who.map { $0.access.user == nil ? "-" : yes($0.access.mayGive(role, toOneself: true)) })
            rows.append(["define \(role.name)"] + who.map { yes($0.access.mayDefine(role.grants)) })
            rows.append(["set the password of \(role.name)"] + who.map { yes($0.access.maySetPassword(of: Cast.access(Cast.uwe, role))) })
        }
        rows.append(["give the shared key"] + who.map { yes($0.access.mayGive(.only([Cast.shared]))) })
        rows.append(["give the other key"] + who.map { yes($0.access.mayGive(.only([Cast.other]))) })
        rows.append(["give all keys"] + who.map { yes($0.access.mayGive(Scope<APIKeyID>.all)) })
        rows.append(["give all places"] + who.map { yes($0.access.mayGive(Scope<PlaceID>.all)) })
        rows.append(["hand out secrets"] + who.map { yes($0.access.mayHandOutSecrets) })
        return rows
    }

    // MARK: Rendering

    private static func answer(_ refusal: Refusal?) -> String {
        switch refusal {
        case nil: "yes"
        case .signIn: "sign in"
        case .passwordChangeRequired: "password"
        case .secondStepEnrolmentRequired: "second step"
        case .noAccount: "no account"
        case .notEnterprise: "no enterprise"
        case .noFieldWork: "no field work"
        case .addressNotAllowed: "address"
        case .needsLogin: "no login"
        case .notGranted: "no"
        case .levelTooLow: "too low"
        case .stepUpRequired: "step up"
        case .permissionMissing: "no"
        }
    }

    private static func table(_ title: String, _ rows: [[String]]) -> String {
        let columns = rows.first?.count ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            let cells = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        return ([title, String(repeating: "-", count: title.count)] + lines).joined(separator: "\n")
    }
}
