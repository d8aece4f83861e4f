// A feature writes a decision of its own: only the policy says yes.
// expect: 'Decision' initializer is inaccessible due to 'internal' protection level
import LatchkeyAccess

func feature() -> Decision { Decision(reason: .granted, via: []) }
