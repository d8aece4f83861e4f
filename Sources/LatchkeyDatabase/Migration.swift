/// One step of the schema, forward only: once released its text never changes.
package struct Migration: Sendable {
    /// Its place in the order, from 1; no two share one.
    package let number: Int
    /// What it does, in a few words, for people.
    package let name: String
    /// Its statements, run in one transaction.
    package let statements: [SQL]

    /// A step of these statements; those of `sqlite` and `postgres` follow on that database alone (triggers, whose language differs).
    package init(number: Int, name: String, statements: [SQL], sqlite: [SQL] = [], postgres: [SQL] = []) {
        self.number = number
        self.name = name
        self.statements = statements
        self.sqlite = sqlite
        self.postgres = postgres
    }

    private let sqlite: [SQL]
    private let postgres: [SQL]

    /// The statements that this database runs.
    package func statements(for dialect: Dialect) -> [SQL] { statements + (dialect == .sqlite ? sqlite : postgres) }

    /// A stable fingerprint of the statements for a database (FNV-1a, 64 bits): it finds accidents, it is no protection.
    package func checksum(on dialect: Dialect) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        }
        for statement in statements(for: dialect) {
            mix(statement.text.utf8)
            mix([0])
            for value in statement.values { mix("\(value)".utf8) }
            mix([0])
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// A line of the table `migrations`.
    package struct Applied: Sendable {
        package let number: Int
        package let checksum: String

        /// The line that says migration `number` ran with this checksum.
        package init(number: Int, checksum: String) {
            self.number = number
            self.checksum = checksum
        }
    }

    /// Those of `known` that are not applied yet, by number; throws `.misuse`, `.newerSchema` or `.changedMigration` as `migrate` does.
    package static func pending(_ known: [Migration], applied: [Applied], on dialect: Dialect) throws -> [Migration] {
        var byNumber: [Int: Migration] = [:]
        for migration in known {
            guard migration.number > 0, byNumber.updateValue(migration, forKey: migration.number) == nil else {
                throw DatabaseError.misuse("migration number \(migration.number) is not positive or is used twice")
            }
        }
        let newest = byNumber.keys.max() ?? 0
        for line in applied.sorted(by: { $0.number > $1.number }) {
            guard let migration = byNumber.removeValue(forKey: line.number) else {
                throw DatabaseError.newerSchema(found: line.number, known: newest)
            }
            guard migration.checksum(on: dialect) == line.checksum else { throw DatabaseError.changedMigration(line.number) }
        }
        return byNumber.values.sorted { $0.number < $1.number }
    }

    /// Makes the table `migrations` where it is missing.
    package static func createTable(_ dialect: Dialect) -> SQL {
        """
        CREATE TABLE IF NOT EXISTS migrations (
            number \(fragment: dialect.integer) PRIMARY KEY,
            name TEXT NOT NULL,
            checksum TEXT NOT NULL,
            applied_at \(fragment: dialect.integer) NOT NULL
        )\(fragment: dialect.strict)
        """
    }

    /// Lists number and checksum of those applied.
    package static var listApplied: SQL { "SELECT number, checksum FROM migrations ORDER BY number" }

    /// Adds this migration's line.
    package func recordApplied(on dialect: Dialect, now: Int64) -> SQL {
        "INSERT INTO migrations (number, name, checksum, applied_at) VALUES (\(number), \(name), \(checksum(on: dialect)), \(now))"
    }
}
