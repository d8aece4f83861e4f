import LatchkeyAccess
import LatchkeyWeb

/// The way to a place as a text, `Main building/Floor 1`: a slash in a name is written `\/`, and a backslash `\\`.
package enum PlacePath {
    package static func text(_ names: [String]) -> String {
        names.map { name in name.replacing("\\", with: "\\\\").replacing("/", with: "\\/") }.joined(separator: "/")
    }

    /// The names, from the outside in; none in an empty text.
    package static func names(_ path: String) -> [String] {
        if path.isEmpty { return [] }
        var names: [String] = [""]
        var isEscaped = false
        for scalar in path.unicodeScalars {
            if isEscaped {
                names[names.count - 1].unicodeScalars.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "/" {
                names.append("")
            } else {
                names[names.count - 1].unicodeScalars.append(scalar)
            }
        }
        return names.map { $0.trimmingWhitespace() }
    }
}

extension PlaceOutline {
    /// The way to a place as a text; nil for one that is not there.
    package func text(of id: PlaceID) -> String? {
        let path = path(to: id)
        return path.isEmpty ? nil : PlacePath.text(path.map(\.name))
    }
}
