import LatchkeyJSON
import LatchkeyWeb
import Yams

/// Reads a catalogue that is written as YAML: plain data, no more. Anchors, aliases, tags, repeated keys and deep nesting are refused, so that a
/// short text never stands for a large one.
package enum CatalogueYAML {
    private static let mostDepth = 12
    /// How the reader calls what is in quotes, whose tag nobody wrote.
    private static let texts: Set<String> = [Tag.Name.nonSpecific.rawValue, Tag.Name.str.rawValue]

    /// What is wrong with the text, at which line.
    package struct Malformed: Error, Sendable {
        package let line: Int?
        package let detail: String

        package var problem: Problem {
            Problem.malformed("malformed_yaml", line.map { "Line \($0): \(detail)" } ?? detail)
        }
    }

    /// - Throws: `Malformed`.
    package static func parse(_ bytes: [UInt8]) throws(Malformed) -> JSON {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Malformed(line: nil, detail: "This is not UTF-8.") }
        try requireNoReferences(text)
        let root: Node?
        do { root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot() } catch { throw malformed(error) }
        guard let root else { throw Malformed(line: nil, detail: "There is nothing in it.") }
        return try value(root, depth: 1)
    }

    /// Before anything is composed: an alias within a key would be spelled out when keys are compared.
    private static func requireNoReferences(_ text: String) throws(Malformed) {
        for (index, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let start = line.drop { $0 == 0x20 || $0 == 0x09 }
            // A comment, unless the line may end a quoted text that has begun before.
            if start.first == UInt8(ascii: "#"), !line.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }) { continue }
            var before = UInt8(ascii: " ")
            let marks: Set<UInt8> = [UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ","), UInt8(ascii: ":")]
            for place in line.indices {
                let byte = line[place]
                let next = line.index(after: place)
                let after = next < line.endIndex ? line[next] : UInt8(ascii: " ")
                // Line breaks beyond ASCII count too.
                let begins = before <= 0x20 || before >= 0x80 || marks.contains(before)
                if begins, byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*"), after > 0x20 {
                    throw Malformed(
                        line: index + 1,
                        detail: "Anchors and aliases are not taken. Where & or * begins a word, write \\x26 or \\x2a in double quotes.")
                }
                before = byte
            }
        }
    }

    private static func value(_ node: Node, depth: Int) throws(Malformed) -> JSON {
        let line = node.mark?.line
        if depth > mostDepth { throw Malformed(line: line, detail: "This is nested too deeply.") }
        switch node {
        case .scalar(let scalar):
            if scalar.style != .plain, texts.contains(scalar.tag.rawValue) { return .string(scalar.string) }
            try requireNoTag(scalar.tag, line)
            return plain(scalar.string)
        case .sequence(let sequence):
            try requireNoTag(sequence.tag, line)
            var items: [JSON] = []
            for item in sequence { items.append(try value(item, depth: depth + 1)) }
            return .array(items)
        case .mapping(let mapping):
            try requireNoTag(mapping.tag, line)
            var members: [(key: String, value: JSON)] = []
            var seen: Set<[UInt8]> = []
            for (key, item) in mapping {
                guard case .scalar(let name) = key else { throw Malformed(line: key.mark?.line, detail: "Keys must be texts.") }
                // Comparing keys has settled that they are texts.
                if !texts.contains(name.tag.rawValue) { try requireNoTag(name.tag, key.mark?.line) }
                guard seen.insert(Array(name.string.utf8)).inserted else {
                    throw Malformed(line: key.mark?.line, detail: "The key \(name.string) is there twice.")
                }
                members.append((key: name.string, value: try value(item, depth: depth + 1)))
            }
            return .object(JSONObject(members))
        case .alias: throw Malformed(line: line, detail: "Anchors and aliases are not taken.")
        }
    }

    private static func requireNoTag(_ tag: Tag, _ line: Int?) throws(Malformed) {
        if !tag.rawValue.isEmpty { throw Malformed(line: line, detail: "Tags are not taken.") }
    }

    /// An unquoted text by the core schema of YAML 1.2, whose `yes` and `on` are texts.
    private static func plain(_ text: String) -> JSON {
        switch text {
        case "", "~", "null", "Null", "NULL": .null
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: Int64(text).map(JSON.int) ?? .string(text)
        }
    }

    private static func malformed(_ error: any Error) -> Malformed {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            Malformed(line: mark.line, detail: "This is not YAML: \(problem).")
        case .duplicatedKeysInMapping(let keys, let context):
            Malformed(line: context.mark.line, detail: "The key \(keys.first ?? "") is there twice.")
        case .reader(let problem, _, _, _): Malformed(line: nil, detail: "This is not YAML: \(problem).")
        default: Malformed(line: nil, detail: "This is not YAML.")
        }
    }
}
