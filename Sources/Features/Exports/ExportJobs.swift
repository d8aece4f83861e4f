import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyFiles
import LatchkeyGate
import LatchkeyWeb
import Logging
import Synchronization

/// The exports that this server is making. Each is made after its request was answered, piece by piece, and each piece with the rights of whoever asked
/// as they are at that moment: who is signed out, disabled or loses the screen gets no file.
final class ExportJobs: Sendable {
    /// At once; others wait for their turn.
    private static let most = 2
    private static let mostBytes = 2 << 30

    private struct State {
        /// Asked for and not done.
        var open: Set<ExportID> = []
        var atWork = 0
    }

    private let state = Mutex(State())

    private struct Stopped: Error { let failure: Export.Failure }

    /// Begins, and waits a moment: most are done before anybody looks.
    func start(_ export: Export, _ source: any ExportSource, _ call: Call) async {
        state.withLock { _ = $0.open.insert(export.id) }
        Task.detached { [self] in
            while !isTurn { try? await Task.sleep(for: .milliseconds(50)) }
            await make(export, source, call)
            state.withLock { state in
                state.atWork -= 1
                state.open.remove(export.id)
            }
        }
        for _ in 0..<160 where state.withLock({ $0.open.contains(export.id) }) { try? await Task.sleep(for: .milliseconds(25)) }
    }

    private var isTurn: Bool {
        state.withLock { state in
            guard state.atWork < Self.most else { return false }
            state.atWork += 1
            return true
        }
    }

    private func make(_ export: Export, _ source: any ExportSource, _ call: Call) async {
        do {
            let (file, rows, bytes) = try await written(export, source, call)
            let key = try await call.house.blobs.put(file)
            do {
                let now = try await allowed(call)
                try await now.write(touches: .records) { permit, tx, ledger in
                    try source.require(permit.access)
                    try Exports.finish(export, rows: rows, bytes: bytes, blob: key.text, permit, tx, ledger)
                }
            } catch let error where error is Refusal || error is Dead || error is Hidden {
                try? await call.house.blobs.delete(key)
                throw error
            }
        } catch {
            let failure = (error as? Stopped)?.failure ?? (error is Refusal || error is Dead || error is Hidden ? .notAllowed : .failed)
            if failure == .failed { call.house.logger.error("an export failed: \(error)", metadata: ["export": .string(export.id.description)]) }
            // Whoever is let in no more is told nothing; later it counts as interrupted.
            try? await call.asOfNow().write(touches: .records) { permit, tx, ledger in try Exports.fail(export, failure, permit, tx, ledger) }
        }
    }

    private func allowed(_ call: Call) async throws -> Call {
        let now = try await call.asOfNow()
        try now.requireMayExport()
        return now
    }

    private func written(_ export: Export, _ source: any ExportSource, _ call: Call) async throws -> (IncomingFile, rows: Int, bytes: Int) {
        try await written(export, source, source.reader(export.filter), call)
    }

    /// Writes the file, sealed; answers its rows and its size before it was sealed.
    private func written<Reader: ExportReader>(
        _ export: Export, _ source: any ExportSource, _ reader: Reader, _ call: Call
    ) async throws -> (IncomingFile, rows: Int, bytes: Int) {
        let file = try await call.house.blobs.incoming()
        let account = try call.principal().account?.description ?? ""
        let table = ExportTable(try export.format.writer(source.columns, sheet: source.kind, at: export.createdAt))
        var sealing = SealingWriter(call.house.masterKey, context: Self.context(export.id, in: account))
        let steps = Steps(jobs: self, export: export, source: source, reader: reader, call: call)
        var (count, bytes) = (0, 0)
        // While one piece is written, the rows of the next are made and the one after that is looked up.
        var ahead = try await steps.begin()
        var rows = try await steps.rows(of: ahead)
        ahead = try await steps.next(after: ahead)
        while let these = rows {
            let found = ahead
            async let following = steps.rows(of: found)
            async let beyond = steps.next(after: found)
            let piece = try table.add(these, isLast: found == nil)
            count += these.count
            bytes += piece.count
            if bytes > Self.mostBytes { throw Stopped(failure: .tooLarge) }
            let sealed = sealing.add(piece)
            if !sealed.isEmpty { try await file.append(sealed) }
            (rows, ahead) = try await (following, beyond)
        }
        try await file.append(sealing.finish())
        return (file, count, bytes)
    }

    /// What is read for a file, step by step, each with the rights of that moment.
    private struct Steps<Reader: ExportReader>: Sendable {
        struct Found: Sendable { let piece: Reader.Piece, next: String? }

        let jobs: ExportJobs
        let export: Export
        let source: any ExportSource
        let reader: Reader
        let call: Call

        func begin() async throws -> Found? { try await find(after: nil) }

        /// Nil after the last.
        func next(after found: Found?) async throws -> Found? {
            guard let key = found?.next else { return nil }
            return try await find(after: key)
        }

        func rows(of found: Found?) async throws -> [[Cell]]? {
            guard let piece = found?.piece else { return nil }
            return try await read { permit, tx, now in try reader.rows(of: piece, at: now, permit, tx) }
        }

        private func find(after key: String?) async throws -> Found {
            try await read { permit, tx, now in
                let found = try reader.next(after: key, at: now, permit, tx)
                return Found(piece: found.piece, next: found.next)
            }
        }

        private func read<T: Sendable>(
            _ body: @escaping @Sendable (borrowing Permit, any Transaction, Timestamp) throws -> T
        ) async throws -> T {
            let now = try await jobs.allowed(call)
            if now.now >= export.createdAt.adding(seconds: Export.mostSeconds) { throw Stopped(failure: .interrupted) }
            return try await now.read { permit, tx in
                try source.require(permit.access)
                return try body(permit, tx, now.now)
            }
        }
    }

    static func context(_ id: ExportID, in account: String) -> String { "exports/\(account)/\(id)" }
}

/// A table writer that stays with its job.
private struct ExportTable {
    private let writer: any TableWriter

    init(_ writer: any TableWriter) { self.writer = writer }

    func add(_ rows: [[Cell]], isLast: Bool) throws -> [UInt8] {
        for row in rows { try writer.row(row) }
        if isLast { try writer.close() }
        return writer.take()
    }
}

/// Removes what nobody may fetch any more.
package enum ExportSweep {
    package static func run(_ house: House) async throws {
        while true {
            let over = try await house.gate.carry(door: .files, origin: .ofThisMachine(at: house.gate.now)) { permit, tx, book in
                try ExportStore.sweep(at: book.now, limit: 100, permit, tx)
            }
            for key in over.compactMap({ $0.flatMap(BlobKey.init) }) { try await house.blobs.delete(key) }
            if over.count < 100 { return }
        }
    }
}
