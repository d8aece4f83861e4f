/// A table as a copy of a whole database sees it: nothing of what its rows mean.
package struct TableShape: Sendable, Hashable {
    package let name: String
    package let columns: [String]
    /// The columns of the primary key, in order.
    package let key: [String]
    /// The other tables that its rows point at.
    package let references: Set<String>
    /// Columns that point at rows of this very table.
    package let selfReferences: [String]

    package init(name: String, columns: [String], key: [String], references: Set<String>, selfReferences: [String]) {
        self.name = name
        self.columns = columns
        self.key = key
        self.references = references
        self.selfReferences = selfReferences
    }

    /// The tables so that each comes after those that it points at; throws `.misuse` where they go in a circle.
    package static func ordered(_ shapes: [TableShape]) throws -> [TableShape] {
        var rest = shapes.sorted { $0.name < $1.name }
        var done: Set<String> = []
        var ordered: [TableShape] = []
        while !rest.isEmpty {
            guard let next = rest.firstIndex(where: { $0.references.isSubset(of: done) }) else {
                throw DatabaseError.misuse("tables point at each other in a circle: \(rest.map(\.name).joined(separator: ", "))")
            }
            let shape = rest.remove(at: next)
            done.insert(shape.name)
            ordered.append(shape)
        }
        return ordered
    }
}

/// Takes the rows of a copy, in one transaction: all of them, or none.
package protocol TableSink {
    /// Takes one row, whose values are in the order of the shape's columns.
    func take(_ values: [SQLValue], of shape: TableShape) throws

    /// How many rows the table has now.
    func count(_ shape: TableShape) throws -> Int
}
