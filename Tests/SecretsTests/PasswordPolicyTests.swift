import LatchkeySecrets
import Testing

@Suite struct PasswordPolicyTests {
    static let una = PersonWords(
        username: "una.berg", firstName: "Una", lastName: "Bergström", email: "u.berg@example.com", accountNames: ["Nordlicht Hotels"])

    static let table: [(String, [PasswordProblem.Code])] = [
        ("Violet7Marble-Kettle", []),
        ("", [.tooShort, .needsUpper, .needsLower, .needsDigit, .tooGuessable]),
        ("Tr0ub4dorQx", [.tooShort]),
        ("violet7marble-kettle", [.needsUpper]),
        ("VIOLET7MARBLE-KETTLE", [.needsLower]),
        ("VioletXMarble-Kettle", [.needsDigit]),
        ("ЖелтыйСамолет7", []),
        ("ひらがな7VioletMarb", []),
        ("Violet٣Marble-Kettle", []),
        ("Violet²Marble-Kettle", []),
        ("Password1234", [.tooGuessable]),
        ("Aaaaaaaaaaa1", [.tooGuessable]),
        ("Qwertyuiop12", [.tooGuessable]),
        ("Marble7-una.berg-Kettle", [.containsPersonal]),
        ("Marble7-UNA.BERG-Kettle", [.containsPersonal]),
        ("Marble7-lunaR-Kettle", [.containsPersonal]),
        ("Marble7-BERGSTRÖM-Kettle", [.containsPersonal]),
        ("Marble7-Bergstro\u{308}m-Kettle", [.containsPersonal]),
        ("Marble7-u.berg\u{301}-Kettle", []),
        ("Marble7-ｕｎａ-Kettle", [.containsPersonal]),
        ("Marble7-U.Berg-Kettle", [.containsPersonal]),
        ("NordlichtHotels1", [.tooGuessable]),
        ("N0rdlicht-Hotels", [.tooGuessable]),
        ("Ab1\0\0\0\0\0\0\0\0\0", [.tooGuessable]),
        ("👩🏽‍🚀 Violet7 🌲🚲", []),
        (String(repeating: "Aa1-xyzzy", count: 113) + "1234567", []),
        (String(repeating: "Aa1-xyzzy", count: 113) + "12345678", [.tooLong]),
    ]

    @Test(arguments: table) func theDefaultPolicy(password: String, codes: [PasswordProblem.Code]) {
        #expect(PasswordPolicy().problems(password, person: Self.una).map(\.code) == codes)
    }

    @Test func eachWordOfThePersonIsRefusedByItself() {
        let people = [
            PersonWords(username: "zebra"), PersonWords(firstName: "Zebra"), PersonWords(lastName: "Zebra"), PersonWords(email: "zebra@example.com"),
        ]
        for person in people {
            #expect(PasswordPolicy().problems("Violet7-zebra-Kettle", person: person).map(\.code) == [.containsPersonal], "\(person)")
        }
    }

    @Test func lengthCountsCodePoints() {
        let policy = PasswordPolicy(minLength: 12, requireUpper: false, requireLower: false, requireDigit: false)
        #expect(policy.problems("kuçük-ağaç-e", person: PersonWords()).isEmpty)
        #expect(policy.problems("👩🏽‍🚀🌲🚲🌋🎻🧭🪁🎈", person: PersonWords()).map(\.code) == [.tooShort])
        #expect(policy.problems("👩🏽‍🚀🌲🚲🌋🎻🧭🪁🎈🦔", person: PersonWords()).isEmpty)
    }

