import HTTPTypes
import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyMail
import LatchkeySQLite
import LatchkeySecrets
import LatchkeyWeb
import Logging
import SessionsFeature

/// One GET again and again through the line-up, without HTTP: what is left is ours, and easy to profile.
struct Answering {
    let folder: String
    let token: String
    let path: String

    func run(repeats: Int) async throws {
        let database = try SQLiteDatabase(path: folder + "/latchkey.db")
        let lineUp = try lineUp(database, folder: folder, routes: SessionsAPI.routes + SessionsPages.routes(photos: NoPhotos()))
        var inbound = Inbound(.get, path)
        inbound.headers[.authorization] = "Bearer " + token
        var bytes = 0
        for _ in 0..<20 { bytes = await lineUp.respond(to: inbound).body.count }
        let started = ContinuousClock.now
        for _ in 0..<repeats { bytes = await lineUp.respond(to: inbound).body.count }
        let elapsed = (ContinuousClock.now - started).inSeconds
        await database.close()
        report(["seconds": elapsed / Double(repeats), "bytes": Double(bytes)])
    }
}

/// A house without photos.
private struct NoPhotos: SessionPhotos {
    func faces(of _: [SessionID], _: borrowing Permit, _: any Transaction) throws -> [SessionID: HTML] { [:] }
    func card(of session: Session, _ parts: Parts, _ permit: borrowing Permit, _ tx: any Transaction) throws -> HTML { "" }
}

/// A line-up of some routes on a data directory, logging nothing.
func lineUp(_ database: any Database, folder: String, routes: [Route]) throws -> LineUp {
    guard let url = PublicURL("http://localhost:8080") else { throw Failure("no URL") }
    let masterKey = try MasterKey.load(path: folder + "/master.key")
    let house = House(
        gate: Gate(database: database, clock: .system), hasher: PasswordHasher(threads: 1), masterKey: masterKey,
        settings: ServerSettings(publicURL: url, version: "bench"), mail: .idle(masterKey: masterKey),
        metrics: Metrics(), logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }),
        blobs: try FolderBlobs(path: folder + "/blobs"))
    return LineUp(house: house, routes: routes)
}
