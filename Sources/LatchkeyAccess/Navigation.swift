/// One part of the console's menu as a catalogue arranges it: pages under a heading, or the tabs of one section.
package struct NavigationGroup: Sendable, Hashable {
    /// Its heading; without one its pages stand on top.
    package var label: String?
    /// Whether it is one entry of the menu, whose pages are tabs.
    package var isTabs: Bool
    package var items: [NavigationItem]

    package init(_ label: String? = nil, isTabs: Bool = false, _ items: [NavigationItem]) {
        self.label = label
        self.isTabs = isTabs
        self.items = items
    }
}

/// One page of the menu: Latchkey's own page of that screen, or where a screen of the catalogue is shown.
package struct NavigationItem: Sendable, Hashable {
    package var screen: Screen
    /// What the menu calls it, where that is not its word.
    package var label: String?

    package init(_ screen: Screen, _ label: String? = nil) {
        self.screen = screen
        self.label = label
    }
}
