import Testing

@testable import PlacesFeature

@Suite struct `Names of places` {
    @Test func `are put in order as people count`() {
        let names = ["Floor 10", "floor 2", "Floor 1", "Annex", "Floor 1b", "101", "99", "0100"]
        #expect(names.sorted { PlaceOrder($0) < PlaceOrder($1) } == ["99", "0100", "101", "Annex", "Floor 1", "Floor 1b", "floor 2", "Floor 10"])
    }
}
