// A feature keeps the permit that it was lent, for later.
// expect: implicit conversion to 'Permit?' is consuming
import LatchkeyAccess

func perform(_ body: (borrowing Permit) -> Void) {}

func feature() {
    var kept: Permit?
    perform { permit in kept = permit }
    _ = kept?.account
}
