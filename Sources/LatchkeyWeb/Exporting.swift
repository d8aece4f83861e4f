import LatchkeyAccess

/// Taking what an account has out of it as a file.
extension Call {
    /// Of administrators, by path and while switched, who has the permission.
    package var mayExport: Bool {
        get throws {
            let principal = try principal()
            return principal.administrator == nil || principal.permissions.contains(.export)
        }
    }

    /// - Throws: `Refusal` for an administrator without the permission to export.
    package func requireMayExport() throws {
        if try !mayExport { throw Refusal.permissionMissing(.export) }
    }
}
