import HTTPTypes
import LatchkeyAccess
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Taking in tables of users, with a dry run.
package enum ImportsAPI {
    package static let routes: [Route] = [
        .post(
            "/api/v1/imports", .need(.screen(.users, .full)), alsoInAccounts: true, upload: .multipart(limit: UserImport.mostBytes + 65_536),
            handler: create)
    ]

    private enum Flag: String, CaseIterable { case yes = "true", no = "false" }

    private static func create(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let isDry = query.choice("dry_run", Flag.self) == .yes
        let mails = query.choice("send_activation", Flag.self) == .yes
        try query.finish()
        let bytes = try await table(call)
        if isDry { return .json(try await Imports.rehearse(bytes, mails: mails, call).requireRight().json(isDry: true)) }
        return try await call.write { permit, tx, ledger in
            try call.once(permit.actor, of: bytes, tx) {
                .json(try Imports.run(bytes, mails: mails, call.house, permit, tx, ledger).json(isDry: false))
            }
        }
    }

    /// The table as it is (`text/csv`, a workbook), as a form's file, or as one text of a JSON body.
    private static func table(_ call: Call) async throws -> [UInt8] {
        switch call.mediaType {
        case "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": return try await call.receiveBody()
        case "multipart/form-data":
            guard let file = try await call.receiveForm().file else { throw Problem.invalid("file", "required", t("Choose a file.")) }
            return file
        case "application/json":
            let fields: Fields
            do { fields = try Fields(try JSON.parse(try await call.receiveBody())) } catch let error as JSONError {
                throw Problem.malformed("malformed_json", "The body is not JSON that this server takes: \(error).")
            }
            let text = fields.text("csv", 0...UserImport.mostBytes, multiline: true)
            try fields.finish()
            return Array(text.utf8)
        default:
            throw Problem(
                415, "unsupported_media_type", "Send text/csv, a workbook (XLSX), a form with a file, or application/json.",
                headers: [.accept: "text/csv, application/json, multipart/form-data"])
        }
    }
}
