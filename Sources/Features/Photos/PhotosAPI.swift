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
        var headers: HTTPFields = [.cacheControl: "private, no-store", .contentDisposition: "inline; filename=\"photo.jpg\""]
        headers[.contentSecurityPolicy] = "default-src 'none'; sandbox; frame-ancestors 'none'"
        return Answer(200, .bytes(try await call.house.blobs.contents(of: key, limit: 16 * 1024 * 1024), type: "image/jpeg"), headers: headers)
    }
}

/// The photos on a session's page.
package struct PhotosCard: SessionPhotos {
    package init() {}

    package func card(of session: Session, _ parts: Parts, _ permit: borrowing Permit, _ tx: any Transaction) throws -> HTML {
        let photos = try PhotoStore.all(of: session.id, permit, tx)
        if photos.isEmpty { return "" }
        let items = photos.map { photo -> HTML in
            let image: HTML = "/api/v1/sessions/\(session.id)/photos/\(photo.id)/image"
            return """
                <li><a href="\(image)?size=full" target="_blank" rel="noopener"><img src="\(image)?size=large" alt="\(photo.label)" width="\(photo.width)" height="\(photo.height)" loading="lazy"></a>\
                <span class="sub">\(photo.label)</span></li>
                """
        }
        return parts.card(photos.count == 1 ? t("1 photo") : t("%1 photos", String(photos.count)), "<ul class=\"photos\">\(items)</ul>")
    }
}
