import ArgumentParser
import Foundation
import HistoryFeature
import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyImages
import LatchkeyJSON
import LatchkeyPostgres
import LatchkeySQLite
import LatchkeySecrets
import LatchkeyWeb
import PhotosFeature

/// Looks whether an installation is well, also while it is being served; changes nothing.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look whether the installation is well.",
        discussion: """
            Looks at versions, rights, free space, schema, clock, master key, the database's pages and references, photos and their files, and every chain of \
            history; changes nothing. Exits with 1 where something is wrong; a warning is no reason.
            """)

    @OptionGroup var dataOptions: DataOptions
    @Flag(help: "Print the findings as JSON.") var json = false

    func run() async throws {
        let sources = try dataOptions.sources()
        let path = try sources.data(flag: dataOptions.data)
        let findings: [JSON]
        if let answer = try UnixHTTP.post(socket: path + "/control.sock", path: ControlVerb.examine, body: .null) {
            if let error = answer["error"]?.text { throw OperatorError(error) }
            findings = answer["findings"]?.elements ?? []
        } else {
            findings = try await Examination.ofClosed(
                path, database: sources.value("database", flag: dataOptions.database), blobs: sources.value("blobs", flag: nil)
            ).map(\.json)
        }
        if json {
            print(String(decoding: JSON.array(findings).encode(), as: UTF8.self))
        } else {
            for finding in findings {
                let level = (finding["level"]?.text ?? "").padding(toLength: 8, withPad: " ", startingAt: 0)
                print("\(level)\(finding["what"]?.text ?? ""): \(finding["detail"]?.text ?? "")")
            }
        }
        if findings.contains(where: { $0["level"]?.text == Finding.Level.wrong.rawValue }) { throw ExitCode(1) }
    }
}

/// One thing that the doctor looked at.
struct Finding: Sendable {
    enum Level: String, Sendable {
        case fine = "ok"
        case warning
        case wrong
    }

    let level: Level
    let what: String
    let detail: String

    var json: JSON { ["level": .string(level.rawValue), "what": .string(what), "detail": .string(detail)] }
}

/// The doctor's look at one installation, open or not.
struct Examination {
    let directory: String
    let database: any Database
    let gate: Gate
    let blobs: FolderBlobs
    let masterKey: MasterKey?

    /// Of an installation that nobody serves: opened as it is, without the migrations that a start would run.
    static func ofClosed(_ path: String, database url: String?, blobs: String?) async throws -> [Finding] {
        let file = path + "/latchkey.db"
        let address = try url.flatMap { $0.isEmpty ? nil : $0 }.map { try Installation.parsed($0, besides: file) }
        guard FileManager.default.fileExists(atPath: address == nil ? file : path) else { throw OperatorError("There is no Latchkey in \(path).") }
        // Before the directory is opened, which mends them.
        let rights = rights(path)
        let directory = try DataDirectory(path: path)
        defer { directory.close() }
        let keyFile = ProcessInfo.processInfo.environment["LATCHKEY_MASTER_KEY_FILE"] ?? directory.file("master.key")
        let database: any Database
        if let address { database = PostgresDatabase(address) } else { database = try SQLiteDatabase(path: file) }
        do {
            let examination = Examination(
                directory: path, database: database, gate: Gate(database: database, clock: .system),
                blobs: try FolderBlobs(path: blobs ?? directory.file("blobs")), masterKey: try? MasterKey.load(path: keyFile))
            let findings = await examination.findings()
            await database.close()
            return [rights] + findings
        } catch {
            await database.close()
            throw error
        }
    }

    /// Of the one that is being served.
    static func ofServed(_ house: House, _ database: any Database, directory: String) async throws -> [Finding] {
        guard let blobs = house.blobs as? FolderBlobs else { return [] }
        let examination = Examination(directory: directory, database: database, gate: house.gate, blobs: blobs, masterKey: house.masterKey)
        return [rights(directory)] + (await examination.findings())
    }

    func findings() async -> [Finding] {
        var findings = [versions, images, space("data", directory), space("blobs", blobs.path)]
        let schema = await self.schema()
        findings.append(schema)
        findings.append(await looked("database") { try await pages() })
        // What follows reads tables that an older schema may lack.
        if schema.level != .fine { return findings }
        findings.append(await looked("master key") { try await key() })
        findings.append(await looked("clock") { try await clock() })
        findings.append(await looked("photos") { try await photos() })
        findings.append(await looked("history") { try await history() })
        return findings
    }

    private func looked(_ what: String, _ look: () async throws -> (Finding.Level, String)) async -> Finding {
        do {
            let (level, detail) = try await look()
            return Finding(level: level, what: what, detail: detail)
        } catch { return Finding(level: .wrong, what: what, detail: "could not be looked at: \(error)") }
    }

