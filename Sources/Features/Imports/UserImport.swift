import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb
import RolesFeature
import UsersFeature

/// Users from a table, judged row by row by the rules of every new user; then all of them are made, or nobody.
package struct UserImport: Sendable {
    package static let mostBytes = 4 << 20
    package static let mostRows = 5000

    package struct Row: Sendable {
        package let line: Int
        var username: String
        var email: String
        var name: String
        /// The roles as they stand there.
        var roles: [String]
        var draft: UserDraft?
        var hash: ForeignHash?
        var errors: [Problem.Field] = []
    }

    package private(set) var rows: [Row] = []
    /// What is wrong with the table as such, so that no row could be judged.
    private(set) var malformed: Problem.Field?
    let mails: Bool

    package var errors: [Problem.Field] { (malformed.map { [$0] } ?? []) + rows.flatMap(\.errors) }

    /// What this table would do to the permit's account. It takes the usernames, so that those of other accounts are judged too: undo the transaction
    /// where nothing else is to come of it.
    /// - Parameter mails: Whether those without a password are mailed a link to choose one.
    init(_ bytes: [UInt8], mails: Bool, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        self.mails = mails
        let lines: [TableReader.Row]
        do { lines = try TableReader.rows(bytes, most: Self.mostRows + 1) } catch {
            malformed = .init(
                "lines.\(error.line)", "malformed_file", t("Line %1: %2", String(error.line), error.reason.sentence(most: Self.mostRows)))
            return
        }
        let columns: ImportColumns
        do throws(ImportColumns.Wrong) { columns = try ImportColumns(lines.first?.cells ?? []) } catch {
            malformed = .init("lines.\(lines.first?.line ?? 1)", error.code, error.sentence)
            return
        }
        if columns.has(.passwordHash), !permit.access.isManager {
            malformed = .init(
                "lines.1.password_hash", "not_allowed", t("Only an administrator, or who has the manager role, may import passwords."))
            return
        }
        let names = try ImportNames(at: now, permit, tx)
        let catalogue = try AccountFacts.of(permit, tx).catalogue
        for line in lines.dropFirst() {
            var row = Row(line: line.line, username: "", email: "", name: "", roles: [])
            try row.read(ImportLine(line, columns), names, at: now, permit, tx)
            row.judge(catalogue, names, permit)
            rows.append(row)
        }
        try judgeTogether(permit, tx)
    }

    /// - Throws: `Problem` 422 with a field for each thing that is wrong, `lines.7.email`.
    func requireRight() throws -> UserImport {
        guard let first = errors.first else { return self }
        throw Problem(422, errors.count == 1 ? first.code : "invalid_lines", t("Some lines are not right. Nobody was imported."), errors: errors)
    }

    /// Makes all of them, in the transaction in which they were judged.
    func apply(_ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        for row in rows {
            guard let draft = row.draft else { continue }
            try Users.add(draft, passwordHash: row.hash?.text, isFromElsewhere: row.hash != nil, permit, tx, ledger)
            if mails, row.hash == nil { try Users.mailActivation(to: draft, room, permit, tx, ledger) }
        }
    }

    package func json(isDry: Bool) -> JSON {
        [
            "dry_run": .bool(isDry), "created": .int(Int64(rows.count)),
            "rows": .array(
                rows.map { row in
                    [
                        "line": .int(Int64(row.line)), "username": .string(row.username), "email": .string(row.email), "name": .string(row.name),
                        "roles": JSON(row.roles), "password": .bool(row.hash != nil), "id": isDry ? .null : JSON(row.draft?.user.id),
                    ]
                }),
        ]
    }

    // MARK: Against one another, and those that are there

    private mutating func judgeTogether(_ permit: borrowing Permit, _ tx: any Transaction) throws {
        let taken = try Users.taken(emails: rows.compactMap { row in row.draft.map { IdentityKey.canonical($0.user.email) } }, permit, tx)
        var emails: [String: Int] = [:]
        var usernames: [String: Int] = [:]
        for index in rows.indices {
            guard let draft = rows[index].draft else { continue }
            let (email, username) = (IdentityKey.canonical(draft.user.email), IdentityKey.canonical(draft.user.username))
            if let other = emails[email] {
                rows[index].wrong("email", "email_taken", t("Line %1 has the same e-mail.", String(other)))
            } else if taken.contains(email) {
                rows[index].wrong("email", "email_taken", t("Another user of this account has this e-mail."))
            }
            emails[email] = emails[email] ?? rows[index].line
            if let other = usernames[username] {
                rows[index].wrong("username", "username_taken", t("Line %1 has the same username.", String(other)))
            } else if try !Users.claimUsername(for: draft, permit, tx) {
                rows[index].wrong("username", "username_taken", t("Somebody has this username. Give another one."))
            }
            usernames[username] = usernames[username] ?? rows[index].line
        }
    }
}

