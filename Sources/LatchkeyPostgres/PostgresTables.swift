import Foundation
import LatchkeyDatabase

/// The whole database, table by table, as a copy of another.
extension PostgresDatabase {
    /// Has `body` fill the tables in one transaction of their own, on a thread; nothing is kept where it throws.
    /// - Throws: `.misuse` where a table is not empty; what `body` throws.
    package func fill<T: Sendable>(_ body: @escaping @Sendable (any TableSink) throws -> T) async throws -> T {
        let opening = opening
        return try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result { try Self.fill(opening, body) }) }
            thread.name = "latchkey-copy"
            thread.start()
        }
    }

    private static func fill<T>(_ opening: Opening, _ body: (any TableSink) throws -> T) throws -> T {
        do {
            let connection = try opening.open(.migrating, until: .now + opening.options.patience)
            try connection.run("BEGIN")
            do {
                let tables = Tables(connection)
                let result = try body(tables)
                try tables.finish()
                try connection.run("COMMIT")
                return result
            } catch {
                connection.rollBack()
                throw error
            }
        } catch let failure as Failure {
            throw failure.error
        }
    }
}

/// Rows on their way into one connection's transaction.
private final class Tables: TableSink {
    private let connection: Connection
    private var statements: [String: String] = [:]
    /// What points at a row of its own table is set when all of them are there.
    private var later: [(shape: TableShape, values: [SQLValue])] = []

    init(_ connection: Connection) { self.connection = connection }

    func take(_ values: [SQLValue], of shape: TableShape) throws {
        var values = values
        let own = shape.selfReferences.compactMap { shape.columns.firstIndex(of: $0) }.filter { values.indices.contains($0) && values[$0] != .null }
        if !own.isEmpty {
            later.append((shape, values))
            for index in own where !shape.key.contains(shape.columns[index]) { values[index] = .null }
        }
        _ = try connection.query(statement(shape), values)
    }

    func count(_ shape: TableShape) throws -> Int {
        let rows = try connection.query("SELECT count(*) FROM \(quoted(shape.name))", [])
        defer { rows.close() }
        return try rows.row(0)[0]
    }

    /// Sets what was left out.
    func finish() throws {
        for (shape, values) in later {
            let named = Dictionary(zip(shape.columns, values), uniquingKeysWith: { first, _ in first })
            let set = shape.selfReferences.filter { !shape.key.contains($0) }
            let all = (set + shape.key).map { named[$0] ?? .null }
            let assignments = set.enumerated().map { "\(quoted($0.element)) = $\($0.offset + 1)" }.joined(separator: ", ")
            let conditions = shape.key.enumerated().map { "\(quoted($0.element)) = $\(set.count + $0.offset + 1)" }.joined(separator: " AND ")
            _ = try connection.query("UPDATE \(quoted(shape.name)) SET \(assignments) WHERE \(conditions)", all)
        }
    }

    /// The statement for a table, which must be empty when it is asked for first.
    private func statement(_ shape: TableShape) throws -> String {
        if let known = statements[shape.name] { return known }
        guard try count(shape) == 0 else { throw DatabaseError.misuse("the table \(shape.name) is not empty: the target must be a new database") }
        let names = shape.columns.map(quoted).joined(separator: ", ")
        let values = (1...max(1, shape.columns.count)).map { "$\($0)" }.joined(separator: ", ")
        let text = "INSERT INTO \(quoted(shape.name)) (\(names)) VALUES (\(values))"
        statements[shape.name] = text
        return text
    }

    private func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
}
