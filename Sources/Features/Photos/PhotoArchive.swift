import LatchkeyBlobs
import LatchkeyFiles
import LatchkeyWeb
import SessionsFeature

/// The photos of a session as one ZIP, made while it is read: one piece of one file at a time is in memory.
actor PhotoArchive {
    /// A file of it.
    struct File: Sendable {
        let name: String
        let photo: Photo
    }

    private static let piece = 256 * 1024

    private let blobs: any BlobStore
    private var files: ArraySlice<File>
    private var open: (blob: Blob, offset: Int)?
    private var zip: ZipWriter?

    private var isOver = false

    init(_ files: [File], in blobs: any BlobStore) {
        self.files = files[...]
        self.blobs = blobs
    }

    /// Named by the session's code, in the order of the steps, then in that in which they came.
    static func files(_ photos: [Photo], of session: Session) -> [File] {
        let order = Dictionary(CaptureStep.all.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        func place(_ photo: Photo) -> Int { order[photo.step] ?? order.count }
        return photos.sorted { (place($0), $0.id) < (place($1), $1.id) }.enumerated().map { index, photo in
            let number = String(index + 1)
            return File(name: "\(session.code)/\(number.count < 2 ? "0" : "")\(number)-\(photo.step).jpg", photo: photo)
        }
    }

    /// The next piece; nil after the last. Throws where a file cannot be read any more: the answer then breaks off, and is no archive.
    func next() async throws -> [UInt8]? {
        let zip = try self.zip ?? ZipWriter()
        self.zip = zip
        while !isOver {
            if let (blob, offset) = open {
                let bytes = try await blob.read(at: offset, upTo: Self.piece)
                try zip.write(bytes)
                let done = offset + bytes.count
                open = done < blob.size && !bytes.isEmpty ? (blob, done) : nil
            } else if let file = files.popFirst() {
                guard let key = file.photo.blobs[.full] else { throw BlobError.missing }
                let blob = try await blobs.open(key)
                try zip.begin(file.name, size: blob.size, at: file.photo.createdAt)
                open = (blob, 0)
            } else {
                try zip.close()
                isOver = true
            }
            let ready = zip.take()
            if !ready.isEmpty { return ready }
        }
        return nil
    }
}
