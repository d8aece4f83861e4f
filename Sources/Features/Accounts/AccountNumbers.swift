import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// How many people an account has, and when one of them last signed in.
package struct AccountNumbers: Sendable, Hashable {
    package var enabled = 0
    package var pending = 0
    package var disabled = 0
    package var lastSignInAt: Timestamp?

    package var users: Int { enabled + pending + disabled }

    package var json: JSON {
        [
            "users": ["enabled": .int(Int64(enabled)), "pending": .int(Int64(pending)), "disabled": .int(Int64(disabled))],
            "last_sign_in_at": JSON(lastSignInAt),
        ]
    }
}

/// How much there is in a group and in everything nested in it.
package struct GroupNumbers: Sendable, Hashable {
    package var groups = 0
    package var accounts = 0
    package var users = 0
    /// Those who are limited to some groups, this one or one that it lies in among them.
    package var administrators = 0

    package var json: JSON {
        [
            "groups": .int(Int64(groups)), "accounts": .int(Int64(accounts)), "users": .int(Int64(users)),
            "administrators": .int(Int64(administrators)),
        ]
    }
}
