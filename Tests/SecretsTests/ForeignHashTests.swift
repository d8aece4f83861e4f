import Testing

@testable import LatchkeySecrets

/// Hashes of one password, made by Python's hashlib, bcrypt, argon2-cffi, passlib and PyNaCl.
@Suite struct `A password that another product has hashed` {
    static let password = "Größe 7 horses"
    static let known = [
        #"$2b$05$mCe5qXRae7HF4O5EHKrOZOZGpEg4cpxkG7EpB5y1qoNoCvYTERMiK"#,
        #"$2a$05$sPtdyMxnE8Drco71bkD7uu9m35Q0ofihwBFRTuZfjrXftPJTzBRKe"#,
        #"$2y$05$mCe5qXRae7HF4O5EHKrOZOZGpEg4cpxkG7EpB5y1qoNoCvYTERMiK"#,
        #"pbkdf2_sha256$2000$xY3saltysalt$QBkmjyekS+DHzsoFHPH74IOewPqEtz9lRTjKWtaPOL8="#,
        #"{PBKDF2-SHA256}1500$yVlrLUXIeQ/BOAeAkPK.Vw$A5ZmC/iolmIjwizQ7h10bDQrh8vXtLpd0E62pq4RdTw"#,
        #"{PBKDF2-SHA512}1500$59wbw7gXAoAwJgRAaE2pVQ$csqvZtXj2lW70MVR51ptm5sdp55Z03EI2nNPr0exB7zM9/Q7iH1X.lCkf96dR32BFefLRt1Gbnb0nPicRkPytw"#,
        #"{PBKDF2}1500$OydEqFXqXStlDGHsHaP0fg$rcgXHqbX.plJNOZpoe1NwGZ4PiY"#,
        #"$pbkdf2-sha256$1500$sPY.R4hxjnHO.R.DkPL.Hw$Mb0ujdak10mSGsBpCZNKDx.i0cvBGVBpgy7y0Coy0oU"#,
        #"{"type": "password", "secretData": "{\"value\": \"WDAofK1MPM8eDzraLSAieyO7Oi0yhsPQcVcNRhC1awk5gHxjf4RxRssmoQiwaMyzs9GSlAjEpu5slRmWg9xHJA==\", \"salt\": \"MDEyMzQ1Njc4OWFiY2RlZg==\", \"additionalParameters\": {}}", "credentialData": "{\"hashIterations\": 2750, \"algorithm\": \"pbkdf2-sha256\", \"additionalParameters\": {}}"}"#,
        #"{"type": "password", "secretData": "{\"value\": \"NK9PDe/DZpA2eNpxiD/wa7yaGgMnc5yWHfquNxU3C7bzTVdrI0DbCvMqLjKxv0Uy3jNAOfVSQTH67oqq13NG2w==\", \"salt\": \"MDEyMzQ1Njc4OWFiY2RlZg==\", \"additionalParameters\": {}}", "credentialData": "{\"hashIterations\": 2100, \"algorithm\": \"pbkdf2-sha512\", \"additionalParameters\": {}}"}"#,
        #"{"type": "password", "secretData": "{\"value\": \"sOmwV+TDdnI0eit2ATzu+eJJ3jrMwwXxEcYr0PvTphAwNQH3z943FOaLf06qWt/xVfWkCkt/R/2YTvOuUJLknQ==\", \"salt\": \"MDEyMzQ1Njc4OWFiY2RlZg==\", \"additionalParameters\": {}}", "credentialData": "{\"hashIterations\": 2000, \"algorithm\": \"pbkdf2\", \"additionalParameters\": {}}"}"#,
        #"{"secretData": "{\"value\": \"Od3V3ziHw5QHNWMCVsO1/H1bXEe9aghYkUwcyTB47TM=\", \"salt\": \"MDEyMzQ1Njc4OWFiY2RlZg==\"}", "credentialData": "{\"hashIterations\": 5, \"algorithm\": \"argon2\", \"additionalParameters\": {\"hashLength\": [\"32\"], \"memory\": [\"7168\"], \"type\": [\"id\"], \"version\": [\"1.3\"], \"parallelism\": [\"1\"]}}"}"#,
        #"$argon2id$v=19$m=4096,t=2,p=4$XQK18z5z8N74WVJ0B/OhRw$SreXR1v3cWOlHPKoED533SYJ6Gy15ODgQO3pyi73A3I"#,
        #"$argon2i$v=19$m=1024,t=3,p=2$0PgG+jOiasR6SvdxHYPMkw$gf9wKRvwLN8NlmfR9PpFLZNJlq3ZMi32UGG9JG0F26Q"#,
        #"$scrypt$ln=8,r=8,p=1$VgqhlFIqBeB8z7k3hhBCiA$oWcOhHDZrJv/67Ah8X6Bv3jXt/vkN8OERE3rrxUMNGc"#,
        #"$7$86..../....XXopgxqlyB1biCPuZUqE9QMr4AKKVKRSjEb5PjgFchB$k.HMKU7yeID1GajHmeY4bGr1ngzQi9nl1Ezfo0rFEQ3"#,
    ]

