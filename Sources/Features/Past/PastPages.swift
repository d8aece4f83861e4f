import LatchkeyAccess
import LatchkeyWeb

/// The console's face of what was: a user on some day, and bringing back what users and roles were.
package enum PastPages {
    private static let editsUsers = Route.Needs.need(.screen(.users, .full))
    private static let editsRoles = Route.Needs.need(.screen(.roles, .full))

    package static let routes: [Route] = [
        .get("/settings/users/{id}/as-of", .need(.screen(.users, .read)), alsoInAccounts: true, handler: AsOfPage.show),
        .get("/settings/users/{id}/restore", editsUsers, alsoInAccounts: true, handler: RestorePages.askUser),
        .post("/settings/users/{id}/restore", editsUsers, alsoInAccounts: true, handler: RestorePages.user),
        .get("/settings/roles/{id}/restore", editsRoles, alsoInAccounts: true, handler: RestorePages.askRole),
        .post("/settings/roles/{id}/restore", editsRoles, alsoInAccounts: true, handler: RestorePages.role),
    ]
}
