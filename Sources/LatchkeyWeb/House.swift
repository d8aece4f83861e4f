import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyGate
import LatchkeyImages
import LatchkeyMail
import LatchkeySecrets
import Logging

/// What every handler may use: the gate, the hasher, the settings of this installation. Made once, handed in, never global.
package struct House: Sendable {
    package let gate: Gate
    package let hasher: PasswordHasher
    package let masterKey: MasterKey
    package let settings: ServerSettings
    package let paths: Paths
    package let metrics: Metrics
    package let logger: Logger
    package let assets: Assets
    /// Where mails are left to be sent.
    package let mail: MailRoom
    package let blobs: any BlobStore
    package let images: ImageWorkers
    package let uploads: Uploads
    package let recentCalls = RecentCalls()
    package let uses = GrantUses()
    package let refusedAddresses = RefusedAddresses()

    package init(
        gate: Gate, hasher: PasswordHasher, masterKey: MasterKey, settings: ServerSettings, mail: MailRoom, metrics: Metrics, logger: Logger,
        blobs: any BlobStore, images: ImageWorkers = ImageWorkers(), uploads: Uploads = Uploads()
    ) {
        self.gate = gate
        self.hasher = hasher
        self.masterKey = masterKey
        self.settings = settings
        self.paths = Paths(publicURL: settings.publicURL)
        self.metrics = metrics
        self.logger = logger
        self.assets = Assets()
        self.mail = mail
        self.blobs = blobs
        self.images = images
        self.uploads = uploads
    }
}

/// How this server is reached.
package struct ServerSettings: Sendable {
    package var publicURL: PublicURL
    /// Plain http on a host that is not this machine, by the operator's explicit wish.
    package var isInsecure: Bool
    package var trustedProxies: [AddressRange]
    package var version: String

    package init(publicURL: PublicURL, isInsecure: Bool = false, trustedProxies: [AddressRange] = [], version: String) {
        self.publicURL = publicURL
        self.isInsecure = isInsecure
        self.trustedProxies = trustedProxies
        self.version = version
    }

    /// `__Host-` where the browser takes `Secure` cookies: https, and plain http on loopback.
    package var cookieName: String { isInsecure ? "latchkey" : "__Host-latchkey" }
}
