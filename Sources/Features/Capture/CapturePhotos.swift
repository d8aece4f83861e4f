import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyWeb
import SessionsFeature

/// The seam to whatever keeps photos: Capture asks it what is there and what to show, and knows nothing of bytes. Composition hands it in.
package protocol CapturePhotos: Sendable {
    /// The ids of the steps of which this session has an accepted photo.
    func steps(of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<String>

    /// What a step's place on the page shows to take a photo or choose a file: a form to `action`, which is `/c/{token}/photos`.
    func form(for step: CaptureStep, isDone: Bool, action: String, _ parts: Parts) -> HTML

    /// What was wrong with a photo that was just refused, by its code.
    func sentence(refused code: String) -> String?
}
