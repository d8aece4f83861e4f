import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SessionsFeature

/// One accepted photo of a session: clean renditions in the blob store, and what is known of them.
package struct Photo: Sendable {
    /// How large a rendition is wanted.
    package enum Size: String, Sendable, CaseIterable { case full, large, thumb }

    package var id: PhotoID
    package var session: SessionID
    package var step: String
    /// The client's own name for it, by which a repeat is recognised.
    package var clientID: String
    package var width: Int
    package var height: Int
    package var bytes: Int
    package var blobs: [Size: BlobKey]
    package var createdAt: Timestamp

    package var label: String { CaptureStep.named(step)?.label ?? step }

    package var json: JSON {
        [
            "id": JSON(id), "step": .string(step), "photo_id": .string(clientID), "width": JSON(width), "height": JSON(height), "bytes": JSON(bytes),
            "created_at": JSON(createdAt),
        ]
    }
}
