import Foundation
import LatchkeyBlobs
import Testing

@testable import LatchkeyImages

/// What a worker may do wrong, by workers that tests wrote.
@Suite(.serialized) struct ChildTests {
    @Test(arguments: [
        "exit 0", "echo", "echo '{}'", "echo 'not JSON'", "exit 3", "kill -SEGV $$", "kill -KILL $$", "echo '{\"refused\":\"whatever\"}'",
        "echo '{\"full\":{\"width\":1,\"height\":1,\"bytes\":5},\"large\":{\"width\":1,\"height\":1,\"bytes\":5},\"thumb\":{\"width\":1,\"height\":1,\"bytes\":5}}'",
        "printf '<html>' >&3; printf '<html>' >&4; printf '<html>' >&5; echo '{\"full\":{\"width\":1,\"height\":1,\"bytes\":6},\"large\":{\"width\":1,\"height\":1,\"bytes\":6},\"thumb\":{\"width\":1,\"height\":1,\"bytes\":6}}'",
        "echo '{\"refused\":\"animated\"}'; kill -SEGV $$",
    ]) func whateverAChildDoesThePictureIsDamaged(lines: String) async throws {
        try await Lab.with(Lab.script(lines)) { lab in
            let (refusal, _) = try await lab.refusal([1, 2, 3])
            #expect(refusal == .damaged)
        }
    }

    @Test func aRefusalIsPassedOn() async throws {
        try await Lab.with(Lab.script("echo '{\"refused\":\"animated\"}'")) { lab in
            let (refusal, _) = try await lab.refusal([1])
            #expect(refusal == .animated)
        }
    }

    /// Whether it says nothing, or has closed its output, or never stops talking.
    @Test(arguments: ["exec sleep 60", "exec >&-; exec sleep 60", "while :; do :; done", "exec yes"]) func aSlowChildIsKilled(lines: String)
        async throws
    {
        try await Lab.with(Lab.script(lines, timeLimit: .milliseconds(300))) { lab in
            let (refusal, took) = try await lab.refusal([1])
            #expect(refusal == .tookTooLong && took < .seconds(3))
            var status: Int32 = 0
            #expect(waitpid(-1, &status, WNOHANG) <= 0, "a child was left")
        }
    }

    @Test func withoutAWorkerThePictureIsNotBlamed() async throws {
        let workers = ImageWorkers(executable: "/nonexistent/latchkey-images")
        #expect(workers.obstacle != nil && ImageWorkers().obstacle == nil)
        try await Lab.with(workers) { lab in
            await #expect(throws: ImageWorkers.Unavailable.self) { try await lab.renditions([1]) }
        }
    }

    /// The environment, the descriptors and the signals of a child.
    @Test func aChildInheritsNothing() async throws {
        let seen = NSTemporaryDirectory() + "latchkey-seen-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: seen) }
        setenv("LATCHKEY_TEST_SECRET", "secret", 1)
        // One of ours that is open to every child.
        let secret = open("/dev/null", O_RDONLY)
        let kept = fcntl(secret, F_DUPFD, 200)
        close(secret)
        defer { close(kept) }
        let lines = "{ cat /proc/$$/environ; echo; ls /proc/$$/fd | tr '\\n' ' '; grep -E 'SigBlk|SigIgn' /proc/self/status; } > \(seen)"
        try await Lab.with(Lab.script(lines)) { lab in
            let (refusal, _) = try await lab.refusal([1])
            #expect(refusal == .damaged)
        }
        let text = try String(contentsOfFile: seen, encoding: .utf8)
        #expect(!text.contains("secret") && text.hasPrefix("\n"))
        #expect(text.contains("SigBlk:\t0000000000000000"), "\(text)")
        // But for the two signals that the C library keeps to itself.
        let ignored = text.split(separator: "\n").first { $0.hasPrefix("SigIgn:") }.flatMap { UInt64($0.dropFirst(8), radix: 16) }
        #expect(ignored.map { $0 & ~0x1_8000_0000 } == 0, "\(text)")
        // The shell has its script, the output that it had before and the pipe to `tr` at 6 to 11.
        let numbers = text.split(separator: "\n").first?.split(separator: " ").compactMap { Int($0) } ?? []
        #expect(kept >= 200 && Set(numbers).subtracting(6...11) == [0, 1, 2, 3, 4, 5], "\(numbers)")
    }

    @Test func noDescriptorAndNoChildIsLeft() async throws {
        try await Lab.with { lab in
            // Other tests have descriptors of their own.
            func open() -> Int {
                let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
                let names = all.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0) }
                return names.count { $0.hasPrefix("pipe:") || $0.hasPrefix(lab.folder) || $0 == "/dev/null" }
            }
            _ = try await lab.refusal(Picture.png(8, 8))
            let before = open()
            for _ in 0..<20 { _ = try await lab.refusal([1, 2, 3]) }
            // A look, not a wait that would take a child from the test whose it is: those come and go, and one of ours would stay.
            func hasDead() -> Bool {
                var info = siginfo_t()
                return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo != 0
            }
            for _ in 0..<1000 where open() > before + 2 || hasDead() { try await Task.sleep(for: .milliseconds(5)) }
            #expect(open() <= before + 2)
            #expect(!hasDead())
        }
    }

    @Test func beyondTheQueueIsOverload() async throws {
        try await Lab.with(Lab.script("exec sleep 1", atOnce: 1, queueLimit: 2)) { lab in
            let ends = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do { _ = try await lab.renditions([1]) } catch is ImageWorkers.Overloaded { return "overloaded" } catch { return "\(error)" }
                        return "made"
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(ends.filter { $0 == "overloaded" }.count == 5 && ends.filter { $0 == "damaged" }.count == 3, "\(ends)")
        }
    }
}
