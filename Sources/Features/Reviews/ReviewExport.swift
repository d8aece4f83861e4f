import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A review with its answers as a table, written while it is read: one page of items at a time is in memory.
actor ReviewExport {
    static let columns = ["Name", "Username", "Role", "Last sign-in", "Answer", "Answered by", "Answered at", "Comment", "Outcome", "Reason"]

    /// The next page of items.
    typealias Read = @Sendable (PageRequest) async throws -> Page<ReviewItem>

    private let format: TableFormat
    private let now: Timestamp
    private let read: Read
    private var writer: (any TableWriter)?
    private var next: Cursor?
    private var isOver = false

    init(_ format: TableFormat, at now: Timestamp, _ read: @escaping Read) {
        self.format = format
        self.now = now
        self.read = read
    }

    /// The next piece; nil after the last. Throws where it cannot be read any more: the answer then breaks off, and is no whole table.
    func piece() async throws -> [UInt8]? {
        while !isOver {
            let page = try await read(PageRequest(limit: 200, after: next))
            let writer = try self.writer ?? format.writer(Self.columns, sheet: "Access review", at: now)
            self.writer = writer
            for item in page.items { try writer.row(Self.cells(item)) }
            next = page.next
            if next == nil {
                try writer.close()
                isOver = true
            }
            let ready = writer.take()
            if !ready.isEmpty { return ready }
        }
        return nil
    }

    private static func cells(_ item: ReviewItem) -> [Cell] {
        [
            .text(item.userName), .text(item.username), .text(item.roleName), Cell(item.lastSignInAt), Cell(item.given?.answer.rawValue),
            Cell(item.given?.by.name), Cell(item.given?.at), Cell(item.given?.comment), Cell(item.outcome?.rawValue), Cell(item.reason),
        ]
    }

    /// The answer to whoever may see the review. That it was asked for is recorded, with how many rows it has, before the first byte leaves.
    static func answer(_ call: Call) async throws -> Answer {
        try call.requireMayExport()
        let find = { @Sendable (permit: borrowing Permit, tx: any Transaction) throws -> (Review, TableFormat) in
            let review = try Reviews.find(call.id(), permit, tx)
            let query = try call.query()
            let format: TableFormat? = query.choice("format")
            try query.finish()
            return (review, format ?? .csv)
        }
        let (review, format) =
            if call.inbound.method == .head { try await call.read(find) } else {
                try await call.write(touches: .records) { permit, tx, ledger in
                    let (review, format) = try find(permit, tx)
                    let changes = [Change("format", to: .string(format.rawValue)), Change("rows", to: JSON(review.counts.items))]
                    try ledger.record("review.exported", review.subject, changes)
                    return (review, format)
                }
            }
        let now = call.now
        let headers: HTTPFields = [
            .contentDisposition: "attachment; filename=\"\(review.id).\(format.rawValue)\"", .cacheControl: "private, no-store",
        ]
        return Answer(
            200,
            .stream(type: format.mediaType) {
                let export = ReviewExport(format, at: now) { page in
                    try await call.read { permit, tx in try Reviews.items(of: review, ReviewItemFilter(), page, permit, tx) }
                }
                return AsyncThrowingStream { try await export.piece() }
            }, headers: headers)
    }
}
