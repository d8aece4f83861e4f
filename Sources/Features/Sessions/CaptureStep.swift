import LatchkeyWeb

/// One thing that a customer hands in: a photo, or where that does as well, what they type. A step is done by an accepted photo or by its answer.
package struct CaptureStep: Sendable, Hashable {
    /// As the API and the tables name it.
    package let id: String
    /// Whether it may be typed instead.
    package let isTyped: Bool

    /// Those of a vehicle, in the order in which one walks around it.
    package static let all: [CaptureStep] = [
        .init(id: "vin", isTyped: true), .init(id: "interior", isTyped: false), .init(id: "odometer", isTyped: true),
        .init(id: "left", isTyped: false), .init(id: "front-left", isTyped: false), .init(id: "front", isTyped: false),
        .init(id: "front-right", isTyped: false), .init(id: "right", isTyped: false), .init(id: "rear-right", isTyped: false),
        .init(id: "rear", isTyped: false), .init(id: "rear-left", isTyped: false), .init(id: "windshield", isTyped: false),
        .init(id: "tires", isTyped: false),
    ]

    package static func named(_ id: String) -> CaptureStep? { all.first { $0.id.utf8.elementsEqual(id.utf8) } }

    package var label: String {
        switch id {
        case "vin": t("VIN")
        case "interior": t("Interior")
        case "odometer": t("Odometer")
        case "left": t("Left side")
        case "front-left": t("Front left")
        case "front": t("Front")
        case "front-right": t("Front right")
        case "right": t("Right side")
        case "rear-right": t("Rear right")
        case "rear": t("Rear")
        case "rear-left": t("Rear left")
        case "windshield": t("Windshield")
        case "tires": t("Tires")
        default: id
        }
    }

    /// What to do for it, for the customer.
    package var help: String {
        switch id {
        case "vin": t("The plate behind the windshield or in the door frame, so that all 17 characters can be read.")
        case "interior": t("From the driver's door: seats, wheel and dashboard.")
        case "odometer": t("With the ignition on, so that the distance can be read.")
        case "windshield": t("From in front, without reflections if you can.")
        case "tires": t("One tire with its tread, close up.")
        default: t("The whole side, from a few steps away.")
        }
    }
}
