import Foundation
import HTTPTypes
import HistoryFeature
import LatchkeyWeb
import Synchronization
import Testing

@testable import latchkey

/// Every secret that was typed or issued, and every answer: a secret is in the one answer that hands it out, and nowhere else.
final class Ears: Sendable {
    private struct Heard: Sendable {
        let what: String
        let said: Data
        let issued: Set<String>
    }

    private let state = Mutex<(secrets: Set<String>, heard: [Heard])>(([], []))

    var secrets: Set<String> { state.withLock { $0.secrets } }

    func add(_ secrets: some Sequence<String>) { state.withLock { $0.secrets.formUnion(secrets.filter { $0.utf8.count > 7 }) } }

    /// Notes an answer, with what was typed for it and what it hands out. The cookies that it sets are secrets too.
    func hear(_ what: String, typed: Set<String> = [], issued: Set<String>, _ reply: LocalClient.Reply) {
        let cookies = reply.headers[values: .setCookie].map { $0.prefix { $0 != ";" } }.filter { $0.hasPrefix(Browser.cookie) }
        let values = cookies.flatMap { $0.drop { $0 != "=" }.dropFirst().split(separator: "~").map { String($0) } }
        add(issued.union(typed).union(values))
        let headers = reply.headers.filter { $0.name != .setCookie }.map { "\($0.name.rawName): \($0.value)" }.joined(separator: "\n")
        state.withLock { $0.heard.append(Heard(what: what, said: Data(headers.utf8) + Data(reply.body), issued: issued)) }
    }

    /// Looks for all secrets in all answers, and wherever a house keeps or says something.
    func look(in houses: [TestHouse]) async throws {
        let (secrets, heard) = state.withLock { ($0.secrets, $0.heard) }
        func look(in text: Data, _ place: String, except: Set<String> = []) {
            for secret in secrets.subtracting(except) where text.holds(secret) { Issue.record("\(place) has a secret (\(secret.prefix(12))…)") }
        }
        for heard in heard { look(in: heard.said, heard.what, except: heard.issued) }
        for house in houses {
            for (table, rows) in try await Snapshot.all(house.installation.database) {
                look(in: Data(rows.joined(separator: "\n").utf8), "table \(table)")
            }
            for chain in try await ChainExport.chains(house.house.gate) {
                var place: ChainExport.Place? = .init(chain: chain)
                while let here = place {
                    let (lines, next) = try await ChainExport.lines(after: here, house.house.gate)
                    look(in: Data(lines), "the export of \(chain)")
                    place = next
                }
            }
            for signed in try await HistoryCheckpoints.ofAll(house.house) { look(in: Data(signed.note.utf8), "a checkpoint") }
            look(in: Data(house.log.all.utf8), "the log")
            look(in: Data(house.house.metrics.exposition(gauges: []).utf8), "the metrics")
            let directory = house.installation.directory
            for case let file as String in FileManager.default.enumerator(atPath: directory.path) ?? .init() {
                var isFolder: ObjCBool = false
                if FileManager.default.fileExists(atPath: directory.file(file), isDirectory: &isFolder), isFolder.boolValue { continue }
                let data = try Data(contentsOf: URL(fileURLWithPath: directory.file(file)))
                #expect(data.count > 0 || file != "latchkey.db")
                look(in: data, file)
            }
            #expect(house.log.all.contains("request_id"), "the log has lines")
        }
    }
}

extension Data {
    /// Whether these bytes have this text in them. A text would be searched by characters, which takes ten times as long.
    func holds(_ text: String) -> Bool { range(of: Data(text.utf8)) != nil }
}
