// A feature stores one's own permit that it was lent, by a copy.
// expect: 'copy' cannot be applied to noncopyable types
import LatchkeyAccess

final class Cache {
    let permit: OwnPermit
    init(_ permit: borrowing OwnPermit) { self.permit = copy permit }
}
