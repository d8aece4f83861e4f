import APIKeysFeature
import LatchkeyAccess
import LatchkeyWeb

/// What a reader asks of the sessions that they see.
package struct SessionFilter: Sendable {
    package var search: SessionSearch.Query?
    package var statuses: Set<SessionStatus> = []
    package var mode: APIKey.Mode?
    package var apiKey: IDFilter<APIKeyKind>?
    package var owner: IDFilter<UserKind>?
    package var source: Session.Source?
    package var from: Timestamp?
    package var to: Timestamp?

    package init() {}

    package init(_ query: Query) {
        search = query.text("search").flatMap(SessionSearch.query)
        if let status = query.choice("status", SessionStatus.self) { statuses = [status] }
        mode = query.choice("mode")
        apiKey = query.id("api_key")
        owner = query.id("owner")
        source = query.choice("source")
        from = query.time("from")
        to = query.time("to")
    }
}
