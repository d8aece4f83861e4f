// A feature uses a permit for another account.
// expect: cannot assign to property: 'account' is a 'let' constant
import LatchkeyAccess

func feature(_ permit: inout Permit, _ other: AccountID) { permit.account = other }
