// A feature returns the permit out of the closure that it was lent to.
// expect: 'permit' is borrowed and cannot be consumed
import LatchkeyAccess

func feature(_ permit: borrowing Permit) -> Permit { permit }
