import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb
import Synchronization

/// What sign-in keeps in memory: one for each server. What was judged is told to the other nodes, so that guesses do not multiply with them.
final class FrontDesk: Sendable {
    private let throttle = Throttle()
    let failures = FailureLog()
    /// Counts who asks for mails to forgotten passwords, apart from guesses at passwords.
    private let askings = Throttle()
    let forgotten = AfterAnswers<ForgottenPassword.Asked>(dropped: "latchkey_forgotten_passwords_dropped_total") {
        await ForgottenPassword.mail($0, $1)
    }
    private let told = AfterAnswers<Judged>(dropped: "latchkey_judged_guesses_untold_total") { judged, house in
        // Whoever cannot be told counts for himself.
        try? await house.gate.tellOtherNodes(topic, judged.text)
    }
    private let hears = Mutex(false)
    private static let topic: StaticString = "guess"

    /// Judges one guess, as `Throttle` does, by what this node and the others have counted.
    func judged<Opened>(
        _ attempt: Throttle.Attempt, asking: Bool = false, _ house: House, isWhole: (Opened) -> Bool = { _ in true },
        _ judge: () async throws -> Opened?
    ) async throws -> Opened? {
        listen(house)
        let throttle = asking ? askings : throttle
        let isKnown = throttle.remembers(attempt)
        let opened = try await throttle.judged(attempt, house.gate.clock, isWhole: isWhole, judge)
        if let opened, !isWhole(opened) { return opened }
        // That somebody who has not failed is right is no news.
        if house.gate.database.isShared, opened == nil || isKnown {
            told.note(Judged(attempt: attempt, isAsking: asking, wasRight: opened != nil), house)
        }
        return opened
    }

    private func listen(_ house: House) {
        let isFirst = hears.withLock { hears in
            defer { hears = true }
            return !hears
        }
        guard isFirst else { return }
        house.gate.hearOtherNodes(Self.topic) { [throttle, askings, clock = house.gate.clock] text in
            guard let judged = Judged(text) else { return }
            (judged.isAsking ? askings : throttle).hear(judged.attempt, wasRight: judged.wasRight, clock)
        }
    }
}

/// A guess that a node has judged, as it tells the others: fingerprints, which say nobody's name.
struct Judged: Sendable, Equatable {
    var attempt: Throttle.Attempt
    var isAsking: Bool
    var wasRight: Bool

    init(attempt: Throttle.Attempt, isAsking: Bool, wasRight: Bool) {
        self.attempt = attempt
        self.isAsking = isAsking
        self.wasRight = wasRight
    }

    var text: String {
        let address = attempt.address.map { Base64URL.encode($0.bytes) } ?? "-"
        return [
            isAsking ? "asking" : "password", wasRight ? "right" : "wrong", Base64URL.encode(attempt.person.bytes),
            Base64URL.encode(attempt.source.bytes), address,
        ].joined(separator: " ")
    }

    /// Nil for what is none.
    init?(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        func fingerprint(_ word: String) -> Fingerprint? { Base64URL.decode(word).flatMap { Fingerprint($0) } }
        guard words.count == 5, ["asking", "password"].contains(words[0]), ["right", "wrong"].contains(words[1]), let person = fingerprint(words[2]),
            let source = fingerprint(words[3]), words[4] == "-" || fingerprint(words[4]) != nil
        else { return nil }
        self.init(
            attempt: .init(person: person, source: source, address: fingerprint(words[4])), isAsking: words[0] == "asking",
            wasRight: words[1] == "right")
    }
}
