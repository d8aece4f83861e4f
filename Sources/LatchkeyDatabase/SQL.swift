/// A statement, or a piece of one, whose every interpolated value is a bound parameter.
///
/// `"SELECT name FROM users WHERE id = \(id)"`. A piece can only come from a literal of the program, so that text from outside can
/// become a parameter and nothing else: there is no way to splice a runtime `String`.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
    /// The statement with `?` for each parameter in turn: what SQLite is given.
    package private(set) var template = ""

    /// The parameters' values, in order.
    package private(set) var values: [SQLValue] = []

    /// Where in `template`'s UTF-8 each parameter's `?` stands.
    private var marks: [Int] = []

    /// A statement without parameters, from a literal.
    package init(stringLiteral value: StaticString) { append(value) }

    /// A statement with the interpolated values as parameters.
    package init(stringInterpolation: Interpolation) { self = stringInterpolation.sql }

    /// The statement with its parameters numbered `$1`, `$2`, ...: what PostgreSQL is given, and people read.
    package var text: String {
        guard !marks.isEmpty else { return template }
        var result = ""
        result.reserveCapacity(template.utf8.count + 3 * marks.count)
        var start = template.utf8.startIndex
        for (position, mark) in marks.enumerated() {
            let end = template.utf8.index(template.utf8.startIndex, offsetBy: mark)
            result += template[start..<end]
            result += "$\(position + 1)"
            start = template.utf8.index(after: end)
        }
        result += template[start...]
        return result
    }

    fileprivate init() {}

    fileprivate mutating func append(_ literal: StaticString) {
        literal.withUTF8Buffer { template += String(decoding: $0, as: UTF8.self) }
    }

    fileprivate mutating func append(_ value: SQLValue) {
        marks.append(template.utf8.count)
        template += "?"
        values.append(value)
    }

    fileprivate mutating func append(_ fragment: SQL) {
        let shift = template.utf8.count
        marks += fragment.marks.map { $0 + shift }
        template += fragment.template
        values += fragment.values
    }

    /// One statement made of two pieces; the parameters are numbered through.
    package static func + (left: SQL, right: SQL) -> SQL {
        var sum = left
        sum.append(right)
        return sum
    }

    /// Collects the pieces and parameters of an interpolated literal.
    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var sql = SQL()

        /// Begins a statement of about this size.
        package init(literalCapacity: Int, interpolationCount: Int) {
            sql.template.reserveCapacity(literalCapacity + 2 * interpolationCount)
            sql.marks.reserveCapacity(interpolationCount)
            sql.values.reserveCapacity(interpolationCount)
        }

        /// Adds a piece of the program's own text.
        package mutating func appendLiteral(_ literal: StaticString) { sql.append(literal) }

        /// Adds a value as a bound parameter.
        package mutating func appendInterpolation(_ value: some SQLConvertible) { sql.append(value.sqlValue) }

        /// Adds an optional value as a bound parameter, NULL for nil.
        package mutating func appendInterpolation<Value: SQLConvertible>(_ value: Value?) { sql.append(value.sqlValue) }

        /// Splices another piece; its parameters are renumbered.
        package mutating func appendInterpolation(fragment: SQL) { sql.append(fragment) }

        /// Adds the values as `$1,$2,...` for an `IN (...)`; an empty list becomes NULL, so that `IN (NULL)` matches nothing.
        package mutating func appendInterpolation(list: [some SQLConvertible]) {
            guard !list.isEmpty else { return sql.append("NULL" as StaticString) }
            for (position, value) in list.enumerated() {
                if position > 0 { sql.append("," as StaticString) }
                sql.append(value.sqlValue)
            }
        }
    }
}

extension SQL: CustomStringConvertible {
    /// The numbered text without the values, so that a log line shows no secret.
    package var description: String { text }
}

extension Sequence<SQL> {
    /// The pieces in order with the separator between them; nothing for no pieces.
    package func joined(separator: SQL) -> SQL {
        var result = SQL()
        for (position, piece) in enumerated() {
            if position > 0 { result.append(separator) }
            result.append(piece)
        }
        return result
    }
}
