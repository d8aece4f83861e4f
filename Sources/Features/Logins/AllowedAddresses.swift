import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SignInFeature

/// From where an account's API keys and integrations may call: one address or network at a time. The list is one of the security settings, and
/// holds from the next request on. People sign in from everywhere.
struct AllowedAddresses: Sendable {
    /// In the order in which they were added; empty is everywhere.
    let ranges: [AddressRange]
    /// From where programs called in vain of late, newest first.
    let refused: [RefusedAddress]

    static func find(_ permit: borrowing Permit, _ tx: any Transaction) throws -> AllowedAddresses {
        AllowedAddresses(
            ranges: try SecurityRules.find(permit, tx).allowedAddresses, refused: try RefusedAddressStore.list(permit, tx))
    }

    /// Those that this one lies in.
    func holding(_ address: String) -> [AddressRange] { ranges.filter { $0.contains(address) } }

    /// `{items: [{address, holds_yours}], your_address, refused: [{address, principal, at, calls}]}`
    func json(for origin: Origin) -> JSON {
        [
            "items": .array(
                ranges.map {
                    ["address": .string($0.description), "holds_yours": .bool(origin.isAddressKnown && $0.contains(origin.address))]
                }),
            "your_address": .string(origin.address), "refused": .array(refused.map(\.json)),
        ]
    }

    // MARK: Changing

    /// Adds the address or network in the field `address`; nothing happens where it is there.
    /// - Throws: `Problem` 400 or 422.
    static func add(_ fields: Fields, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let range = range(fields)
        try fields.finish()
        let before = try SecurityRules.find(permit, tx).allowedAddresses
        guard let range, !before.contains(range) else { return }
        if before.count >= SecurityRules.mostAddresses {
            throw Problem.invalid("address", "out_of_range", "There may be at most \(SecurityRules.mostAddresses) of them.")
        }
        try set(before + [range], permit, tx, ledger)
    }

    /// Takes away the one in the field `address`. Without any, programs may call from everywhere.
    /// - Throws: `Problem` 400, 422 also for one that is not in the list.
    static func remove(_ fields: Fields, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let range = range(fields)
        try fields.finish()
        let before = try SecurityRules.find(permit, tx).allowedAddresses
        guard let range, before.contains(range) else { throw Problem.invalid("address", "unknown_reference", "This is not in the list.") }
        try set(before.filter { $0 != range }, permit, tx, ledger)
    }

    private static func set(_ ranges: [AddressRange], _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let fields = try Fields(["allowed_addresses": JSON(ranges.map(\.description))])
        _ = try SecurityRules.update(fields, match: { _ in }, permit, tx, ledger)
    }

    private static func range(_ fields: Fields) -> AddressRange? {
        let text = fields.text("address", 1...64)
        if text.isEmpty { return nil }
        let range = AddressRange(text)
        if range == nil {
            fields.invalid("address", "invalid_address", t("This must be an IP address or a network, such as 192.0.2.0/24 or 2001:db8::/32."))
        }
        return range
    }

    /// Writes down from where was refused. Nothing that history is about; what cannot be written is let go of.
    package static func write(_ house: House) async throws {
        let all = house.refusedAddresses.take()
        if all.isEmpty { return }
        try await house.gate.carry(door: .upkeep, origin: .ofThisMachine(at: house.gate.now)) { permit, tx, _ in
            for (place, count) in all { try RefusedAddressStore.keep(place, count, permit, tx) }
            for account in Set(all.keys.map(\.account)) { try RefusedAddressStore.trim(account, permit, tx) }
        }
    }
}

/// An address from which a program called that may not.
struct RefusedAddress: Sendable, Hashable {
    var address: String
    /// Nil for a key that does not exist for whoever looks.
    var program: Program?
    var at: Timestamp
    var calls: Int64

    struct Program: Sendable, Hashable {
        var kind: String
        var id: String
        var name: String
    }

    var json: JSON {
        [
            "address": .string(address),
            "principal": program.map { ["kind": .string($0.kind), "id": .string($0.id), "name": .string($0.name)] } ?? .null,
            "at": JSON(at), "calls": .int(calls),
        ]
    }
}

/// Keeps what was refused, from outside of this feature.
package enum RefusedCalls {
    package static func write(_ house: House) async throws { try await AllowedAddresses.write(house) }
}
