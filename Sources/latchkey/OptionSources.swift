import ArgumentParser
import Foundation
import Yams

/// Where a setting comes from when it is no flag: the environment, a file that the environment names, the YAML file.
struct OptionSources {
    private let environment: [String: String]
    private let file: [String: String]

    /// - Throws: `OperatorError` where the file cannot be read or is not a flat map.
    init(config: String?, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        self.environment = environment
        guard let path = config ?? environment["LATCHKEY_CONFIG"] else {
            file = [:]
            return
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw OperatorError("The configuration file \(path) cannot be read.")
        }
        let loaded: Any?
        do { loaded = try Yams.load(yaml: text) } catch { throw OperatorError("The configuration file \(path) is not YAML: \(error)") }
        guard let map = (loaded ?? [String: Any]()) as? [String: Any] else {
            throw OperatorError("The configuration file \(path) must be a map of options, such as `listen: 127.0.0.1:8080`.")
        }
        for key in map.keys where !Self.known.contains(key) {
            throw OperatorError(
                "The configuration file \(path) has the key \(key), which is no option. There are: \(Self.known.sorted().joined(separator: ", ")).")
        }
        file = map.mapValues { value in (value as? [Any]).map { $0.map { "\($0)" }.joined(separator: ",") } ?? "\(value)" }
    }

    static let known: Set<String> = [
        "data", "database", "blobs", "listen", "public-url", "metrics-listen", "trusted-proxy", "insecure-http", "log-level", "drain-seconds",
        "master-key",
        "mail", "mail-from", "mail-ca", "checkpoints", "checkpoint-seconds",
    ]

    /// The value of `--name`: the flag's, else the environment's, else the file's.
    /// - Throws: `OperatorError` where the environment names a file that cannot be read.
    func value(_ name: String, flag: String?) throws -> String? {
        if let flag { return flag }
        let variable = "LATCHKEY_" + name.uppercased().replacingOccurrences(of: "-", with: "_")
        if let value = environment[variable] { return value }
        if let path = environment[variable + "_FILE"], name != "master-key" {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw OperatorError("\(variable)_FILE names \(path), which cannot be read.")
            }
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return file[name]
    }

    func isSet(_ name: String, flag: Bool) throws -> Bool {
        if flag { return true }
        guard let text = try value(name, flag: nil) else { return false }
        switch text.lowercased() {
        case "true", "1", "yes": return true
        case "false", "0", "no", "": return false
        default: throw OperatorError("--\(name) must be true or false; it is \(text).")
        }
    }

    /// The data directory.
    func data(flag: String?) throws -> String {
        guard let path = try value("data", flag: flag), !path.isEmpty else {
            throw OperatorError("Say where the data is: --data DIR (or LATCHKEY_DATA).")
        }
        return path
    }
}

/// The options that every command on a data directory takes.
struct DataOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The data directory.", valueName: "dir")) var data: String?
    @Option(
        help: ArgumentHelp(
            "A PostgreSQL database, postgres://user:password@host/name, which several servers may share (default: a file in the data directory). Better in LATCHKEY_DATABASE_FILE: a command line can be read by others.",
            valueName: "url"))
    var database: String?
    @Option(help: ArgumentHelp("A YAML file with options.", valueName: "file")) var config: String?

    func sources() throws -> OptionSources { try OptionSources(config: config) }

    /// Opens what the options name.
    /// - Parameter blobs: the flag of that name, where the command has one.
    func installation(blobs: String? = nil, testClock: Bool = false, mayCreate: Bool = true) async throws -> Installation {
        let sources = try sources()
        return try await Installation.open(
            sources.data(flag: data), database: sources.value("database", flag: database), blobs: sources.value("blobs", flag: blobs),
            testClock: testClock, mayCreate: mayCreate)
    }
}
