// A feature stores the permit of a door that it was lent, by a copy.
// expect: 'copy' cannot be applied to noncopyable types
import LatchkeyAccess

final class Cache {
    let permit: DoorPermit
    init(_ permit: borrowing DoorPermit) { self.permit = copy permit }
}