extension UserImport.Row {
    mutating func wrong(_ column: String, _ code: String, _ message: String) {
        errors.append(.init("lines.\(line).\(column)", code, t("Line %1: %2", String(line), message)))
    }

    private func isWrong(_ column: String) -> Bool { errors.contains { $0.field == "lines.\(line).\(column)" } }

    /// Reads the cells as a body of `POST /users` would have them.
    fileprivate mutating func read(
        _ cells: ImportLine, _ names: ImportNames, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        if cells.isTooLong {
            wrong("email", "too_many_cells", t("This line has more cells than the first. A value with a separator in it goes in quotes."))
            return
        }
        (email, username) = (cells[.email], cells[.username].isEmpty ? cells[.email] : cells[.username])
        name = [cells[.firstName], cells[.lastName]].filter { !$0.isEmpty }.joined(separator: " ")
        roles = ListCell.split(cells[.roles])
        func text(_ text: String) -> JSON { text.isEmpty ? .null : .string(text) }
        var members: [(String, JSON)] = [
            ("email", text(cells[.email])), ("username", text(cells[.username])), ("first_name", text(cells[.firstName])),
            ("last_name", text(cells[.lastName])),
        ]
        members.append(("roles", ids(roles, "roles", names.role, unknown: { t("There is no role %1.", $0) })))
        members.append(
            ("api_keys", scope(cells[.apiKeys], "api_keys", names.key, unknown: { t("There is no API key %1, or none that you hold.", $0) })))
        members.append(
            (
                "places",
                scope(cells[.places], "places", names.place, unknown: { t("There is no place %1, or there are several: give the way to it.", $0) })
            ))
        if let end = cells.end { members.append(("ends_at", end)) }
        hash = readHash(cells[.passwordHash])
        let mustChange = answer(cells[.mustChange], "must_change_password")
        do {
            let draft = try Users.draft(Fields(JSON(members: members)), at: now, permit, tx)
            self.draft = hash == nil ? draft : draft.withPassword(mustChange: mustChange)
        } catch let problem as Problem {
            for error in problem.errors where !isWrong(error.field) { wrong(error.field, error.code, error.message) }
        }
        if !errors.isEmpty { draft = nil }
    }

    private mutating func ids(_ asked: [String], _ column: String, _ find: (String) -> String?, unknown: (String) -> String) -> JSON {
        var ids: [String] = []
        for name in asked {
            if let id = find(name) { ids.append(id) } else { wrong(column, "unknown_reference", unknown(name)) }
        }
        return JSON(ids)
    }

    /// `all`, or names.
    private mutating func scope(_ cell: String, _ column: String, _ find: (String) -> String?, unknown: (String) -> String) -> JSON {
        cell.lowercased() == "all" ? "all" : ids(ListCell.split(cell), column, find, unknown: unknown)
    }

    private mutating func answer(_ cell: String, _ column: String) -> Bool {
        switch cell.lowercased() {
        case "true", "yes", "1": return true
        case "", "false", "no", "0": return false
        default:
            wrong(column, "wrong_type", t("This must be true or false."))
            return false
        }
    }

    private mutating func readHash(_ cell: String) -> ForeignHash? {
        if cell.isEmpty { return nil }
        do throws(ForeignHash.Refused) { return try ForeignHash(cell) } catch {
            switch error {
            case .unknownFormat: wrong("password_hash", "unknown_format", t("This is no hash of a kind that can be taken."))
            case .tooCostly:
                wrong(
                    "password_hash", "too_costly", t("To check this hash would take too long or too much memory. Let this person choose a password."))
            }
            return nil
        }
    }

    /// What may not be given, and what excludes each other.
    fileprivate mutating func judge(_ catalogue: Catalogue, _ names: ImportNames, _ permit: borrowing Permit) {
        guard let draft else { return }
        for role in draft.roles where !permit.access.mayGive(role) {
            wrong("roles", "grants_more_than_held", t("You may not give the role %1.", role.name))
        }
        if catalogue.hasFieldWork, !permit.access.mayGive(draft.user.keys) {
            wrong("api_keys", "grants_more_than_held", t("You may not give API keys that you do not hold."))
        }
        if !permit.access.mayGive(draft.user.places) {
            wrong("places", "grants_more_than_held", t("You may not give places that you do not hold."))
        }
        do { try Roles.requireCompatible(draft.roles.map(\.grants), catalogue) } catch let problem as Problem {
            wrong("roles", problem.code, problem.detail)
        } catch { wrong("roles", "excluded_together", t("These roles exclude each other.")) }
        if !errors.isEmpty { self.draft = nil }
    }
}
