import HTTPTypes
import LatchkeyJSON
import LatchkeySQLite
import LatchkeyWeb
import SessionsFeature

/// `POST /api/v1/sessions` by many clients through the line-up, with the disk's confirmation or without.
struct Creating {
    let folder: String
    let token: String
    let key: String
    let isDurable: Bool

    func run(clients: Int, seconds: Double) async throws {
        let database = try SQLiteDatabase(path: folder + "/latchkey.db", options: .init(synchronous: isDurable ? .full : .off))
        let lineUp = try lineUp(database, folder: folder, routes: SessionsAPI.routes)
        let request = request
        try await post(request, lineUp)
        let before = database.batches
        let started = ContinuousClock.now
        let made = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<clients {
                group.addTask {
                    var made = 0
                    while (ContinuousClock.now - started).inSeconds < seconds {
                        try await post(request, lineUp)
                        made += 1
                    }
                    return made
                }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = (ContinuousClock.now - started).inSeconds
        let after = database.batches
        await database.close()
        report([
            "per_second": Double(made) / elapsed, "seconds_each": elapsed * Double(clients) / Double(max(1, made)),
            "per_commit": Double(after.jobs - before.jobs) / Double(max(1, after.commits - before.commits)),
        ])
    }

    private var request: Inbound {
        var inbound = Inbound(.post, "/api/v1/sessions")
        inbound.headers[.authorization] = "Bearer " + token
        inbound.headers[.contentType] = "application/json"
        let body: JSON = [
            "api_key": .string(key), "reference": "C-20417", "contact": ["first_name": "Kari", "last_name": "Nordahl", "phone": "+4740098700"],
            "vehicle": ["make": "Volvo", "model": "XC60", "year": 2021],
        ]
        inbound.body = body.encode()
        return inbound
    }

    private func post(_ request: Inbound, _ lineUp: LineUp) async throws {
        let answer = await lineUp.respond(to: request)
        guard answer.status == 201 else { throw Failure("\(answer.status) \(String(decoding: answer.body, as: UTF8.self))") }
    }
}
