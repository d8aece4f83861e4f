import CSpawn
import Foundation

/// One child process and nothing of ours in it: an empty environment, default signals, a group of its own, and only the descriptors that it is given.
/// It is over, and reaped, when `run` returns.
struct ChildProcess {
    enum End: Equatable {
        case exited(Int32, output: [UInt8])
        /// By a signal, such as that of a limit.
        case killed(Int32)
        case timedOut
    }

    let executable: String
    let arguments: [String]
    /// The child's descriptor 0.
    let input: Int32
    /// The child's descriptors from 3 on.
    let files: [Int32]
    /// Of what the child may write to its descriptor 1; more is cut off.
    let outputLimit: Int
    let timeLimit: Duration

    /// Starts the child and waits for its end, which it brings about itself when the time is over. Blocks.
    /// - Throws: `ImageWorkers.Unavailable` where the child cannot be started.
    func run() throws -> End {
        let deadline = ContinuousClock.now + timeLimit
        var pipe: [Int32] = [-1, -1]
        guard pipe2(&pipe, O_CLOEXEC) == 0 else { throw Self.failure("no pipe", errno) }
        let (reading, writing) = (pipe[0], pipe[1])
        defer { close(reading) }
        let child: pid_t
        do {
            defer { close(writing) }
            child = try spawn(output: writing)
        }
        var output: [UInt8] = []
        let isComplete = Self.collect(from: reading, into: &output, limit: outputLimit, until: deadline)
        return Self.reap(child, output, until: isComplete ? deadline : .now)
    }

    private func spawn(output: Int32) throws -> pid_t {
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        guard null >= 0 else { throw Self.failure("no /dev/null", errno) }
        defer { close(null) }
        // Copied out of the way first: a descriptor of ours may have the number that another is to get in the child.
        var copies: [Int32] = []
        defer { copies.forEach { close($0) } }
        for descriptor in [input, output, null] + files {
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 64)
            guard copy >= 0 else { throw Self.failure("no descriptor", errno) }
            copies.append(copy)
        }
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard posix_spawn_file_actions_init(&actions) == 0, posix_spawnattr_init(&attributes) == 0 else { throw Self.failure("no memory", ENOMEM) }
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (number, copy) in copies.enumerated() { posix_spawn_file_actions_adddup2(&actions, copy, Int32(number)) }
        posix_spawn_file_actions_addclosefrom_np(&actions, Int32(copies.count))
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // A group of its own: a Ctrl-C for the server must not end the pictures that it is draining.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        defer { words.forEach { free($0) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, executable, &actions, &attributes, &words, &environment)
        guard code == 0 else { throw Self.failure("\(executable) cannot be started", code) }
        return child
    }

    /// Reads until the child closes its side; false where it has not by the deadline, or says too much.
    private static func collect(from reading: Int32, into output: inout [UInt8], limit: Int, until deadline: ContinuousClock.Instant) -> Bool {
        var piece = [UInt8](repeating: 0, count: 256)
        while true {
            let left = Int32(clamping: Int((deadline - .now).milliseconds.rounded(.up)))
            guard left > 0 else { return false }
            var wanted = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wanted, 1, left)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return false }
            let count = read(reading, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return true }
            output += piece.prefix(count)
            if output.count > limit { return false }
        }
    }

    /// Waits for the end, and brings it about at the deadline.
    private static func reap(_ child: pid_t, _ output: [UInt8], until deadline: ContinuousClock.Instant) -> End {
        var status: Int32 = 0
        var isOver = false
        while true {
            let reaped = waitpid(child, &status, isOver ? 0 : WNOHANG)
            if reaped < 0, errno == EINTR { continue }
            if reaped < 0 { return .killed(SIGKILL) }
            if reaped == child { break }
            // The child has closed its output and is about to end: a moment.
            if ContinuousClock.now < deadline {
                usleep(500)
            } else {
                kill(child, SIGKILL)
                isOver = true
            }
        }
        if isOver { return .timedOut }
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF, output: output) : .killed(signal)
    }

    private static func failure(_ what: String, _ code: Int32) -> ImageWorkers.Unavailable {
        ImageWorkers.Unavailable(description: "the image worker cannot be run: \(what): \(String(cString: strerror(code)))")
    }
}

extension Duration {
    fileprivate var milliseconds: Double { Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15 }
}
