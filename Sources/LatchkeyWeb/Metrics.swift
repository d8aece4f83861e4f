import Synchronization

/// Counts for Prometheus (text format 0.0.4), served on a listener of its own. Labels are route patterns, never paths or ids.
package final class Metrics: Sendable {
    private struct Series: Hashable {
        var method: String, route: String, status: Int
    }

    private struct State {
        var requests: [Series: Int] = [:]
        var buckets: [Int] = Array(repeating: 0, count: Metrics.bounds.count + 1)
        var seconds = 0.0
        var counters: [String: Int] = [:]
    }

    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    private let state = Mutex(State())

    package init() {}

    package func note(method: String, route: String, status: Int, elapsed: Duration) {
        let seconds = elapsed.milliseconds / 1000
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        let series = Series(method: Self.methods.contains(method) ? method : "other", route: route, status: status)
        state.withLock { state in
            state.requests[series, default: 0] += 1
            state.buckets[bucket] += 1
            state.seconds += seconds
        }
    }

    /// Counts an event of this server, such as `latchkey_sign_ins_refused_total`.
    package func count(_ counter: StaticString) { state.withLock { $0.counters["\(counter)", default: 0] += 1 } }

    /// The exposition; `gauges` are read by the caller at this moment.
    package func exposition(gauges: [(name: String, help: String, value: Double)]) -> String {
        let state = state.withLock { $0 }
        var lines = ["# HELP latchkey_requests_total Requests answered.", "# TYPE latchkey_requests_total counter"]
        for (series, count) in state.requests.sorted(by: {
            ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
        }) {
            lines.append("latchkey_requests_total{method=\"\(series.method)\",route=\"\(series.route)\",status=\"\(series.status)\"} \(count)")
        }
        lines += ["# HELP latchkey_request_seconds Time to answer.", "# TYPE latchkey_request_seconds histogram"]
        var sum = 0
        for (bound, count) in zip(Self.bounds, state.buckets) {
            sum += count
            lines.append("latchkey_request_seconds_bucket{le=\"\(bound)\"} \(sum)")
        }
        sum += state.buckets.last ?? 0
        lines += [
            "latchkey_request_seconds_bucket{le=\"+Inf\"} \(sum)", "latchkey_request_seconds_sum \(state.seconds)",
            "latchkey_request_seconds_count \(sum)",
        ]
        for (name, count) in state.counters.sorted(by: { $0.key < $1.key }) { lines += ["# TYPE \(name) counter", "\(name) \(count)"] }
        for gauge in gauges { lines += ["# HELP \(gauge.name) \(gauge.help)", "# TYPE \(gauge.name) gauge", "\(gauge.name) \(gauge.value)"] }
        return lines.joined(separator: "\n") + "\n"
    }
}
