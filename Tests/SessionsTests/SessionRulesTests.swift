import LatchkeyAccess
import SessionsFeature
import Testing

@Suite("What sessions know without a database") struct SessionRulesTests {
    @Test("a VIN has 17 characters without I, O and Q", arguments: ["1HGCM82633A004352", "wvwzzz1jz3w386752", "YV1UZ8256M1234567"])
    func vinsAreRead(_ text: String) {
        #expect(VIN(text)?.text == text.uppercased())
    }

    @Test(
        "what is no VIN is refused",
        arguments: [
            "", "1HGCM82633A00435", "1HGCM82633A0043520", "IHGCM82633A004352", "1HGCM82633O004352", "1HGCM82633A00435\u{301}2", "1HGCM82633A00435é",
        ])
    func othersAreRefused(_ text: String) {
        #expect(VIN(text) == nil)
    }

    @Test func theCheckDigitOfNorthAmericaIsJudged() throws {
        let right = try #require(VIN("1M8GDM9AXKP042788"))
        #expect(right.isNorthAmerican)
        #expect(right.hasRightCheckDigit)
        let wrong = try #require(VIN("1M8GDM9A1KP042788"))
        #expect(!wrong.hasRightCheckDigit)
        let european = try #require(VIN("WVWZZZ1JZ3W386752"))
        #expect(!european.isNorthAmerican)
    }

    @Test func theModelYearIsTheLatestThatIsNotAhead() throws {
        let k = try #require(VIN("1M8GDM9AXKP042788"))
        #expect(k.modelYear(now: 2026) == 2019)
        #expect(k.modelYear(now: 2010) == 1989)
        let one = try #require(VIN("WVWZZZ1JZ1W386752"))
        #expect(one.modelYear(now: 2026) == 2001)
        let a = try #require(VIN("WVWZZZ1JZAW386752"))
        #expect(a.modelYear(now: 2026) == 2010)
        #expect(a.modelYear(now: 2039) == 2040)
        let z = try #require(VIN("WVWZZZ1JZ0W386752"))
        #expect(z.modelYear(now: 2026) == nil)
    }

    @Test(
        "the first character names the region",
        arguments: [("1", "North America"), ("J", "Asia"), ("W", "Europe"), ("A", "Africa"), ("6", "Oceania"), ("9", "South America")])
    func regions(_ first: String, _ region: String) throws {
        #expect(try #require(VIN(first + "M8GDM9AXKP042788")).region == region)
    }

    @Test func aSessionNeverGoesBackwardsAndFinalOnesStay() {
        let order: [SessionStatus] = [.idle, .started, .process, .captured, .confirm, .complete]
        for (i, from) in order.enumerated() {
            for to in order[...i] { #expect(!from.mayBecome(to), "\(from) must not become \(to)") }
        }
        for final in SessionStatus.allCases where final.isFinal {
            for next in SessionStatus.allCases { #expect(!final.mayBecome(next)) }
        }
        for status in SessionStatus.underWay { #expect(status.mayBecome(.expired)) }
        #expect(!SessionStatus.captured.mayBecome(.expired))
        #expect(SessionStatus.captured.mayBecome(.invalid))
        #expect(SessionStatus.confirm.mayBecome(.invalid))
        #expect(!SessionStatus.process.mayBecome(.invalid))
        #expect(!SessionStatus.idle.mayBecome(.complete))
    }

    @Test func codesHaveNoLookAlikes() {
        let confusing: Set<Character> = ["0", "O", "1", "I", "L", "U", "V"]
        for _ in 0..<2_000 {
            let code = SessionCode.random(account: "North branch")
            #expect(code.hasPrefix("NB-") && code.utf8.count == 8)
            #expect(confusing.isDisjoint(with: code.dropFirst(3)))
        }
        #expect(SessionCode.prefix(of: "Oslo") == "OS")
        #expect(SessionCode.prefix(of: "東京") == "LK")
        #expect(SessionCode.prefix(of: "") == "LK")
    }

    @Test func wordsAreCanonicalAndOnce() {
        #expect(
            SessionSearch.words(["Kari Nordahl", "kari", nil, "Sæther-Kristoffersen", "NB-7KQ4M"]) == [
                "kari", "nordahl", "sæther", "kristoffersen", "nb", "7kq4m",
            ])
        #expect(SessionSearch.words(["re\u{301}f"]) == SessionSearch.words(["réf"]))
    }

    @Test func aQueryIsAnIDATelephoneNumberOrWords() throws {
        #expect(SessionSearch.query("  ") == nil)
        #expect(SessionSearch.query("+47 400-98 765") == .words(["4740098765"]))
        #expect(SessionSearch.query("Volvo xc") == .words(["volvo", "xc"]))
        let id = SessionID(at: Timestamp(milliseconds: 1_700_000_000_000), random: 7)
        #expect(SessionSearch.query(id.description.uppercased()) == .id(id))
        // Something was asked for that no word can begin with: nothing is found, rather than everything.
        #expect(SessionSearch.query("%%%") != nil)
    }
}
