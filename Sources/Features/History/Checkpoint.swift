import LatchkeyAccess
import LatchkeySecrets

/// What a chain was at one moment, signed: how many entries, and the root of the Merkle tree over them.
///
/// Its text is a signed note (c2sp.org/signed-note) whose body is a checkpoint (c2sp.org/tlog-checkpoint) with one extension line, the time; see
/// docs/adr/0018-checkpoints.md.
package struct Checkpoint: Sendable, Hashable {
    /// Who vouches for which chain: `latchkey-…/` and the chain's name.
    package var origin: String
    package var size: Int64
    package var root: [UInt8]
    package var at: Timestamp?

    package init(origin: String, size: Int64, root: [UInt8], at: Timestamp? = nil) {
        self.origin = origin
        self.size = size
        self.root = root
        self.at = at
    }

    /// The chain's name.
    package var chain: String { origin.split(separator: "/").last.map { String($0) } ?? origin }

    /// What is signed.
    package var body: String {
        "\(origin)\n\(size)\n\(PaddedBase64.encode(root))\n" + (at.map { "time \($0)\n" } ?? "")
    }

    init?(body: Substring) {
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines.last == "", lines.dropLast().allSatisfy({ !$0.isEmpty }), let size = Int64(lines[1]), size >= 0,
            String(size) == lines[1], let root = PaddedBase64.decode(lines[2]), root.count == 32
        else { return nil }
        let time = lines.dropFirst(3).first { $0.hasPrefix("time ") }.flatMap { Timestamp(String($0.dropFirst(5))) }
        self.init(origin: String(lines[0]), size: size, root: root, at: time)
    }
}

/// A checkpoint with its signatures, as it is kept and handed on.
package struct SignedCheckpoint: Sendable, Hashable {
    package let checkpoint: Checkpoint
    /// The whole note, which ends with a newline.
    package let note: String
    private let signed: [UInt8]
    private let signatures: [(name: String, bytes: [UInt8])]

    package static func == (left: SignedCheckpoint, right: SignedCheckpoint) -> Bool { left.note == right.note }
    package func hash(into hasher: inout Hasher) { hasher.combine(note) }

    /// Signs.
    package init(_ checkpoint: Checkpoint, by key: Ed25519Key) {
        let body = checkpoint.body
        let bytes = CheckpointKey.hint(checkpoint.origin, key.publicKey) + key.sign(Array(body.utf8))
        self.checkpoint = checkpoint
        note = "\(body)\n— \(checkpoint.origin) \(PaddedBase64.encode(bytes))\n"
        signed = Array(body.utf8)
        signatures = [(checkpoint.origin, bytes)]
    }

    /// Reads one; nil for what is no note of a checkpoint.
    package init?(note: String) {
        guard let gap = note.firstRange(of: "\n\n"), note.hasSuffix("\n") else { return nil }
        let body = note[..<note.index(after: gap.lowerBound)]
        guard let checkpoint = Checkpoint(body: body) else { return nil }
        var signatures: [(name: String, bytes: [UInt8])] = []
        for line in note[gap.upperBound...].split(separator: "\n") {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "—", let bytes = PaddedBase64.decode(parts[2]) else { return nil }
            signatures.append((String(parts[1]), bytes))
        }
        if signatures.isEmpty { return nil }
        self.checkpoint = checkpoint
        self.note = note
        self.signatures = signatures
        signed = Array(body.utf8)
    }

    /// Those in a text, which is notes with an empty line after each, as the server appends them; nil where it is something else.
    package static func all(in text: String) -> [SignedCheckpoint]? {
        // Bodies and signatures take turns between empty lines.
        let parts = text.split(separator: "\n\n").map { $0.drop { $0 == "\n" } }.filter { !$0.isEmpty }
        guard parts.count.isMultiple(of: 2) else { return nil }
        var all: [SignedCheckpoint] = []
        for index in stride(from: 0, to: parts.count, by: 2) {
            let signatures = parts[index + 1]
            let end = signatures.hasSuffix("\n") ? "" : "\n"
            guard let one = SignedCheckpoint(note: "\(parts[index])\n\n\(signatures)\(end)") else { return nil }
            all.append(one)
        }
        return all
    }

    /// Whether one of these keys signed it, for its own origin.
    package func isSigned(byOneOf keys: [[UInt8]]) -> Bool {
        keys.contains { key in
            let hint = CheckpointKey.hint(checkpoint.origin, key)
            return signatures.contains { signature in
                signature.name == checkpoint.origin && signature.bytes.starts(with: hint)
                    && Ed25519.verifies(Array(signature.bytes.dropFirst(hint.count)), of: signed, by: key)
            }
        }
    }
}

/// How public keys of checkpoints are written (c2sp.org/signed-note).
package enum CheckpointKey {
    private static let algorithm: UInt8 = 1

    /// Four bytes by which a signature says which key made it.
    static func hint(_ name: String, _ publicKey: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(Array(name.utf8) + [UInt8(ascii: "\n"), algorithm] + publicKey).prefix(4))
    }

    /// The key as public tools take it: `name+hint+key`.
    package static func verifier(_ name: String, _ publicKey: [UInt8]) -> String {
        "\(name)+\(Hex.text(hint(name, publicKey)))+\(PaddedBase64.encode([algorithm] + publicKey))"
    }

    /// The public key of a verifier, which may also be the base64 of the 32 bytes alone; nil for something else.
    package static func publicKey(_ verifier: String) -> [UInt8]? {
        if let bare = PaddedBase64.decode(verifier), bare.count == Ed25519.publicKeyLength { return bare }
        let parts = verifier.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = PaddedBase64.decode(parts[2]), bytes.first == algorithm,
            bytes.count == 1 + Ed25519.publicKeyLength
        else { return nil }
        let key = Array(bytes.dropFirst())
        return Hex.text(hint(String(parts[0]), key)) == parts[1] ? key : nil
    }
}
