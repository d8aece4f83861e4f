// A feature stores the enterprise permit that it was lent, by a copy.
// expect: 'copy' cannot be applied to noncopyable types
import LatchkeyAccess

final class Cache {
    let permit: EnterprisePermit
    init(_ permit: borrowing EnterprisePermit) { self.permit = copy permit }
}
