// A feature stores the permit that it was lent in an object that outlives the transaction.
// expect: 'permit' is borrowed and cannot be consumed
import LatchkeyAccess

final class Cache {
    let permit: Permit
    init(_ permit: borrowing Permit) { self.permit = permit }
}
