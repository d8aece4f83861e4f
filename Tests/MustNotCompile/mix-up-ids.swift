// A feature takes the id of one kind of thing for that of another.
// expect: cannot convert value of type 'UserID' (aka 'ID<UserKind>') to expected argument type 'APIKeyID' (aka 'ID<APIKeyKind>')
import LatchkeyAccess

func feature(_ visibility: Visibility, _ user: UserID) -> Bool { visibility.contains(key: user, owner: user) }