    private let hasher = PasswordHasher(threads: 2)

    @Test(arguments: known) func `signs in`(_ stored: String) async throws {
        let kept = try ForeignHash(stored).text
        let right = try await hasher.verify(Self.password, against: kept)
        let wrong = try await hasher.verify("Größe 7 horsez", against: kept)
        let longer = try await hasher.verify(Self.password + "\0x", against: kept)
        #expect(right && !wrong && !longer)
        #expect(hasher.needsRehash(kept), "and is hashed anew then")
    }

    @Test(arguments: known) func `signs in with no other hash`(_ stored: String) async throws {
        let text = try ForeignHash(stored).text
        // Of Keycloak's credential the digest, which stands first.
        let value = text.hasPrefix("{") ? text.firstRange(of: "salt")?.lowerBound ?? text.endIndex : text.endIndex
        let digits = text[..<value].indices.filter { text[$0] == "a" || text[$0] == "7" || text[$0] == "x" }
        for at in [digits.last, digits.dropLast().last].compactMap({ $0 }) {
            var other = text
            other.replaceSubrange(at...at, with: text[at] == "7" ? "9" : "u")
            guard let hash = try? ForeignHash(other) else { continue }
            let right = try await hasher.verify(Self.password, against: hash.text)
            #expect(!right, "\(other)")
        }
    }

    @Test(arguments: [
        "", "x", "plain text", "$1$salt$abcdefghijklmnopqrstuv", "$2b$05$short", "$2x$05$" + String(repeating: "a", count: 53),
        "$2b$99$" + String(repeating: "a", count: 53),
        "$2b$05$" + String(repeating: "=", count: 53), "pbkdf2_sha256$1000$$AAAA", "pbkdf2_sha256$-1$salt$AAAA", "pbkdf2_sha256$+5$s$AAAA",
        "pbkdf2_sha1$1$s$AAAA",
        "{PBKDF2-MD5}1000$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "{\"secretData\": 1}",
        "{\"", "{",
        "$argon2d$v=19$m=1024,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=16$m=1024,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=1024,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$scrypt$ln=0,r=8,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA", "$7$",
        "$7$C6..../....", String(repeating: "$", count: 3000),
        "$2b$05$" + String(repeating: "é", count: 26) + "a", "$2b$05$" + String(repeating: "a", count: 53) + "\0",
    ]) func `is refused where it is none that is known`(_ text: String) {
        #expect(throws: ForeignHash.Refused.unknownFormat) { try ForeignHash(text) }
    }

    @Test(arguments: [
        "$2b$14$" + String(repeating: "a", count: 53), "pbkdf2_sha256$20000000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "{PBKDF2-SHA256}999999999$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=2097152,t=1,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=65536,t=1000,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$scrypt$ln=24,r=8,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=14,r=8,p=99$AAAA$AAAAAAAAAAAAAAAAAAAAAA",
    ]) func `is refused where it would cost too much`(_ text: String) {
        #expect(throws: ForeignHash.Refused.tooCostly) { try ForeignHash(text) }
    }

    @Test func `costs everybody the same while somebody has one`() async throws {
        let ours = try await hasher.hash("x")
        for stored in [ours, Self.known[0], nil] {
            let before = hasher.counts.finished
            _ = try await hasher.verify("y", against: stored, beside: Self.known[0])
            #expect(hasher.counts.finished == before + 1)
        }
    }
}
