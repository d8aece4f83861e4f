import LatchkeySecrets
import Testing

@Suite(.serialized) struct PasswordHasherTests {
    let hasher = PasswordHasher(threads: 2)

    @Test func aHashIsAPHCStringOfItsOwnSalt() async throws {
        let hash = try await hasher.hash("correct horse")
        let other = try await hasher.hash("correct horse")
        let right = try await hasher.verify("correct horse", against: hash)
        let wrong = try await hasher.verify("correct horsf", against: hash)
        #expect(hash.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(hash != other && right && !wrong)
        #expect(!hasher.needsRehash(hash))
    }

    static let known =
        [
            ("correct horse", "$argon2id$v=19$m=19456,t=2,p=1$C7e7voJWcx+vJGwC8PrjSA$LQElArFfep6OoUP+cav/TV8fePI5Z8ilpTDgsDi/VQc", false),
            ("Größe", "$argon2id$v=19$m=19456,t=2,p=1$QfflbwgD4VhIYW88UF1xVg$pxzWviOVDvrT4MiG7pDgTJdM/ipqupTqBi5hATIHQL0", false),
            ("old", "$argon2id$v=19$m=8192,t=1,p=1$Yn1povcvU9AjUpTepcAx9g$P32cPrEZhzXSDLY3anbmBaW/RSXAdl7brsdetXAHh1A", true),
            ("new", "$argon2id$v=19$m=32768,t=3,p=1$4ESEH1Chru2gulddXhzGmQ$033GqtXrVn+RfDeq2x/yZNvgN3LvybhZMuki7d0k3+U", true),
        ] as [(String, String, Bool)]

    /// Made with libsodium's own crypto_pwhash_str: another program's hashes are taken, and made anew where their cost is another.
    @Test(arguments: known)
    func knownHashes(password: String, hash: String, old: Bool) async throws {
        let right = try await hasher.verify(password, against: hash)
        #expect(right)
        #expect(hasher.needsRehash(hash) == old)
    }

    @Test func withoutAUsableHashTheSameWorkIsDone() async throws {
        let good = try await hasher.hash("x")
        let bad: [String?] = [
            nil, "", "$argon2id$", "x", String(good.dropLast()), good + "A", good + "=", good.replacing("argon2id", with: "argon2i"),
            good.replacing("m=19456", with: "m=4194304"), good.replacing("m=19456", with: "m=1"), good.replacing("t=2", with: "t=99999999999"),
            good.replacing("t=2", with: "t=0"), good.replacing("p=1", with: "p=2"), good.replacing("v=19", with: "v=16"),
            good.replacing("m=19456", with: "m=019456"), good.replacing("m=19456", with: "m=+19456"), "$2b$12$" + String(repeating: "a", count: 53),
            String(repeating: "$", count: 10_000),
        ]
        for stored in bad {
            let before = hasher.counts.finished
            let right = try await hasher.verify("x", against: stored)
            #expect(!right)
            #expect(hasher.counts.finished == before + 1)
        }
    }

    @Test func everyByteCounts() async throws {
        let pairs = [
            ("a\0b", "a"), ("a\0b", "a\0c"), ("\0", ""), (String(repeating: "a", count: 1_024), String(repeating: "a", count: 1_023)),
            ("Pass", "pass"),
        ]
        for (password, other) in pairs {
            let hash = try await hasher.hash(password)
            let right = try await hasher.verify(password, against: hash)
            let wrong = try await hasher.verify(other, against: hash)
            #expect(right && !wrong)
        }
    }

    @Test(arguments: [("é", "e\u{301}"), ("ﬁsh", "fish"), ("Ａ１", "A1"), ("한", "\u{1112}\u{1161}\u{11AB}"), ("é\0ö", "e\u{301}\0o\u{308}")])
    func everyWayToTypeItIsTheSame(typed: String, other: String) async throws {
        let right = try await hasher.verify(other, against: hasher.hash(typed))
        #expect(right)
    }

    @Test(arguments: [
        String(repeating: "a", count: 1_025), String(repeating: "é", count: 513), String(repeating: "\u{FDFA}", count: 300),
        String(repeating: "a", count: 1_000_000),
    ])
    func aLongPasswordIsRefusedBeforeAnyWork(password: String) async {
        let before = hasher.counts.finished
        await #expect(throws: PasswordHasher.TooLong.self) { try await hasher.hash(password) }
        await #expect(throws: PasswordHasher.TooLong.self) { try await hasher.verify(password, against: nil) }
        #expect(hasher.counts.finished == before)
    }

    @Test func aFullQueueRefusesAndRecovers() async throws {
        let small = PasswordHasher(threads: 1, queueLimit: 3)
        let answers = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do { return try await small.hash("x").hasPrefix("$argon2id$") } catch {
                        #expect(error is PasswordHasher.Overloaded)
                        return false
                    }
                }
            }
            return await group.reduce(into: [Bool: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(answers[true] == small.counts.finished)
        #expect(answers[true, default: 0] >= 4 && answers[false, default: 0] > 0)
        #expect(small.counts.underWay == 0)
        let later = try await small.hash("x")
        #expect(later.hasPrefix("$argon2id$"))
    }

    @Test func manyAtOnceAreAllAnswered() async throws {
        let right = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<60 {
                group.addTask { [hasher] in try await hasher.verify("\(number)", against: hasher.hash("\(number)")) }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(right == 60)
        #expect(hasher.counts.underWay == 0)
    }

    @Test func aHasherThatIsLetGoAnswersFirst() async throws {
        let hash = try await PasswordHasher(threads: 1).hash("x")
        #expect(hash.hasPrefix("$argon2id$"))
    }
}
