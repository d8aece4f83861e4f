import CCrypto
import CSodium
import CXcrypt

extension ForeignHash {
    /// Whether the password has this hash, by its bytes as they were typed: what another product has hashed, it has not brought into our form before.
    /// - Throws: `PasswordHasher.OutOfMemory`.
    func matches(_ password: [UInt8]) throws(PasswordHasher.OutOfMemory) -> Bool {
        Sodium.start()
        switch work {
        case .bcrypt: return try matchesBcrypt(password)
        case .argon2(let isIndependent):
            return matchesString(password) {
                isIndependent ? crypto_pwhash_argon2i_str_verify($0, $1, $2) : crypto_pwhash_argon2id_str_verify($0, $1, $2)
            }
        case .scryptString: return matchesString(password) { crypto_pwhash_scryptsalsa208sha256_str_verify($0, $1, $2) }
        case .scrypt(let cost, let blocks, let lanes, let salt, let digest):
            var made = [UInt8](repeating: 0, count: digest.count)
            let status = crypto_pwhash_scryptsalsa208sha256_ll(password, password.count, salt, salt.count, cost, blocks, lanes, &made, made.count)
            guard status == 0 else { throw PasswordHasher.OutOfMemory() }
            return ConstantTime.equal(made, digest)
        case .pbkdf2(let bits, let rounds, let salt, let digest):
            var made = [UInt8](repeating: 0, count: digest.count)
            let status = latchkey_pbkdf2(bits, password, Int32(password.count), salt, Int32(salt.count), rounds, &made, Int32(made.count))
            guard status == 1 else { throw PasswordHasher.OutOfMemory() }
            return ConstantTime.equal(made, digest)
        }
    }

    /// libsodium reads the parameters from a buffer of the size that its own strings have.
    private func matchesString(
        _ password: [UInt8], _ verify: (UnsafePointer<CChar>, UnsafePointer<CChar>, UInt64) -> Int32
    ) -> Bool {
        var stored = text.utf8.prefix(127).map { CChar(bitPattern: $0) }
        stored += [CChar](repeating: 0, count: 128 - stored.count)
        let typed = password.map { CChar(bitPattern: $0) } + [0]
        return stored.withUnsafeBufferPointer { stored in
            typed.withUnsafeBufferPointer { typed in
                guard let stored = stored.baseAddress, let typed = typed.baseAddress else { return false }
                return verify(stored, typed, UInt64(password.count)) == 0
            }
        }
    }

    /// By libxcrypt, which like every bcrypt looks at 72 bytes and ends at a NUL: a password with one in it has no such hash.
    private func matchesBcrypt(_ password: [UInt8]) throws(PasswordHasher.OutOfMemory) -> Bool {
        let typed = password.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
        let setting = text.utf8.map { CChar(bitPattern: $0) } + [0]
        let size = MemoryLayout<crypt_data>.size
        let data = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
        defer { data.deallocate() }
        data.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        guard let made = crypt_rn(typed, setting, data, Int32(size)) else { throw PasswordHasher.OutOfMemory() }
        let isSame = ConstantTime.equal(Array(String(cString: made).utf8), Array(text.utf8))
        return isSame && !password.contains(0)
    }
}
