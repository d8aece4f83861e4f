// A feature hands the permit to something generic that would copy it.
// expect: global function 'keep' requires that 'Permit' conform to 'Copyable'
import LatchkeyAccess

func keep<T>(_ value: T) -> [T] { [value] }

func feature(_ permit: consuming Permit) -> Int { keep(permit).count }
