// A feature adds an initializer of its own.
// expect: 'let' property 'account' may not be initialized directly; use "self.init(...)" or "self = ..." instead
// expect: 'let' property 'actor' may not be initialized directly; use "self.init(...)" or "self = ..." instead
// expect: 'let' property 'access' may not be initialized directly; use "self.init(...)" or "self = ..." instead
// expect: 'let' property 'administrator' may not be initialized directly; use "self.init(...)" or "self = ..." instead
// expect: 'let' property 'login' may not be initialized directly; use "self.init(...)" or "self = ..." instead
import LatchkeyAccess

extension Permit {
    init(forging account: AccountID, _ principal: Principal, _ access: Access) {
        self.account = account
        self.actor = principal.actor
        self.access = access
        self.administrator = nil
        self.login = nil
    }
}
