/// Passwords that people can read aloud and copy by hand.
package enum PasswordGenerator {
    /// Promises a password of groups of four, with a hyphen between them and no look-alikes, that any policy of 8 to 128 characters takes.
    ///
    /// It has at least sixteen random characters (92 bits). Name the person so that their name does not turn up in it by chance.
    package static func generate(_ policy: PasswordPolicy, person: PersonWords = PersonWords()) -> String {
        let groups = min(max(4, policy.minLength / 5 + 1), 200)
        for _ in 0..<1_000 {
            let password = draw(groups)
            if mixed(password), policy.problems(password, person: person).isEmpty { return password }
        }
        return draw(groups)  // only under a policy that nothing of this shape satisfies
    }

    private static func draw(_ groups: Int) -> String {
        (0..<groups).map { _ in String(decoding: Random.pick(4, of: alphabet), as: UTF8.self) }.joined(separator: "-")
    }

    /// Every generated password has all three, whatever the policy asks for.
    private static func mixed(_ password: String) -> Bool {
        [UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "2")...UInt8(ascii: "9")]
            .allSatisfy { range in password.utf8.contains(where: range.contains) }
    }

    /// Without 0 O o, 1 I i L l.
    private static let alphabet = Array("ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789".utf8)
}
