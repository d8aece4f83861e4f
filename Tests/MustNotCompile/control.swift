// What a feature may do: this must compile, or the others prove nothing.
import LatchkeyAccess

/// What a store does with a permit: borrow it for one call.
private func list(_ permit: borrowing Permit) -> (AccountID, Visibility) { (permit.account, permit.visibleSessions) }

private func perform<T>(_ principal: Principal, _ body: (borrowing Permit) throws -> T) throws -> T {
    try body(Policy.permit(.screen(.sessions, .read), principal))
}

private func performEnterprise<T>(_ principal: Principal, _ body: (borrowing EnterprisePermit) throws -> T) throws -> T {
    try body(Policy.enterprisePermit(.manageUsers, principal))
}

func feature(_ principal: Principal) throws {
    let (account, visibility) = try perform(principal) { permit in
        let user: UserID? = permit.user
        _ = (user, permit.actor, permit.access.level(of: .users))
        return list(permit)
    }
    _ = (account.description, visibility.keys)
    _ = try performEnterprise(principal) { permit in permit.administrator }
    switch try Policy.ownPermit(.login, principal).person {
    case .user(let user, let account): _ = (user, account)
    case .administrator(let administrator): _ = administrator
    }
    _ = Policy.open(.signIn).door
    _ = principal.access?.decide(Question(.screen(.users), .read)).isAllowed
}
