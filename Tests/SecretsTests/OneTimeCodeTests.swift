import LatchkeySecrets
import Testing

@Suite struct OneTimeCodeTests {
    /// RFC 6238, appendix B, of SHA-1: the last six of its eight digits.
    static let known: [(Int64, String)] = [
        (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"), (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ]

    let app = TOTP(secret: Array("12345678901234567890".utf8))

    @Test(arguments: known) func knownCodes(seconds: Int64, code: String) {
        #expect(app.code(at: TOTP.step(atMilliseconds: seconds * 1000)) == code)
        #expect(app.step(of: code, atMilliseconds: seconds * 1000, after: nil) == seconds / 30)
    }

    @Test func aCodeIsGoodForItsStepAndOneBesideItAndOnce() {
        let now: Int64 = 1_800_000_015_000
        let step = TOTP.step(atMilliseconds: now)
        for offset in Int64(-3)...3 {
            let taken = app.step(of: app.code(at: step + offset), atMilliseconds: now, after: nil)
            #expect(taken == (abs(offset) <= 1 ? step + offset : nil), "\(offset)")
            #expect(app.step(of: app.code(at: step + offset), atMilliseconds: now, after: step) == (offset == 1 ? step + 1 : nil), "\(offset)")
        }
        let code = app.code(at: step)
        #expect(app.step(of: " " + code.prefix(3) + " " + code.suffix(3) + "\n", atMilliseconds: now, after: nil) == step)
        for wrong in ["", code.dropLast() + "", code + "0", "0" + code, "abcdef", "１２３４５６", String(repeating: "1", count: 100_000)] {
            #expect(app.step(of: String(wrong), atMilliseconds: now, after: nil) == nil, "\(wrong.prefix(20))")
        }
    }

    @Test func aSecretIsNewLongAndReadByApps() {
        #expect(app.text == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        let (one, other) = (TOTP.make(), TOTP.make())
        #expect(one.secret.count == 20 && one.secret != other.secret && "\(one)" == "TOTP …")
        let url = app.url(issuer: "Alder & Co", account: "una@example.com") {
            $0.replacing(" ", with: "%20").replacing("&", with: "%26").replacing("@", with: "%40")
        }
        #expect(
            url == "otpauth://totp/Alder%20%26%20Co:una%40example.com?secret=\(app.text)&issuer=Alder%20%26%20Co&algorithm=SHA1&digits=6&period=30")
    }

    @Test(arguments: [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI")])
    func base32IsThatOfTheRFC(text: String, encoded: String) { #expect(Base32.encode(Array(text.utf8)) == encoded) }

    @Test func aRecoveryCodeIsOneHoldersHoweverItIsTyped() throws {
        let codes = RecoveryCode.make()
        #expect(codes.count == 10 && Set(codes).count == 10 && codes.allSatisfy { $0.utf8.count == 19 })
        let code = "k3f0-1a1b-zz7q-4m2c"
        let hash = try #require(RecoveryCode.hash(code, of: "usr_1"))
        for typed in ["K3F0-1A1B-ZZ7Q-4M2C", "k3fo la1b zz7q 4m2c", "k3f01a1bzz7q4m2c\n", "K3FO-IA1B-ZZ7Q-4M2C"] {
            #expect(RecoveryCode.hash(typed, of: "usr_1") == hash, "\(typed)")
        }
        #expect(RecoveryCode.hash(code, of: "usr_2") != hash)
        for wrong in ["", "123456", "k3f0-1a1b-zz7q-4m2", code + "0", "k3f0-1a1b-zz7q-4mu!", String(repeating: "a", count: 1000)] {
            #expect(RecoveryCode.hash(wrong, of: "usr_1") == nil, "\(wrong.prefix(20))")
        }
    }
}
