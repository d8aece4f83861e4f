import LatchkeyJSON

/// The hash of a password as another product made it, to be checked at the first sign-in and made anew then. What it costs is bounded when it is read, so
/// that no row can keep the hashing threads busy for seconds or take gigabytes.
///
/// Taken are bcrypt (`$2a$`, `$2b$`, `$2y$`), Django's `pbkdf2_sha256$`, `{PBKDF2-SHA256}` and its like for SHA-1 and SHA-512 (OpenLDAP, passlib),
/// passlib's `$pbkdf2-sha256$`, Keycloak's credentials as JSON, `$argon2i$` and `$argon2id$`, `$scrypt$` (PHC, as passlib has it) and `$7$` (libsodium's scrypt).
package struct ForeignHash: Sendable, Hashable {
    package enum Refused: Error, Hashable, CaseIterable {
        /// Of no format that is taken, or not well formed.
        case unknownFormat
        /// It would take seconds or gigabytes to check.
        case tooCostly
    }

    /// What is kept.
    package let text: String
    let work: Work

    /// How the password is hashed again.
    enum Work: Sendable, Hashable {
        case bcrypt
        case argon2(isIndependent: Bool)
        /// libsodium's own form of scrypt.
        case scryptString
        case scrypt(cost: UInt64, blocks: UInt32, lanes: UInt32, salt: [UInt8], digest: [UInt8])
        case pbkdf2(bits: Int32, rounds: Int32, salt: [UInt8], digest: [UInt8])
    }

    /// Reads a hash as it was exported.
    package init(_ text: String) throws(Refused) {
        guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { throw .unknownFormat }
        if text.hasPrefix("{\"") {
            self = try Self.keycloak(text)
            return
        }
        self.text = text
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map { String($0) }
        switch (parts.first, parts.count > 1 ? parts[1] : "") {
        case ("", "2a"), ("", "2b"), ("", "2y"): work = try Self.bcrypt(parts)
        case ("", "argon2i"), ("", "argon2id"): work = try Self.argon2(parts)
        case ("", "scrypt"): work = try Self.scrypt(parts)
        case ("", "7"): work = try Self.scryptString(text)
        case ("", "pbkdf2"), ("", "pbkdf2-sha256"), ("", "pbkdf2-sha512"): work = try Self.pbkdf2(parts[1], Array(parts.dropFirst(2)))
        case ("pbkdf2_sha256", _): work = try Self.django(parts)
        default:
            guard text.hasPrefix("{"), let end = text.firstIndex(of: "}") else { throw .unknownFormat }
            work = try Self.pbkdf2(
                text[text.index(after: text.startIndex)..<end].lowercased(),
                text[text.index(after: end)...].split(separator: "$", omittingEmptySubsequences: false).map { String($0) })
        }
    }

    /// Bytes of one, with its parameters.
    static let longest = 2000
}

extension ForeignHash {
    // Each of these is about a second on the machine of today, and 128 MiB at most.
    private static let mostBcrypt = 13
    private static let mostRounds = 2_000_000
    private static let mostMemoryKiB = 131_072
    private static let mostArgon2 = 1_048_576
    private static let mostScrypt = 1 << 20

    private static func bcrypt(_ parts: [String]) throws(Refused) -> Work {
        guard parts.count == 4, parts[2].utf8.count == 2, let cost = Int(parts[2]), (4...31).contains(cost), parts[3].utf8.count == 53,
            parts[3].utf8.allSatisfy(Self.isOfCrypt)
        else { throw .unknownFormat }
        guard cost <= mostBcrypt else { throw .tooCostly }
        return .bcrypt
    }

    private static func argon2(_ parts: [String]) throws(Refused) -> Work {
        guard parts.count == 6, parts[2] == "v=19", parts.reduce(0, { $0 + $1.utf8.count + 1 }) <= 128 else { throw .unknownFormat }
        let numbers = try numbers(parts[3], ["m", "t", "p"])
        guard let salt = Base64.decode(parts[4]), (8...48).contains(salt.count), let digest = Base64.decode(parts[5]),
            (16...64).contains(digest.count),
            numbers[2] >= 1, numbers[1] >= 1, numbers[0] >= 8 * numbers[2]
        else { throw .unknownFormat }
        guard numbers[0] <= mostMemoryKiB, numbers[1] <= 1000, numbers[0] * numbers[1] <= mostArgon2, numbers[2] <= 16 else { throw .tooCostly }
        return .argon2(isIndependent: parts[1] == "argon2i")
    }

    private static func scrypt(_ parts: [String]) throws(Refused) -> Work {
        guard parts.count == 5 else { throw .unknownFormat }
        let numbers = try numbers(parts[2], ["ln", "r", "p"])
        guard let salt = Base64.decode(parts[3]), !salt.isEmpty, let digest = Base64.decode(parts[4]), (16...128).contains(digest.count) else {
            throw .unknownFormat
        }
        try requireScrypt(numbers[0], numbers[1], numbers[2])
        return .scrypt(cost: 1 << UInt64(numbers[0]), blocks: UInt32(numbers[1]), lanes: UInt32(numbers[2]), salt: salt, digest: digest)
    }

    private static func scryptString(_ text: String) throws(Refused) -> Work {
        let bytes = Array(text.utf8.dropFirst(3))
        guard bytes.count == 98, bytes.allSatisfy({ isOfCrypt($0) || $0 == UInt8(ascii: "$") }) else { throw .unknownFormat }
        func number(_ range: Range<Int>) -> Int { range.reversed().reduce(0) { $0 << 6 | (crypt64(bytes[$1]) ?? 0) } }
        try requireScrypt(number(0..<1), number(1..<6), number(6..<11))
        return .scryptString
    }

