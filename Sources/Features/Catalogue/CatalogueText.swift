import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON

/// Writes JSON as YAML that people like to edit: blocks, and what is small on one line.
package enum CatalogueText {
    package static func yaml(_ catalogue: Catalogue) -> String {
        var out = ""
        for (name, value) in brief(catalogue).members {
            if !out.isEmpty, !value.members.isEmpty || !value.elements.isEmpty { out += "\n" }
            member(name, value, indent: 0, into: &out)
        }
        return out
    }

    /// Without what goes without saying of a role.
    private static func brief(_ catalogue: Catalogue) -> JSON {
        let plain: [(String, JSON)] = [("screens", [:]), ("functions", [:]), ("manager", false), ("gives", [])]
        return JSON(
            members: catalogue.json.members.map { part, value in
                guard part == "roles" else { return (part, value) }
                let roles = value.elements.map { role in
                    JSON(members: role.members.filter { member in !plain.contains { $0.0 == member.0 && $0.1 == member.1 } })
                }
                return (part, .array(roles))
            })
    }

    private static func member(_ name: String, _ value: JSON, indent: Int, into out: inout String) {
        let space = String(repeating: " ", count: indent)
        if let line = inline(value), space.utf8.count + name.utf8.count + line.utf8.count < 120 || isScalar(value) {
            out += "\(space)\(scalar(name)): \(line)\n"
        } else if case .array(let items) = value {
            out += "\(space)\(scalar(name)):\n"
            for item in items { element(item, indent: indent + 2, into: &out) }
        } else {
            out += "\(space)\(scalar(name)):\n"
            for (name, value) in value.members { member(name, value, indent: indent + 2, into: &out) }
        }
    }

    private static func element(_ value: JSON, indent: Int, into out: inout String) {
        let space = String(repeating: " ", count: indent)
        if let line = inline(value), space.utf8.count + line.utf8.count < 120 || isScalar(value) {
            out += "\(space)- \(line)\n"
            return
        }
        var block = ""
        for (name, value) in value.members { member(name, value, indent: indent + 2, into: &block) }
        out += "\(space)- \(block.dropFirst(indent + 2))"
    }

    private static func isScalar(_ value: JSON) -> Bool { !value.isObject && value.items == nil }

    /// A value on one line; nil where it is no small one.
    private static func inline(_ value: JSON) -> String? {
        switch value {
        case .null: return "null"
        case .bool(let answer): return answer ? "true" : "false"
        case .int(let number): return String(number)
        case .string(let text): return scalar(text)
        case .array(let items):
            let inside = items.compactMap(inline)
            return inside.count == items.count ? "[\(inside.joined(separator: ", "))]" : nil
        case .object:
            let inside = value.members.compactMap { name, value in inline(value).map { "\(scalar(name)): \($0)" } }
            return inside.count == value.members.count ? "{\(inside.joined(separator: ", "))}" : nil
        default: return String(decoding: value.encode(), as: UTF8.self)
        }
    }

    /// A text as it is where every reader takes it for one, else in double quotes.
    private static func scalar(_ text: String) -> String {
        let words: Set<String> = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        func isSafe(_ byte: UInt8) -> Bool {
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x20 || byte == 0x2E
                || byte == 0x5F || byte == 0x2D || byte == 0x2F
        }
        let first = text.utf8.first ?? 0
        let isPlain =
            text.utf8.allSatisfy(isSafe) && ((0x61...0x7A).contains(first) || (0x41...0x5A).contains(first) || first == 0x2F) && !text.hasSuffix(" ")
            && !words.contains(text.lowercased())
        return isPlain ? text : String(decoding: JSON.string(text).encode(), as: UTF8.self)
    }
}
