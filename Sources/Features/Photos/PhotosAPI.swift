import HTTPTypes
import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SessionsFeature

/// Photos for those who see the session.
package enum PhotosAPI {
    private static let read = Route.Needs.need(.screen(.sessions, .read))

    package static let routes: [Route] = [
        .get("/api/v1/sessions/{id}/photos", read, handler: list),
        .get("/api/v1/sessions/{id}/photos/{photo}/image", read, handler: image),
        // Safe for whoever asks, and recorded all the same: it is an export.
        Route(.get, "/api/v1/sessions/{id}/photos.zip", .need(.screen(.sessionFiles, .full)), leaves: .history, handler: archive),
    ]

    /// All of them, newest last: a session has a few dozen at most.
    private static func list(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let session = try Sessions.find(call.id(), permit, tx)
            try call.noQuery()
            let photos = try PhotoStore.all(of: session.id, permit, tx)
            return .json(["items": .array(photos.map(\.json)), "next": .null])
        }
    }

    private static func image(_ call: Call) async throws -> Answer {
        let key = try await call.read { permit, tx in
            let session = try Sessions.find(call.id(), permit, tx)
            guard let photo = try PhotoStore.find(call.id("photo"), of: session.id, permit, tx) else { throw Hidden() }
            let query = try call.query()
            let size = query.choice("size", Photo.Size.self) ?? .full
            try query.finish()
            return photo.blobs[size]
        }
        guard let key else { throw Hidden() }
        return Answer(
            200, .bytes(try await call.house.blobs.contents(of: key, limit: 16 * 1024 * 1024), type: "image/jpeg"),
            headers: headers("inline; filename=\"photo.jpg\""))
    }

    private static func headers(_ disposition: String) -> HTTPFields {
        [
            .cacheControl: "private, no-store", .contentDisposition: disposition,
            .contentSecurityPolicy: "default-src 'none'; sandbox; frame-ancestors 'none'",
        ]
    }

    /// All photos as one ZIP. That it was asked for is recorded before the first byte leaves.
    private static func archive(_ call: Call) async throws -> Answer {
        let find = { @Sendable (permit: borrowing Permit, tx: any Transaction) throws -> (Session, [PhotoArchive.File]) in
            let session = try Sessions.find(call.id(), by: .sessionFiles, .full, permit, tx)
            try call.noQuery()
            let photos = try PhotoStore.all(of: session.id, permit, tx)
            if photos.isEmpty { throw Problem.conflict("no_photos", "This session has no photos yet.") }
            return (session, PhotoArchive.files(photos, of: session))
        }
        let isLook = call.inbound.method == .head
        let (session, files) =
            if isLook { try await call.read(find) } else {
                try await call.write(touches: .records) { permit, tx, ledger in
                    let (session, files) = try find(permit, tx)
                    try ledger.record("session.photos_exported", session.subject, [Change("photos", to: JSON(files.count))])
                    return (session, files)
                }
            }
        let blobs = call.house.blobs
        return Answer(
            200,
            .stream(type: "application/zip") {
                let archive = PhotoArchive(files, in: blobs)
                return AsyncThrowingStream { try await archive.next() }
            }, headers: headers("attachment; filename=\"\(session.code)-photos.zip\""))
    }
}
