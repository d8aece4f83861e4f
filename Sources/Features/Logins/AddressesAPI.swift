import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// The JSON face of the addresses from which programs may call.
package enum AddressesAPI {
    private static let path = "/api/v1/settings/addresses"
    private static let full = Route.Needs.need(.screen(.logins, .full))

    package static let routes: [Route] = [
        .get(path, .need(.screen(.logins, .read))) { call in
            try call.noQuery()
            return .json(try await call.read { permit, tx in try AllowedAddresses.find(permit, tx).json(for: call.origin) })
        },
        .post(path, full) { call in
            try await call.write { permit, tx, ledger in
                try AllowedAddresses.add(call.fieldsWithoutQuery(), permit, tx, ledger)
                return .json(try AllowedAddresses.find(permit, tx).json(for: call.origin))
            }
        },
        .post(path + "/remove", full) { call in
            try await call.write { permit, tx, ledger in
                try AllowedAddresses.remove(call.fieldsWithoutQuery(), permit, tx, ledger)
                return .json(try AllowedAddresses.find(permit, tx).json(for: call.origin))
            }
        },
    ]
}
