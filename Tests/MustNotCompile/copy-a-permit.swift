// A feature copies a permit explicitly.
// expect: 'copy' cannot be applied to noncopyable types
import LatchkeyAccess

func feature(_ permit: borrowing Permit) -> Permit { copy permit }