    // MARK: One after the other

    private var versions: Finding {
        Finding(
            level: .fine, what: "versions",
            detail: "Latchkey \(Latchkey.version), SQLite \(SQLiteDatabase.version)"
                + (SQLiteDatabase.hasWALResetDefect ? " (with the WAL-reset defect, which one process and one writing connection keep clear of)" : "")
        )
    }

    private var images: Finding {
        let obstacle = ImageWorkers().obstacle
        return Finding(level: obstacle == nil ? .fine : .wrong, what: "photos' worker", detail: obstacle ?? "is there")
    }

    /// What others may do with the directory and the files in it.
    private static func rights(_ path: String) -> Finding {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let open = ([path] + names.sorted().map { path + "/" + $0 }).filter { file in
            var status = stat()
            return lstat(file, &status) == 0 && status.st_mode & 0o077 != 0
        }
        return open.isEmpty
            ? Finding(level: .fine, what: "rights", detail: "nobody else may read or write \(path)")
            : Finding(level: .wrong, what: "rights", detail: "others have rights to \(open.prefix(5).joined(separator: ", ")): chmod go= them")
    }

    private func space(_ what: String, _ path: String) -> Finding {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return Finding(level: .warning, what: "space for \(what)", detail: "could not be read for \(path)") }
        let unit = UInt64(status.f_frsize)
        let free = UInt64(status.f_bavail).multipliedReportingOverflow(by: unit).partialValue
        let megabytes = free / 1_048_576
        let level: Finding.Level = megabytes < 100 ? .wrong : megabytes < 1024 ? .warning : .fine
        return Finding(level: level, what: "space for \(what)", detail: "\(megabytes) MB are free")
    }

    private func schema() async -> Finding {
        do {
            let (applied, dialect) = try await gate.read(door: .command) { permit, tx in (try DoctorStore.applied(permit, tx), tx.dialect) }
            let pending = try Migration.pending(Composition.migrations, applied: applied, on: dialect)
            if pending.isEmpty {
                return Finding(level: .fine, what: "schema", detail: "\(applied.count) migrations, the newest \(applied.last?.number ?? 0)")
            }
            return Finding(
                level: .warning, what: "schema", detail: "\(pending.count) migrations will run at the next start; the rest was not looked at")
        } catch { return Finding(level: .wrong, what: "schema", detail: "\(error)") }
    }

    private func pages() async throws -> (Finding.Level, String) {
        let flaws = try await database.examine()
        return flaws.isEmpty ? (.fine, "every page and every reference is whole") : (.wrong, flaws.joined(separator: "; "))
    }

    private func key() async throws -> (Finding.Level, String) {
        guard let masterKey else { return (.wrong, "is missing or cannot be read: without it the server does not start") }
        let row = try await gate.database.read { try InstallationStore.find($0) }
        guard let row else { return (.wrong, "the database knows no installation") }
        return masterKey.recognises(canary: row.canary) ? (.fine, "is the one that the data was sealed with") : (.wrong, "is another installation's")
    }

    private func clock() async throws -> (Finding.Level, String) {
        let times = try await gate.read(door: .command) { permit, tx in
            (try DoctorStore.now(permit, tx), try DoctorStore.newestEntry(permit, tx))
        }
        let here = Clock.system.now()
        if let there = times.0, abs(there.milliseconds - here.milliseconds) > 60_000 {
            return (.wrong, "this machine says \(here), the database \(there)")
        }
        if let newest = times.1, newest > gate.now.adding(seconds: 60), !gate.clock.isTest {
            return (.warning, "the newest entry of history is from \(newest), which is still to come")
        }
        return (.fine, "\(here)")
    }

    private func photos() async throws -> (Finding.Level, String) {
        let standing = try await PhotoFiles.examine(gate, blobs)
        if standing.incompleteCount > 0 {
            let names = standing.incomplete.prefix(5).map(\.description).joined(separator: ", ")
            return (.wrong, "\(standing.incompleteCount) of \(standing.photos) photos lack a file: \(names)")
        }
        if standing.unnamed > 0 {
            return (
                .warning,
                "\(standing.photos) photos, all with their files; \(standing.unnamed) files older than a day belong to none and are removed by the server"
            )
        }
        return (.fine, "\(standing.photos) photos, all with their files")
    }

    private func history() async throws -> (Finding.Level, String) {
        let report = try await HistoryVerification.run(gate.database)
        if report.isIntact { return (.fine, "\(report.entries) entries, every chain is intact") }
        return (.wrong, report.lines.filter { $0.hasPrefix("BROKEN") }.joined(separator: "; "))
    }
}
