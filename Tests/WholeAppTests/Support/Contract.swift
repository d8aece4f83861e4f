import Foundation
import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Yams

@testable import latchkey

/// `openapi.yaml`, read as JSON.
struct Contract: Sendable {
    struct Parameter: Sendable {
        let name: String
        let place: String
    }

    let root: JSON

    static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../openapi.yaml").standardizedFileURL

    static func load() throws -> Contract {
        let text = try String(contentsOf: file, encoding: .utf8)
        guard let node = try Yams.compose(yaml: text) else { throw OperatorError("openapi.yaml is empty") }
        return Contract(root: json(node))
    }

    private static func json(_ node: Node) -> JSON {
        switch node {
        case .mapping(let mapping): return JSON(members: mapping.map { ($0.key.string ?? "", json($0.value)) })
        case .sequence(let sequence): return .array(sequence.map(json))
        default:
            guard let scalar = node.scalar else { return .null }
            if scalar.style != .plain { return .string(scalar.string) }
            switch scalar.string {
            case "null", "~", "": return .null
            case "true": return true
            case "false": return false
            default: return Int64(scalar.string).map(JSON.int) ?? Double(scalar.string).map(JSON.number) ?? .string(scalar.string)
            }
        }
    }

    /// What a value is once `$ref` is followed.
    func resolve(_ value: JSON) -> JSON {
        guard let reference = value["$ref"]?.text else { return value }
        let steps = reference.split(separator: "/").dropFirst()
        return resolve(steps.reduce(root) { $0[String($1)] ?? .null })
    }

    /// `METHOD /path` of every operation.
    var operations: [String] {
        (root["paths"]?.members ?? []).flatMap { path, item in
            item.members.filter { ["get", "post", "put", "patch", "delete"].contains($0.0) }.map { $0.0.uppercased() + " " + path }
        }
    }

    func operation(_ route: Route) -> JSON { root["paths"]?[route.path]?[route.method.rawValue.lowercased()] ?? .null }

    func parameters(of route: Route) -> [Parameter] {
        ((root["paths"]?[route.path]?["parameters"]?.elements ?? []) + (operation(route)["parameters"]?.elements ?? [])).map(resolve).map {
            Parameter(name: $0["name"]?.text ?? "", place: $0["in"]?.text ?? "")
        }
    }

    /// What is wrong with an answer, by the contract of its route; empty where nothing is.
    func problems(_ reply: LocalClient.Reply, of route: Route) -> [String] {
        let responses = operation(route)["responses"] ?? .null
        guard let response = responses[String(reply.status)].map(resolve) else {
            return ["status \(reply.status) \(reply.code) is not in the contract"]
        }
        var found = (response["headers"]?.members ?? []).compactMap { name, header in
            resolve(header)["required"] == true && reply.header(name) == nil ? "header \(name) is missing" : nil
        }
        let content = response["content"]?.members ?? []
        guard let type = reply.header("Content-Type").map({ String($0.split(separator: ";")[0]) }) else {
            if !content.isEmpty { found.append("there is no body") }
            return found
        }
        guard let media = content.first(where: { $0.0 == type })?.1 else { return found + ["a body of \(type) is not in the contract"] }
        if let schema = media["schema"], type == "application/json" || type.hasSuffix("+json") {
            found += Schema(contract: self).problems(reply.json, schema, at: "body")
        }
        return found
    }

    /// What is wrong with a request body, by the contract.
    func problems(_ body: JSON, sentTo route: Route) -> [String] {
        let content = operation(route)["requestBody"].map(resolve)?["content"]?["application/json"]
        guard let schema = content?["schema"] else { return ["a body is not in the contract"] }
        return Schema(contract: self).problems(body, schema, at: "body")
    }
}

/// So much of JSON Schema (2020-12) as `openapi.yaml` uses for what is answered; and stricter: a member that is not described is a problem.
struct Schema {
    let contract: Contract

    func problems(_ value: JSON, _ schema: JSON, at place: String) -> [String] {
        let found = check(value, schema, at: place)
        guard case .object(let object) = value, let known = known(schema) else { return found }
        return found + object.keys.filter { !known.contains($0) }.map { "\(place).\($0) is not described" }
    }

