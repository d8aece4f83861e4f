import CaptureFeature
import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyImages
import LatchkeyJSON
import LatchkeyWeb
import LinksFeature
import SessionsFeature

/// Taking a photo in: what is judged before its bytes are read is judged again in the transaction that writes its row.
package enum PhotoIntake {
    /// How many photos one session takes.
    package static let quota = 60
    /// How many bytes of photos one account takes within a day, so that none fills the disk of all.
    package static let accountQuota = 256 * 1024 * 1024 * 1024

    static var accountFull: String { t("This branch has taken all the photos that it takes in a day. Try again tomorrow.") }

    package static let routes: [Route] = [
        .post(
            "/c/{token}/photos", .nothing(because: .captureURL), face: .either, upload: .multipart(limit: 12 * 1024 * 1024 + 65_536),
            handler: take)
    ]

    private static func take(_ call: Call) async throws -> Answer {
        do {
            try await call.captureRead { session, permit, tx in _ = try requireOpen(session, at: call.now, permit, tx) }
            let (photo, isNew) = try await call.receiveUpload { upload in try await keep(upload, call) }
            return call.inbound.wantsJSON ? .json(photo.json, status: isNew ? 201 : 200) : .see("\(call.capturePath)#step-\(photo.step)")
        } catch let problem as Problem where problem.status == 422 && !call.inbound.wantsJSON {
            // Without a script the page is sent again; it says what was wrong in a sentence.
            return .see(call.capturePath + "?refused=" + (problem.errors.first?.code ?? "photo"))
        }
    }

    /// Answers the link that the session was started from.
    /// - Throws: `Problem` 409 `wrong_status`, 422 `too_many_photos`, `account_full` or `link_full`.
    private static func requireOpen(_ session: Session, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> LinkID? {
        guard Captures.isOpen(session, at: now) else { throw Sessions.wrongStatus(session, at: now) }
        guard try PhotoStore.count(of: session.id, permit, tx) < quota else {
            throw Problem.invalid("file", "too_many_photos", t("This has all the photos that it can take."))
        }
        guard try PhotoStore.bytes(since: now.adding(seconds: -86_400), permit, tx) < accountQuota else {
            throw Problem.invalid("file", "account_full", accountFull)
        }
        return try LinkQuota.requireRoom(
            for: session.id, at: now, taken: { link, since in try PhotoStore.bytes(of: link, since: since, permit, tx) }, permit, tx)
    }

    private static func keep(_ upload: ReceivedUpload, _ call: Call) async throws -> (Photo, isNew: Bool) {
        let fields = try Fields([
            "step": JSON(upload.fields["step"]), "photo_id": (upload.fields["photo_id"] ?? "").isEmpty ? .null : JSON(upload.fields["photo_id"]),
        ])
        let step = CaptureStep.named(fields.text("step", 1...40))
        if step == nil { fields.invalid("step", "unknown_step", t("There is no step of this name.")) }
        let clientID = fields.optionalText("photo_id", 1...64)
        if let clientID, !clientID.utf8.allSatisfy(isPlain) {
            fields.invalid("photo_id", "invalid_photo_id", t("This must be 1 to 64 of A-Z, a-z, 0-9, dot, dash and underscore."))
        }
        if upload.file?.field != "file" { fields.invalid("file", "required", t("Choose a photo.")) }
        try fields.finish()
        guard let step, let file = upload.file else { throw Hidden() }
        if let clientID, let known = try await find(clientID, call) { return (known, false) }

        let made = try await renditions(of: upload.body, file.range, call)
        let keys = try await call.house.blobs.put([made.full.file, made.large.file, made.thumb.file])
        do {
            let (photo, isNew) = try await call.captureWrite { session, permit, tx, ledger in
                let id = PhotoID.new(at: ledger.now)
                if let clientID, let known = try PhotoStore.find(clientID: clientID, of: session.id, permit, tx) { return (known, false) }
                try LinkQuota.lock(linkOf: session.id, permit, tx)
                let link = try requireOpen(session, at: ledger.now, permit, tx)
                let photo = Photo(
                    id: id, session: session.id, step: step.id, clientID: clientID ?? id.description, width: made.full.width,
                    height: made.full.height, bytes: made.full.bytes, blobs: [.full: keys[0], .large: keys[1], .thumb: keys[2]],
                    createdAt: ledger.now)
                try PhotoStore.insert(photo, of: link, permit, tx)
                if session.status == .started { _ = try Sessions.advance(session, to: .process, permit, tx, ledger) }
                try Sessions.notePhoto(to: session, step: step, permit, tx, ledger)
                return (photo, true)
            }
            if !isNew { await discard(keys, call) }
            return (photo, isNew)
        } catch let error where error is Problem || error is Hidden {
            // Refused before the commit. After any other error a row may name them all the same, as when the commit's answer was lost.
            await discard(keys, call)
            throw error
        }
    }

    private static func discard(_ keys: [BlobKey], _ call: Call) async {
        for key in keys { try? await call.house.blobs.delete(key) }
    }

    private static func renditions(of body: IncomingFile, _ range: Range<Int>, _ call: Call) async throws -> Renditions {
        do { return try await call.house.images.renditions(of: body, range, in: call.house.blobs) } catch let refusal as PictureRefusal {
            throw Problem.invalid("file", refusal.rawValue, refusal.sentence)
        }
    }

    private static func find(_ clientID: String, _ call: Call) async throws -> Photo? {
        try await call.captureRead { session, permit, tx in try PhotoStore.find(clientID: clientID, of: session.id, permit, tx) }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || [0x2D, 0x2E, 0x5F].contains(byte)
    }
}

/// What Capture asks of photos.
package struct KeptPhotos: CapturePhotos {
    package init() {}

    package func steps(of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<String> {
        try PhotoStore.steps(of: session, permit, tx)
    }

    package func sentence(refused code: String) -> String? {
        if let refusal = PictureRefusal(rawValue: code) { return refusal.sentence }
        switch code {
        case "too_many_photos": return t("This has all the photos that it can take.")
        case "link_full": return LinkQuota.sentence
        case "account_full": return PhotoIntake.accountFull
        case "required": return t("Choose a photo.")
        default: return t("That photo could not be taken. Try again.")
        }
    }

    package func form(for step: CaptureStep, isDone: Bool, action: String, _ parts: Parts) -> HTML {
        let id = "photo-" + step.id
        return """
            <form method="post" action="\(action)" enctype="multipart/form-data" data-no-draft data-photo>\
            <input type="hidden" name="step" value="\(step.id)"><label class="form-label w-100" for="\(id)">\(isDone ? t("Another photo") : t("Photo"))</label>\
            <input class="form-control" type="file" id="\(id)" name="file" accept="image/jpeg,image/png,image/webp,image/heic" capture="environment" required>\
            <button class="btn\(if: !isDone, " btn-primary")" type="submit">\(parts.icon("camera"))\(t("Send"))</button></form>
            """
    }
}
