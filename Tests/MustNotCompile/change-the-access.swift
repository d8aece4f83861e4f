// A feature gives a permit more access than it was made with.
// expect: cannot assign to property: 'access' is a 'let' constant
import LatchkeyAccess

func feature(_ permit: inout Permit, _ more: Access) { permit.access = more }