    /// The members that are described; nil where others may come.
    private func known(_ schema: JSON) -> Set<String>? {
        let schema = contract.resolve(schema)
        if schema["additionalProperties"] != nil, schema["additionalProperties"] != false { return nil }
        var names = Set(schema["properties"]?.object?.keys ?? [])
        let parts = ["allOf", "anyOf", "oneOf"].flatMap { schema[$0]?.elements ?? [] }
        if schema["properties"] == nil, parts.isEmpty { return nil }
        for part in parts {
            if let type = contract.resolve(part)["type"]?.text, type != "object" { continue }
            guard let more = known(part) else { return nil }
            names.formUnion(more)
        }
        return names
    }

    private func check(_ value: JSON, _ unresolved: JSON, at place: String) -> [String] {
        let schema = contract.resolve(unresolved)
        var found: [String] = []
        if let type = schema["type"] {
            let types = type.text.map { [$0] } ?? type.elements.compactMap(\.text)
            if !types.contains(where: { Self.isOf($0, value) }) { return ["\(place) is no \(types.joined(separator: " or ")): \(shown(value))"] }
        }
        if let constant = schema["const"], constant != value { found.append("\(place) is not \(shown(constant)): \(shown(value))") }
        if let choices = schema["enum"], !choices.elements.contains(value) { found.append("\(place) is not in the enum: \(shown(value))") }
        if let text = value.text { found += checkText(text, schema, at: place) }
        if let number = value.integer {
            if let least = schema["minimum"]?.integer, number < least { found.append("\(place) is below \(least)") }
            if let most = schema["maximum"]?.integer, number > most { found.append("\(place) is above \(most)") }
        }
        if let items = value.items {
            if let least = schema["minItems"]?.whole, items.count < least { found.append("\(place) has fewer than \(least) items") }
            if let each = schema["items"] { for (index, item) in items.enumerated() { found += problems(item, each, at: "\(place)[\(index)]") } }
        }
        if value.object != nil { found += checkMembers(value, schema, at: place) }
        for part in schema["allOf"]?.elements ?? [] { found += check(value, part, at: place) }
        for name in ["anyOf", "oneOf"] {
            guard let choices = schema[name]?.elements else { continue }
            let all = choices.map { check(value, $0, at: place) }
            if !all.contains(where: \.isEmpty) { found += ["\(place) is none of its choices: \(shown(value))"] + all.flatMap { $0 } }
        }
        return found
    }

    private func checkMembers(_ value: JSON, _ schema: JSON, at place: String) -> [String] {
        var found = (schema["required"]?.elements ?? []).compactMap(\.text).filter { value[$0] == nil }.map { "\(place).\($0) is missing" }
        let properties = schema["properties"]?.object
        for (name, member) in value.members {
            if let described = properties?[name] {
                found += problems(member, described, at: place + "." + name)
            } else if let rest = schema["additionalProperties"], rest.object != nil {
                found += problems(member, rest, at: place + "." + name)
            }
            if let names = schema["propertyNames"] { found += check(.string(name), names, at: "the name \(place).\(name)") }
        }
        return found
    }

    private func checkText(_ text: String, _ schema: JSON, at place: String) -> [String] {
        var found: [String] = []
        let count = text.unicodeScalars.count
        if let least = schema["minLength"]?.whole, count < least { found.append("\(place) is shorter than \(least)") }
        if let most = schema["maxLength"]?.whole, count > most { found.append("\(place) is longer than \(most)") }
        if let pattern = schema["pattern"]?.text {
            let expression = try? NSRegularExpression(pattern: pattern)
            let range = NSRange(text.startIndex..., in: text)
            if expression?.firstMatch(in: text, range: range) == nil { found.append("\(place) does not match \(pattern): \(text)") }
        }
        return found
    }

    private static func isOf(_ type: String, _ value: JSON) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("integer", .int), ("number", .int), ("number", .number), ("string", .string), ("array", .array),
            ("object", .object):
            true
        default: false
        }
    }

    private func shown(_ value: JSON) -> String { String(String(decoding: value.encode(), as: UTF8.self).prefix(120)) }
}
