// A feature uses the permit in a closure that runs after the transaction.
// expect: 'permit' cannot be captured by an escaping closure since it is a borrowed parameter
import LatchkeyAccess

func later(_ body: @escaping () -> Void) {}

func feature(_ permit: borrowing Permit) {
    later { _ = permit.account }
}
