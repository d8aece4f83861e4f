import CPostgres
import Foundation
import LatchkeyDatabase
import Synchronization

/// The connection on which this node hears what other nodes announce, in a thread of its own.
///
/// The server hands a committed announcement over at once; a sign of life four times a second shows that the way is open. Whoever asks
/// `hearsEverything` is told no as soon as the last sign is a second old, whether or not anybody has noticed yet why.
final class Listening: Sendable {
    private struct State {
        var isStarted = false
        var isOver = false
        var hearsUntil: ContinuousClock.Instant?
    }

    private let opening: Opening
    private let listeners: Listeners
    private let writer: @Sendable () -> String?
    private let state = Mutex(State())
    private let bell = Bell()

    /// - Parameter writer: the tag of the connection that commits for this node, whose announcements need not be heard again.
    init(_ opening: Opening, listeners: Listeners, writer: @escaping @Sendable () -> String?) {
        self.opening = opening
        self.listeners = listeners
        self.writer = writer
    }

    var hearsEverything: Bool { state.withLock { $0.hearsUntil.map { ContinuousClock.now < $0 } ?? false } }

    /// Starts the thread, once; it leaves `group` when it has stopped.
    func start(_ group: DispatchGroup) {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted && !state.isOver
        }
        guard isFirst else { return }
        group.enter()
        let thread = Thread { [self] in
            work()
            group.leave()
        }
        thread.name = "latchkey-listen"
        thread.start()
    }

    func stop() {
        state.withLock { $0.isOver = true }
        bell.ring()
    }

    private var isOver: Bool { state.withLock { $0.isOver } }

    private func work() {
        var pause = 100
        while !isOver {
            do {
                let connection = try opening.open(.listening)
                try connection.run("LISTEN latchkey")
                // What was announced before is lost to us: assume everything.
                listeners.tell(.everything)
                pause = 100
                while !isOver {
                    try hear(connection)
                    bell.wait(orFor: 250, connection.socket)
                }
            } catch {
                // What was announced meanwhile is missed: nothing that is remembered counts any more.
                state.withLock { $0.hearsUntil = nil }
                bell.wait(orFor: pause, nil)
                pause = min(pause * 2, 2000)
            }
        }
        state.withLock { $0.hearsUntil = nil }
    }

    private func hear(_ connection: Connection) throws {
        let asked = ContinuousClock.now
        try connection.run("SELECT 1")
        try connection.notifications { notification in
            let parts = notification.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] != writer() ?? "" else { return }
            listeners.tell(.message(String(parts[1])))
        }
        state.withLock { $0.hearsUntil = asked + .seconds(1) }
    }
}

/// Wakes a thread that waits for a socket.
private final class Bell: Sendable {
    private let descriptor = latchkey_eventfd()

    deinit { close(descriptor) }

    func ring() { _ = latchkey_eventfd_ring(descriptor) }

    /// Waits until something is to be read from the socket, the bell rings, or so many milliseconds have passed.
    func wait(orFor milliseconds: Int, _ socket: Int32?) {
        var watched = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        if let socket { watched.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0)) }
        _ = poll(&watched, nfds_t(watched.count), CInt(clamping: milliseconds))
    }
}
