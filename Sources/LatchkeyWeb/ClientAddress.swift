import LatchkeyGate

/// Who is at the other end (P7): the socket's address, unless that is a trusted proxy; then the right-most untrusted hop it names.
package enum ClientAddress {
    /// - Returns: the address; not known where a trusted proxy passed on something that is no address. It is the proxy's then, and proves nothing.
    package static func find(socket: String, forwardedFor: [String], trusted: [AddressRange]) -> (address: String, isKnown: Bool) {
        guard !trusted.isEmpty, trusted.contains(where: { $0.contains(socket) }) else { return (socket, true) }
        let hops = forwardedFor.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map { String($0).trimmingWhitespace() }
        for hop in hops.reversed() {
            // What does not parse is nobody's address: the last hop we could trust stands for it.
            guard AddressRange.bytes(of: hop) != nil else { return (socket, false) }
            if !trusted.contains(where: { $0.contains(hop) }) { return (hop, true) }
        }
        return (socket, true)
    }
}
