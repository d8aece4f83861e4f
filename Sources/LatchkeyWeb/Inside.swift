import LatchkeyAccess

/// The account that an administrator named in the path of a page. Until that page is answered, whatever is built of links stays within it.
package enum Inside {
    @TaskLocal package static var account: AccountID?

    /// Where a page of one's own account is, or its twin in the account that was named.
    package static func path(_ own: String) -> String { account.map { twin(of: own, in: $0.description) } ?? own }

    /// `/settings/users` in an account is `/accounts/{account}/users`.
    static func twin(of own: String, in account: String) -> String {
        let rest = own.hasPrefix("/settings/") ? String(own.dropFirst("/settings".count)) : own
        return "/accounts/\(account)" + rest
    }
}
