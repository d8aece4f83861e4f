-- What every script of wrk prints at its end: one line of JSON, times in seconds.
function done(summary, latency, _)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "per_second": %.3f, "mean": %.9f, "median": %.9f, "p99": %.9f, "failed": %d}\n', summary.requests,
        summary.requests / (summary.duration / 1e6), latency.mean / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
