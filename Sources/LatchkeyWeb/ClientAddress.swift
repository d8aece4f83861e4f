import LatchkeyGate

/// Who is at the other end (P7): the socket's address, unless that is a trusted proxy; then the right-most untrusted hop it names.
package enum ClientAddress {
    package static func find(socket: String, forwardedFor: [String], trusted: [AddressRange]) -> String {
        guard !trusted.isEmpty, trusted.contains(where: { $0.contains(socket) }) else { return socket }
        let hops = forwardedFor.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map { String($0).trimmingWhitespace() }
        for hop in hops.reversed() {
            // What does not parse is nobody's address: the last hop we could trust stands for it.
            guard AddressRange(hop) != nil, !hop.contains("/") else { return socket }
            if !trusted.contains(where: { $0.contains(hop) }) { return hop }
        }
        return socket
    }
}
