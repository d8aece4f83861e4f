import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb
import SessionsFeature

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
        let mayExport = session.isVisible(in: permit.access.visibility(of: .sessionFiles, at: .full))
        return parts.card(
            photos.count == 1 ? t("1 photo") : t("%1 photos", String(photos.count)), "<ul class=\"photos\">\(items)</ul>",
            aside: mayExport
                ? "<a class=\"btn btn-sm\" href=\"/api/v1/sessions/\(session.id)/photos.zip\" download>\(parts.icon("download"))\(t("Download photos (ZIP)"))</a>"
                : nil)
    }

    package func faces(of sessions: [SessionID], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [SessionID: HTML] {
        try PhotoStore.faces(of: sessions, permit, tx).mapValues { photo -> HTML in
            "<img src=\"/api/v1/sessions/\(photo.session)/photos/\(photo.id)/image?size=thumb\" alt=\"\" width=\"320\" height=\"240\" loading=\"lazy\">"
        }
    }
}
