// A feature raises what somebody holds.
// expect: cannot assign through subscript: 'screens' is a 'let' constant
// expect: cannot assign to property: 'own' setter is inaccessible
// expect: cannot assign through subscript: 'screens' setter is inaccessible
import LatchkeyAccess

func feature(_ access: inout Access, _ held: inout Held, _ grants: inout Grants) {
    access.screens[.users] = Held(ScreenGrant(.full))
    held.own = .full
    grants.screens[.users] = ScreenGrant(.none)
}
