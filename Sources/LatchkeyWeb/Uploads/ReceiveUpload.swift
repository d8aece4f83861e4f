import HTTPTypes
import LatchkeyBlobs
import Synchronization

/// A form that was received whole: its small fields, and the one file among its parts as a range of the file that holds the body.
package struct ReceivedUpload: Sendable {
    package let body: IncomingFile
    package let form: MultipartForm

    package var fields: FormData { form.fields }
    /// Nil where no file was chosen.
    package var file: MultipartForm.File? { form.file }
}

extension Call {
    /// Receives the body of a route with `upload`, hands it to `use`, and forgets it: the file is gone on every path, unless `use` puts it into the
    /// store. To be called once the caller's own checks have passed, as it takes up to 12 MiB of disk and minutes of time.
    ///
    /// - Throws: 413 by the declared length before a byte is read, and beyond the limit later; 415 for another media type; 400 for a form that is
    ///   cut off or not well made; 408 where the sender is too slow; 503 where there is no room.
    package func receiveUpload<T>(_ use: (ReceivedUpload) async throws -> T) async throws -> T {
        guard let upload = route.upload else { throw Problem(500, "internal_error", "The route takes no upload.") }
        let declared = try declaredLength(limit: upload.limit)
        let boundary = try MultipartBoundary(inbound.headers)
        return try await house.uploads.counted {
            let file = try await house.blobs.incoming()
            defer { file.discard() }
            let size = try await spool(to: file, limit: upload.limit)
            if let declared, declared != size { throw MultipartForm.Malformed.cutOff.problem }
            let form: MultipartForm
            do {
                form = try await file.reading { file in
                    try MultipartForm(boundary: boundary, size: size, longestField: upload.fieldLimit) { try file.read(at: $0, upTo: $1) }
                }
            } catch let malformed as MultipartForm.Malformed { throw malformed.problem }
            return try await use(ReceivedUpload(body: file, form: form))
        }
    }

    /// The body of a route with `upload` as it is, where it is not a form with a file; for what fits into memory.
    ///
    /// - Throws: as `receiveUpload`.
    package func receiveBody() async throws -> [UInt8] {
        guard let upload = route.upload else { throw Problem(500, "internal_error", "The route takes no upload.") }
        let declared = try declaredLength(limit: upload.limit)
        return try await house.uploads.counted {
            let file = try await house.blobs.incoming()
            defer { file.discard() }
            let size = try await spool(to: file, limit: upload.limit)
            if let declared, declared != size { throw MultipartForm.Malformed.cutOff.problem }
            return try await file.reading { try $0.read(at: 0, upTo: size) }
        }
    }

    /// A console's form of a route with `upload`, with its one file where one was chosen; for files that fit into memory. A form without a file may
    /// come as any other form does.
    package func receiveForm() async throws -> (fields: FormData, file: [UInt8]?) {
        if mediaType != "multipart/form-data" {
            do { return (try FormData(try await receiveBody()), nil) } catch is FormData.Malformed {
                throw Problem.malformed("malformed_form", "The form cannot be read.")
            }
        }
        return try await receiveUpload { upload in
            guard let range = upload.file?.range, !range.isEmpty else { return (upload.fields, nil) }
            return (upload.fields, try await upload.body.reading { try $0.read(at: range.lowerBound, upTo: range.count) })
        }
    }

    /// What the body says that it is, without parameters.
    package var mediaType: String? {
        inbound.headers[.contentType]?.split(separator: ";").first.map { String($0).trimmingWhitespace().lowercased() }
    }

    private func declaredLength(limit: Int) throws -> Int? {
        guard let text = inbound.headers[.contentLength] else { return nil }
        guard let length = Int(text), length >= 0 else { throw Problem.malformed("malformed_request", "Content-Length is no length.") }
        if length > limit { throw Problem.bodyTooLarge(limit) }
        return length
    }

    /// Writes the body to a file in pieces, and answers its size. Memory stays at two pieces, however large the body is.
    private func spool(to file: IncomingFile, limit: Int) async throws -> Int {
        let stream = inbound.stream ?? BodyStream(inbound.body)
        let progress = Progress()
        let rules = house.uploads.rules
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let gathered = Gathered(file)
                try await stream.read { piece in
                    if progress.note(piece.count) > limit { throw Problem.bodyTooLarge(limit) }
                    try await gathered.take(piece)
                }
                try Task.checkCancellation()
                try await gathered.flush()
            }
            group.addTask { try await progress.watch(rules) }
            defer { group.cancelAll() }
            try await group.next()
        }
        return progress.size
    }
}

/// Pieces gathered to a size that is worth a write.
private actor Gathered {
    private static let enough = 128 * 1024
    private let file: IncomingFile
    private var bytes: [UInt8] = []

    init(_ file: IncomingFile) { self.file = file }

    func take(_ piece: [UInt8]) async throws {
        bytes += piece
        if bytes.count >= Self.enough { try await flush() }
    }

    func flush() async throws {
        let full = bytes
        bytes = []
        if !full.isEmpty { try await file.append(full) }
    }
}

/// How far an upload is, and whether it is getting on.
private final class Progress: Sendable {
    private struct State {
        var size = 0
        var last = ContinuousClock.now
    }

    private let started = ContinuousClock.now
    private let state = Mutex(State())

    var size: Int { state.withLock { $0.size } }

    /// Notes bytes that came, and answers how many there are.
    func note(_ count: Int) -> Int {
        state.withLock { state in
            state.size += count
            state.last = .now
            return state.size
        }
    }

    /// Throws as soon as no byte has come for too long, or the whole takes too long.
    func watch(_ rules: UploadRules) async throws {
        while true {
            let ends = min(state.withLock { $0.last } + rules.idle, started + rules.whole)
            if ends <= .now { throw Problem(408, "upload_too_slow", "The upload did not get on. Try again on a better line.") }
            try await Task.sleep(until: ends, clock: .continuous)
        }
    }
}

extension Problem {
    static func bodyTooLarge(_ limit: Int) -> Problem { Problem(413, "body_too_large", "The body may have at most \(limit) bytes.") }
}

extension MultipartForm.Malformed {
    fileprivate var problem: Problem { .malformed("malformed_form", "The form cannot be read: \(sentence).") }
}
