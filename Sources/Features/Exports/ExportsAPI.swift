import HTTPTypes
import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Files of what an account has, for an access review or another product. Ask once for each server: the routes share what is being made.
package struct ExportRoutes: Sendable {
    let sources: [any ExportSource]
    let jobs = ExportJobs()

    package init(_ sources: [any ExportSource]) { self.sources = sources }

    static let read = Route.Needs.need(.screen(.users, .read))

    package var all: [Route] { api + ExportsPages(self).routes }

    private var api: [Route] {
        [
            .get("/api/v1/exports", Self.read, alsoInAccounts: true, handler: list),
            .post("/api/v1/exports", Self.read, alsoInAccounts: true, stepUp: .secondStep, handler: create),
            .get("/api/v1/exports/{id}", Self.read, alsoInAccounts: true, handler: show),
            .get("/api/v1/exports/{id}/file", Self.read, alsoInAccounts: true, handler: strictFile),
            .delete("/api/v1/exports/{id}", Self.read, alsoInAccounts: true, handler: delete),
        ]
    }

    private func list(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let page = query.page()
        try query.finish()
        return try await call.read { permit, tx in .json(try Exports.list(page, at: call.now, permit, tx).json(\.json)) }
    }

    private func show(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let export = try Exports.find(call.id(), at: call.now, permit, tx)
            try call.noQuery()
            return .object(export.json, tag: export.tag)
        }
    }

    private func create(_ call: Call) async throws -> Answer {
        try call.requireMayExport()
        let (answer, export) = try await ask(call, call.fieldsWithoutQuery)
        guard let export else { return answer }
        // As it is after the moment's wait.
        let now = try await call.read { permit, tx in try Exports.find(export.id, at: call.now, permit, tx) }
        return .object(now.json, tag: now.tag, status: 201)
    }

    /// Notes what is asked for and begins; the export is nil where the answer is a repeated one.
    func ask(_ call: Call, _ fields: @escaping @Sendable () throws -> Fields) async throws -> (Answer, Export?) {
        let asked = try await call.write(touches: .records) { permit, tx, ledger in
            let draft = try Exports.draft(fields(), sources, at: ledger.now, permit)
            var made: Export?
            let answer = try call.once(permit.actor, tx) {
                try Exports.create(draft, permit, tx, ledger)
                made = draft
                return .object(draft.json, tag: draft.tag, status: 201)
            }
            return (answer: answer, export: made)
        }
        if let export = asked.export, let source = sources.first(where: { $0.kind == export.kind }) { await jobs.start(export, source, call) }
        return asked
    }

    private func strictFile(_ call: Call) async throws -> Answer { try await file(call) { try call.noQuery() } }

    /// The file, which whoever asked for it fetches as long as they may still see what is in it.
    func file(_ call: Call, _ judge: @escaping @Sendable () throws -> Void) async throws -> Answer {
        try call.requireMayExport()
        let (export, account) = try await call.read { permit, tx in
            let export = try Exports.find(call.id(), at: call.now, permit, tx)
            try judge()
            try sources.first { $0.kind == export.kind }?.require(permit.access)
            return (export, permit.account)
        }
        guard let key = export.blob.flatMap(BlobKey.init) else {
            throw Problem.conflict(
                "export_not_ready", export.state == .failed ? t("There is no file: it could not be made.") : t("The file is not ready yet."))
        }
        let blob = try await call.house.blobs.open(key)
        let masterKey = call.house.masterKey
        return Answer(
            200,
            .stream(type: export.format.mediaType) {
                let reader = SealedReader(blob, masterKey, context: ExportJobs.context(export.id, in: account.description))
                return AsyncThrowingStream { try await reader.next() }
            },
            headers: [
                .cacheControl: "private, no-store", .contentDisposition: "attachment; filename=\"\(export.fileName)\"",
                .contentSecurityPolicy: "default-src 'none'; sandbox; frame-ancestors 'none'",
            ])
    }

    private func delete(_ call: Call) async throws -> Answer {
        try await forget(call) { try call.noInput() }
        return .noContent
    }

    func forget(_ call: Call, _ judge: @escaping @Sendable () throws -> Void) async throws {
        let blob = try await call.write(touches: .records) { permit, tx, ledger in
            let id: ExportID = try call.id()
            _ = try Exports.find(id, at: ledger.now, permit, tx)
            try judge()
            return try Exports.delete(id, permit, tx, ledger)
        }
        if let key = blob.flatMap(BlobKey.init) { try? await call.house.blobs.delete(key) }
    }
}
