import Foundation
import Hummingbird
import LatchkeyDatabase
import LatchkeyGate
import LatchkeySecrets
import LatchkeyWeb
import Logging
import NIOCore

/// Prometheus on a listener of its own: nothing here is for the public.
struct MetricsServer: HTTPResponder {
    let house: House
    let database: any Database

    func respond(to request: Request, context: Server.Context) async throws -> Response {
        guard request.method == .get, request.uri.path == "/metrics" else { return Response(status: .notFound) }
        let batches = database.batches
        let hashing = house.hasher.counts
        let text = house.metrics.exposition(gauges: [
            ("latchkey_database_commits", "Commits, each with one sync.", Double(batches.commits)),
            ("latchkey_database_writes", "Writes that were batched into the commits.", Double(batches.jobs)),
            ("latchkey_password_hashes_waiting", "Password hashes waiting or under way.", Double(hashing.underWay)),
            ("latchkey_resident_bytes", "Resident memory.", Double(Self.residentBytes)),
        ])
        return Response(status: .ok, headers: [.contentType: "text/plain; version=0.0.4"], body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    func application(on address: ListenAddress, logger: Logger) -> some ApplicationProtocol {
        Server.application(self, address: .hostname(address.host, port: address.port), logger: logger) { _ in }
    }

    private static var residentBytes: Int {
        let fields = ((try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? "").split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
