import CSodium

/// argon2id over libsodium, with lengths and not C strings, so that a NUL in a password is a character like any other (security.md P4).
struct Argon2: Equatable {
    let memoryKiB: Int
    let passes: Int
    let salt: [UInt8]
    let digest: [UInt8]

    /// What is worked against where nobody's hash is at hand.
    static func decoy(_ cost: PasswordHasher.Cost) -> Argon2 {
        Argon2(
            memoryKiB: cost.memoryKiB, passes: cost.passes, salt: .init(repeating: 0, count: saltLength),
            digest: .init(repeating: 0, count: digestLength))
    }

    /// Hashes a password with a salt of its own; throws `PasswordHasher.OutOfMemory`.
    static func hash(_ password: [UInt8], _ cost: PasswordHasher.Cost) throws(PasswordHasher.OutOfMemory) -> Argon2 {
        let salt = Random.bytes(saltLength)
        let digest = try compute(password, memoryKiB: cost.memoryKiB, passes: cost.passes, salt: salt, length: digestLength)
        return Argon2(memoryKiB: cost.memoryKiB, passes: cost.passes, salt: salt, digest: digest)
    }

    /// Whether the password has this hash; throws `PasswordHasher.OutOfMemory`.
    func matches(_ password: [UInt8]) throws(PasswordHasher.OutOfMemory) -> Bool {
        let other = try Self.compute(password, memoryKiB: memoryKiB, passes: passes, salt: salt, length: digest.count)
        return ConstantTime.equal(digest, other)
    }

    private static func compute(
        _ password: [UInt8], memoryKiB: Int, passes: Int, salt: [UInt8], length: Int
    ) throws(PasswordHasher.OutOfMemory) -> [UInt8] {
        Sodium.start()
        var digest = [UInt8](repeating: 0, count: length)
        let text = password.map { CChar(bitPattern: $0) }
        let status = crypto_pwhash_argon2id(
            &digest, UInt64(length), text, UInt64(text.count), salt, UInt64(passes), memoryKiB * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13)
        guard status == 0 else { throw PasswordHasher.OutOfMemory() }
        return digest
    }

    fileprivate static let saltLength = 16
    fileprivate static let digestLength = 32
}

extension Argon2 {
    /// The hash in PHC string format.
    var phc: String { "$argon2id$v=19$m=\(memoryKiB),t=\(passes),p=1$\(Base64.encode(salt))$\(Base64.encode(digest))" }

    /// Reads a PHC string of one lane and a 16-byte salt, with a cost no larger than 64 MiB and 16 passes, so that a row cannot starve the pool.
    init?(phc: String) {
        guard phc.utf8.count <= 200 else { return nil }
        let parts = phc.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, let salt = Base64.decode(parts[4]), let digest = Base64.decode(parts[5]) else { return nil }
        let numbers = parts[3].split(separator: ",").map { $0.drop { $0 != "=" }.dropFirst() }
        guard numbers.count == 3, let memory = Int(numbers[0]), let passes = Int(numbers[1]) else { return nil }
        guard (8...65_536).contains(memory), (1...16).contains(passes) else { return nil }
        guard salt.count == Self.saltLength, (16...64).contains(digest.count) else { return nil }
        self.init(memoryKiB: memory, passes: passes, salt: salt, digest: digest)
        guard self.phc.utf8.elementsEqual(phc.utf8) else { return nil }
    }
}
