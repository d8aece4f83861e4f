import LatchkeyBlobs
import LatchkeyThreads
import Synchronization

/// What a route takes as a file. Its handler gets the body unread, decides by the head alone whether it wants it, and then calls
/// `call.receiveUpload`. All other bodies are read before the handler, 256 KiB at most.
package struct Upload: Sendable, Hashable {
    /// The largest body, in bytes: the file and what is around it.
    package let limit: Int
    /// The largest of the form's other fields, in bytes.
    package let fieldLimit: Int

    /// A form (`multipart/form-data`) with at most one file.
    package static func multipart(limit: Int, fields: Int = MultipartForm.longestField) -> Upload { Upload(limit: limit, fieldLimit: fields) }
}

/// A body that is still on its way. It is read once, piece by piece, at the pace of whoever reads it.
package final class BodyStream: Sendable {
    package typealias Take = @Sendable ([UInt8]) async throws -> Void

    private enum State { case untouched, reading, read }

    private let source: @Sendable (Take) async throws -> Void
    private let state = Mutex(State.untouched)

    /// `source` hands over each piece in order and returns after the last; it is called once, or never.
    package init(_ source: @escaping @Sendable (Take) async throws -> Void) { self.source = source }

    package convenience init(_ bytes: [UInt8]) { self.init { take in try await take(bytes) } }

    /// Whether the body was read to its end. Where it was not, the rest of it stands before the connection's next request.
    package var isRead: Bool { state.withLock { $0 == .read } }

    /// Hands over every piece; throws what the source or `take` throws.
    func read(_ take: @escaping Take) async throws {
        let isFirst = state.withLock { state in
            defer { state = .reading }
            return state == .untouched
        }
        guard isFirst else { throw Problem(500, "internal_error", "The body was read twice.") }
        try await source(take)
        state.withLock { $0 = .read }
    }
}

/// How long, and how many at once.
package struct UploadRules: Sendable {
    /// Without a byte.
    package var idle: Duration = .seconds(20)
    /// From the first byte to the last.
    package var whole: Duration = .seconds(600)
    package var atOnce = 256

    package init() {}
}

/// The uploads being received now.
package final class Uploads: Sendable {
    package let rules: UploadRules
    private let count = Mutex(0)

    package init(_ rules: UploadRules = UploadRules()) { self.rules = rules }

    package var underWay: Int { count.withLock { $0 } }

    /// Runs work as one of them; throws 503 where there are too many.
    func counted<T>(_ work: () async throws -> T) async throws -> T {
        let isTaken = count.withLock { count in
            guard count < rules.atOnce else { return false }
            count += 1
            return true
        }
        guard isTaken else { throw Problem.busy(retryAfter: 5) }
        defer { count.withLock { $0 -= 1 } }
        return try await work()
    }
}
