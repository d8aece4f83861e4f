// A feature makes a permit of its own, for an account of its choice.
// expect: 'Permit' initializer is inaccessible due to 'internal' protection level
import LatchkeyAccess

func forge(_ account: AccountID, _ principal: Principal, _ access: Access) -> AccountID {
    Permit(account: account, actor: principal.actor, access: access, administrator: nil, login: nil).account
}