    /// 128 bytes times cost times blocks, as often as there are lanes.
    private static func requireScrypt(_ logarithm: Int, _ blocks: Int, _ lanes: Int) throws(Refused) {
        guard logarithm >= 1, blocks >= 1, lanes >= 1 else { throw .unknownFormat }
        guard logarithm <= 20, blocks <= 64, lanes <= 64, (1 << logarithm) * blocks <= mostScrypt, (1 << logarithm) * blocks * lanes <= 4 * mostScrypt
        else { throw .tooCostly }
    }

    /// `pbkdf2_sha256$600000$salt$digest`: the salt is a text.
    private static func django(_ parts: [String]) throws(Refused) -> Work {
        guard parts.count == 4, !parts[2].isEmpty, let digest = Base64.decodePadded(parts[3]), digest.count == 32 else { throw .unknownFormat }
        return .pbkdf2(bits: 256, rounds: try rounds(parts[1]), salt: Array(parts[2].utf8), digest: digest)
    }

    /// `{PBKDF2-SHA256}10000$salt$digest` and `$pbkdf2-sha256$10000$salt$digest`, in base64 with a dot for the plus.
    private static func pbkdf2(_ name: String, _ parts: [String]) throws(Refused) -> Work {
        let bits: Int32
        switch name {
        case "pbkdf2", "pbkdf2-sha1": bits = 1
        case "pbkdf2-sha256": bits = 256
        case "pbkdf2-sha512": bits = 512
        default: throw .unknownFormat
        }
        func plain(_ text: String) -> [UInt8]? { Base64.decodePadded(text.replacing(".", with: "+")) }
        guard parts.count == 3, let salt = plain(parts[1]), !salt.isEmpty, let digest = plain(parts[2]), (16...64).contains(digest.count)
        else { throw .unknownFormat }
        return .pbkdf2(bits: bits, rounds: try rounds(parts[0]), salt: salt, digest: digest)
    }

    /// A credential of Keycloak's export: `{"secretData": "{…}", "credentialData": "{…}"}`, the two as texts or as objects.
    private static func keycloak(_ text: String) throws(Refused) -> ForeignHash {
        func object(_ value: JSON?) -> JSON? { value?.text.flatMap { try? JSON.parse(Array($0.utf8)) } ?? value }
        guard let whole = try? JSON.parse(Array(text.utf8)), let secret = object(whole["secretData"]), let how = object(whole["credentialData"]),
            let digest = secret["value"]?.text.flatMap({ Base64.decodePadded($0) }), (16...64).contains(digest.count),
            let salt = secret["salt"]?.text.flatMap({ Base64.decodePadded($0) }), !salt.isEmpty, let rounds = how["hashIterations"]?.integer
        else { throw .unknownFormat }
        let bits: Int32
        switch how["algorithm"]?.text {
        case "pbkdf2", "pbkdf2-sha1": bits = 1
        case "pbkdf2-sha256": bits = 256
        case "pbkdf2-sha512": bits = 512
        case "argon2": return try keycloakArgon2(how["additionalParameters"], passes: rounds, salt: salt, digest: digest)
        default: throw .unknownFormat
        }
        let work = Work.pbkdf2(bits: bits, rounds: try Self.rounds(String(rounds)), salt: salt, digest: digest)
        return ForeignHash(text: text, work: work)
    }

    /// The same as a PHC string.
    private static func keycloakArgon2(_ parameters: JSON?, passes: Int64, salt: [UInt8], digest: [UInt8]) throws(Refused) -> ForeignHash {
        func first(_ name: String) -> String { parameters?[name]?.items?.first?.text ?? "" }
        guard ["i", "id"].contains(first("type")), first("version") == "1.3", let memory = Int(first("memory")), let lanes = Int(first("parallelism"))
        else { throw .unknownFormat }
        return try ForeignHash("$argon2\(first("type"))$v=19$m=\(memory),t=\(passes),p=\(lanes)$\(Base64.encode(salt))$\(Base64.encode(digest))")
    }

    private init(text: String, work: Work) {
        self.text = text
        self.work = work
    }

    // MARK: Pieces

    private static func rounds(_ text: String) throws(Refused) -> Int32 {
        guard let rounds = whole(text), rounds >= 1 else { throw .unknownFormat }
        guard rounds <= mostRounds else { throw .tooCostly }
        return Int32(rounds)
    }

    /// `m=19456,t=2,p=1`.
    private static func numbers(_ text: String, _ names: [String]) throws(Refused) -> [Int] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == names.count else { throw .unknownFormat }
        var numbers: [Int] = []
        for (part, name) in zip(parts, names) {
            guard part.hasPrefix(name + "="), let number = whole(String(part.dropFirst(name.utf8.count + 1))) else { throw .unknownFormat }
            numbers.append(number)
        }
        return numbers
    }

    /// Of digits alone, and of few.
    private static func whole(_ text: String) -> Int? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int(text)
    }

    private static func isOfCrypt(_ byte: UInt8) -> Bool { crypt64(byte) != nil }

    /// The value of a digit of crypt's base64: `./0-9A-Za-z`.
    private static func crypt64(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: ".")...UInt8(ascii: "9"): Int(byte) - 46
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte) - 65 + 12
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte) - 97 + 38
        default: nil
        }
    }
}

extension Base64 {
    /// With or without padding.
    fileprivate static func decodePadded(_ text: String) -> [UInt8]? {
        var text = Substring(text)
        while text.last == "=" { text.removeLast() }
        return decode(text)
    }
}
