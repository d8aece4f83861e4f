import Foundation
import Synchronization
import Testing

@testable import LatchkeyBlobs

/// What must be on disk, and in which order, before a key is answered.
@Suite struct BlobDurabilityTests {
    /// Notes the calls, and fails the one that `failing` picks.
    final class Watched: Sendable {
        let calls = Mutex<[String]>([])
        let failing = Mutex<(@Sendable (String) -> Bool)?>(nil)

        func note(_ call: String) -> Bool {
            calls.withLock { $0.append(call) }
            return failing.withLock { $0?(call) ?? false }
        }

        func fileCalls(_ root: String) -> FileCalls {
            FileCalls(
                sync: { [self] descriptor, path in
                    let short = path.replacingOccurrences(of: root, with: "")
                    return note("sync " + short) ? -1 : fsync(descriptor)
                },
                rename: { [self] from, to in
                    let failed = note("rename " + from.replacingOccurrences(of: root, with: "") + " " + to.replacingOccurrences(of: root, with: ""))
                    return failed ? -1 : Foundation.rename(from, to)
                })
        }
    }

    @Test func bytesThenNameThenFolder() async throws {
        try await withFolder { folder in
            let watched = Watched()
            let store = try FolderBlobs(path: folder, calls: watched.fileCalls(folder))
            let (one, two) = (try await store.file("1"), try await store.file("2"))
            watched.calls.withLock { $0 = [] }
            let keys = try await store.put([one, two])
            let (a, b) = (one.path.replacingOccurrences(of: folder, with: ""), two.path.replacingOccurrences(of: folder, with: ""))
            let (outer, inner) = (keys[0].text.prefix(2), keys[0].text.dropFirst(2).prefix(2))
            let expected = [
                "sync \(a)", "sync \(b)", "sync ", "sync /\(outer)", "rename \(a) /\(outer)/\(inner)/\(keys[0])",
                "rename \(b) /\(outer)/\(inner)/\(keys[1])", "sync /\(outer)/\(inner)",
            ]
            #expect(watched.calls.withLock { $0 } == expected)
        }
    }

    @Test(arguments: ["sync /incoming", "rename", "sync /"]) func whatFailsKeepsNothing(call: String) async throws {
        try await withFolder { folder in
            let watched = Watched()
            let store = try FolderBlobs(path: folder, calls: watched.fileCalls(folder))
            let kept = try await store.put(store.file("kept"))
            watched.failing.withLock { $0 = { $0.hasPrefix(call) && (call != "sync /" || !$0.hasPrefix("sync /incoming")) } }
            await #expect(throws: BlobError.self) { try await store.put([store.file("1"), store.file("2")]) }
            // The thread that tried lets go of the incoming files a moment after it answers.
            for _ in 0..<1000 where files(folder).count > 1 { try await Task.sleep(for: .milliseconds(2)) }
            #expect(files(folder).count == 1)
            watched.failing.withLock { $0 = nil }
            let (still, next) = (try await store.contents(of: kept, limit: 9), try await store.put(store.file("3")))
            #expect(still == Array("kept".utf8) && next != kept)
        }
    }
}
