import LatchkeyAccess
import LatchkeyWeb

/// How places look.
package enum PlaceLook {
    static func path(_ place: Place) -> String { "\(PlacesPages.path)/\(place.id)" }

    static func name(_ kind: Place.Kind) -> String {
        switch kind {
        case .building: t("Building")
        case .floor: t("Floor")
        case .room: t("Room")
        case .area: t("Area")
        }
    }

    package static func label(_ place: Place) -> HTML { "<bdi>\(place.name)</bdi> <span class=\"muted tree-kind\">\(name(place.kind))</span>" }

    /// What lies in a place, in a few words.
    static func inside(_ count: Int) -> String { count == 1 ? t("1 place in it") : t("%1 places in it", String(count)) }
}
