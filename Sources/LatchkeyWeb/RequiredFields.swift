import LatchkeyJSON

/// Readers of fields that must be there and not null: 422 `required` where they are not.
extension Fields {
    package func integer(_ field: String, _ range: ClosedRange<Int>) -> Int {
        require(field)
        return optionalInteger(field, range) ?? range.lowerBound
    }

    package func flag(_ field: String) -> Bool {
        require(field)
        return optionalFlag(field) ?? false
    }

    /// An object within the body; call `finish(nested:)` with it.
    package func object(_ field: String) -> Fields? {
        require(field)
        return optionalObject(field)
    }

    /// A list of texts, as they are; empty where it is wrong.
    package func texts(_ field: String) -> [String] {
        require(field)
        guard let value = value(field), value != .null else { return [] }
        let texts = value.elements.compactMap(\.text)
        guard case .array = value, texts.count == value.elements.count else {
            malformed(field, "wrong_type", "This must be a list of texts.")
            return []
        }
        return texts
    }

    private func require(_ field: String) {
        if value(field) == nil || value(field) == .null { invalid(field, "required", "This is required.") }
    }
}
