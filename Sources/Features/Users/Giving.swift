import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// What a write gives to a person beyond what they have.
struct Giving {
    var roles: [Role]
    var keys: Scope<APIKeyID>
    var places: Scope<PlaceID>

    /// - Throws: `Problem` 403 `grants_more_than_held` where `access` may not give all of it.
    func require(_ access: Access, toOneself: Bool) throws {
        guard roles.allSatisfy({ access.mayGive($0, toOneself: toOneself) }), access.mayGive(keys), access.mayGive(places) else {
            throw Problem.forbiddenGrant
        }
    }
}

extension Scope {
    /// What is in here and not in `other`.
    func beyond(_ other: Scope) -> Scope {
        switch (self, other) {
        case (_, .all): .nothing
        case (.all, .only): .all
        case (.only(let mine), .only(let others)): .only(mine.subtracting(others))
        }
    }

    /// What of this exists for somebody who holds `visible`; that somebody has all of something is no secret.
    package func shown(to visible: Scope) -> Scope {
        guard case .only(let mine) = self else { return self }
        return .only(mine.filter(visible.contains))
    }

    /// These, with those of `before` that lie outside of `visible`: nobody takes away what does not exist for them.
    func keeping(_ before: Scope, outside visible: Scope) -> Scope {
        guard case .only(let mine) = self, case .only(let had) = before else { return self }
        return .only(mine.union(had.filter { !visible.contains($0) }))
    }
}
