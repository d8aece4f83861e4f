import CPostgres
import Foundation
import LatchkeyDatabase

/// Where a PostgreSQL database is and how to get in: a URL as libpq reads it, with safe answers to what it leaves open.
package struct PostgresAddress: Sendable, CustomStringConvertible {
    /// Hosts and database, without user and password: for people and logs.
    package let description: String
    /// What libpq is given, by keyword.
    package let libpq: [String: String]

    /// - Throws: `.misuse` for what is no such URL; never with the URL in it, as there may be a password.
    package init(_ url: String) throws {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://"), var parameters = Self.parse(url),
            (parameters["port"] ?? "").split(separator: ",").allSatisfy({ UInt16($0) != nil })
        else {
            throw DatabaseError.misuse("not a URL of the form postgres://user:password@host:5432/database?sslmode=verify-full")
        }
        let environment = ProcessInfo.processInfo.environment
        let isLocal = Self.isLocal(parameters["host"] ?? environment["PGHOST"], address: parameters["hostaddr"] ?? environment["PGHOSTADDR"])
        if !isLocal, parameters["sslmode"] == nil, environment["PGSSLMODE"] == nil {
            // Whoever can stand between could read and change everything: the other side has to show who it is (K10).
            parameters["sslmode"] = "verify-full"
            if parameters["sslrootcert"] == nil, environment["PGSSLROOTCERT"] == nil {
                parameters["sslrootcert"] = "/etc/ssl/certs/ca-certificates.crt"
            }
        }
        for (name, value) in Self.defaults where parameters[name] == nil { parameters[name] = value }
        parameters["client_encoding"] = "UTF8"
        libpq = parameters
        let hosts = [parameters["host"], parameters["hostaddr"], environment["PGHOST"]].compactMap { $0 }.filter { !$0.isEmpty }
        let host = hosts.first ?? "the local server"
        description = host + (parameters["dbname"].map { ", database " + $0 } ?? "")
    }

    /// Of several hosts the one that takes writes, since a standby may be behind; and a silent network is noticed within seconds.
    private static let defaults = [
        "target_session_attrs": "read-write", "connect_timeout": "3", "keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "3",
        "tcp_user_timeout": "10000", "application_name": "latchkey", "gssencmode": "disable",
    ]

    private static func isLocal(_ host: String?, address: String?) -> Bool {
        if let address { return address.split(separator: ",").allSatisfy { $0 == "127.0.0.1" || $0 == "::1" } }
        return (host ?? "").split(separator: ",").allSatisfy { host in
            host.hasPrefix("/") || host.hasPrefix("@") || host == "localhost" || host == "127.0.0.1" || host == "::1"
        }
    }

    private static func parse(_ url: String) -> [String: String]? {
        guard let options = PQconninfoParse(url, nil) else { return nil }
        defer { PQconninfoFree(options) }
        var parameters: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return parameters
    }
}
