import GRDB
import LatchkeyDatabase

/// The whole database, table by table, for a copy into another.
extension SQLiteDatabase {
    /// Gives every row of every table to `sink`, within one snapshot, and answers how many each table has. Blocks: call it on a thread for that.
    ///
    /// - Parameter without: tables that are left out.
    /// - Throws: `.misuse` where the copy has not as many rows as this; what `sink` throws.
    package static func copy(fileAt path: String, without: Set<String>, to sink: any TableSink) throws -> [(table: String, rows: Int)] {
        let file = try SQLiteFile.reader(path: path)
        defer { try? file.close() }
        return try file.inSnapshot { database in
            try TableShape.ordered(shapes(database, without: without)).map { shape in
                var rows = 0
                let names = shape.columns.map(quoted).joined(separator: ", ")
                let cursor = try GRDB.Row.fetchCursor(database, sql: "SELECT \(names) FROM \(quoted(shape.name))")
                while let row = try cursor.next() {
                    try sink.take(try (0..<shape.columns.count).map { try value(row, $0, of: shape) }, of: shape)
                    rows += 1
                }
                let there = try sink.count(shape)
                guard there == rows else { throw LatchkeyDatabase.DatabaseError.misuse("\(shape.name) has \(rows) rows, its copy \(there)") }
                return (shape.name, rows)
            }
        }
    }

    private static func value(_ row: GRDB.Row, _ column: Int, of shape: TableShape) throws -> SQLValue {
        let value: DatabaseValue = row[column]
        switch value.storage {
        case .null: return .null
        case .int64(let number): return .int(number)
        case .string(let text): return .text(text)
        case .blob(let data): return .blob(Array(data))
        case .double: throw LatchkeyDatabase.DatabaseError.corrupt("\(shape.name).\(shape.columns[column]) holds a fraction")
        }
    }

    private static func shapes(_ database: GRDB.Database, without: Set<String>) throws -> [TableShape] {
        let names = try String.fetchAll(
            database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
        return try names.filter { !without.contains($0) }.map { name in
            let columns = try database.columns(in: name).map(\.name)
            var references: Set<String> = []
            var own: [String] = []
            for key in try database.foreignKeys(on: name) {
                if key.destinationTable == name { own += key.originColumns } else { references.insert(key.destinationTable) }
            }
            return TableShape(
                name: name, columns: columns, key: try database.primaryKey(name).columns, references: references.subtracting(without),
                selfReferences: own.sorted())
        }
    }

    private static func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
}
