import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// The JSON face of advice. Following it is `PATCH` and `disable` of users and roles.
package enum AdviceAPI {
    package static let routes: [Route] = [
        .get("/api/v1/advice", .need(.screen(.users, .read)), alsoInAccounts: true) { call in
            let query = try call.query()
            let days = query.days("days")
            try query.finish()
            return .json(
                try await call.read { permit, tx in try Advice.find(days: days ?? Advice.usualDays, at: call.now, permit, tx).json })
        }
    ]
}

extension Query {
    /// A number of days, 1 to 3650.
    fileprivate func days(_ name: String) -> Int? {
        guard let text = text(name) else { return nil }
        if let days = Int(text), (1...3650).contains(days), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return days }
        invalid(name, "out_of_range", "This must be between 1 and 3650.")
        return nil
    }
}