    @Test func anAccountCanAskForOtherThings() {
        let bare = PasswordPolicy(minLength: 15, requireUpper: false, requireLower: false, requireDigit: false)
        #expect(bare.problems("violet marble kettle", person: PersonWords()).isEmpty)
        let symbol = PasswordPolicy(requireSymbol: true)
        #expect(symbol.problems("Violet7MarbleKettle", person: PersonWords()).map(\.code) == [.needsSymbol])
        for mark in ["-", " ", "€", "🌲", "。"] { #expect(symbol.problems("Violet7Marble\(mark)Kettle", person: PersonWords()).isEmpty) }
    }

    @Test func shortWordsMayStandInAPassword() {
        let bo = PersonWords(username: "bo", firstName: "Bo", lastName: "Li", email: "b@example.com")
        #expect(PasswordPolicy().problems("Violet7-Bo-Li-Kettle", person: bo).isEmpty)
        #expect(PasswordPolicy().problems("Violet7-Marble-Kettle", person: PersonWords(username: "", email: "@")).isEmpty)
    }

    @Test func foldingKnowsSharpSAndFinalSigma() {
        let person = PersonWords(firstName: "Weiß", lastName: "Παπαδάκης")
        #expect(PasswordPolicy().problems("Violet7-WEISS-Kettle", person: person).map(\.code) == [.containsPersonal])
        #expect(PasswordPolicy().problems("Violet7-ΠΑΠΑΔΆΚΗΣ", person: person).map(\.code) == [.containsPersonal])
    }

    @Test func codesAndMessagesAreStable() {
        #expect(
            PasswordProblem.Code.allCases.map(\.rawValue) == [
                "too_short", "too_long", "needs_upper", "needs_lower", "needs_digit", "needs_symbol", "contains_personal", "too_guessable",
            ])
        let problems = PasswordPolicy(minLength: 20).problems("Violet7Marble", person: PersonWords())
        #expect(problems.map(\.message) == ["Use at least 20 characters."])
    }
}

@Suite struct PasswordStrengthTests {
    @Test func knownWordsMakeAPasswordWeaker() {
        let plain = PasswordStrength.bits("Xorvandil77", words: [])
        #expect(plain > 27)
        #expect(PasswordStrength.bits("Xorvandil77", words: ["xorvandil"]) < plain - 10)
        #expect(PasswordStrength.bits("", words: []) == 0)
        #expect(PasswordStrength.bits("password", words: []) < 5)
    }

    @Test func nothingFromOutsideCostsMuch() {
        let start = ContinuousClock.now
        let words = ["", "\0", "a\0b"] + Array(repeating: String(repeating: "a", count: 10_000), count: 5_000)
        for text in [
            String(repeating: "a", count: 100_000), String(repeating: "aB1", count: 400), String(repeating: "12", count: 512), "a\0b", "\0", "é🌲",
        ] {
            #expect(PasswordStrength.bits(text, words: words) >= 0)
        }
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    @Test func aLongPasswordIsAsGoodAsTheBetterOfItsEnds() {
        let weak = String(repeating: "a", count: 200)
        #expect(PasswordStrength.bits(weak, words: []) < 27)
        #expect(PasswordStrength.bits("Violet7Marble-Kettle" + weak, words: []) > 40)
        #expect(PasswordStrength.bits(weak + "Violet7Marble-Kettle", words: []) > 40)
    }

    @Test func whatFollowsANulCounts() {
        #expect(PasswordStrength.bits("ab\0Violet7Marble-Kettle", words: []) > PasswordStrength.bits("ab", words: []) + 20)
    }
}

@Suite struct PasswordGeneratorTests {
    @Test(arguments: [1, 8, 9, 12, 19, 20, 24, 25, 64, 127, 128]) func itSatisfiesEveryPolicy(minLength: Int) {
        let policy = PasswordPolicy(minLength: minLength, requireSymbol: true)
        for _ in 0..<20 {
            let password = PasswordGenerator.generate(policy)
            #expect(policy.problems(password, person: PersonWords()).isEmpty)
            #expect(password.utf8.count >= max(19, minLength))
            #expect(!password.contains { "0Oo1IiLl".contains($0) })
        }
    }

    @Test func itAvoidsThePersonsName() {
        let person = PersonWords(firstName: "A-B", lastName: "Xyz")
        for _ in 0..<200 {
            let password = PasswordGenerator.generate(PasswordPolicy(), person: person)
            #expect(PasswordPolicy().problems(password, person: person).isEmpty)
        }
    }
}
