import Foundation
import Testing

@testable import LatchkeyBlobs

/// A folder for one test, gone after it.
func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let path = NSTemporaryDirectory() + "latchkey-blobs-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

/// Every file below a folder but the locks, by its path in it.
func files(_ folder: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return all.filter { name in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isFolder) && !isFolder.boolValue && !name.hasSuffix(".lock")
    }.sorted()
}

func mode(_ path: String) throws -> Int {
    (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue ?? -1
}

extension FolderBlobs {
    func file(_ text: String) async throws -> IncomingFile {
        let file = try await incoming()
        try await file.append(Array(text.utf8))
        return file
    }
}

/// What a store promises: nothing is named from outside, what was put is there, what was not put is gone.
@Suite struct FolderBlobsTests {
    @Test func whatIsPutIsThere() async throws {
        try await withFolder { folder in
            let store = try FolderBlobs(path: folder)
            let file = try await store.file("first ")
            try await file.append(Array("and second".utf8))
            let key = try await store.put(file)
            let others = try await store.put([store.file("a"), store.file(""), store.file("c")])
            let blob = try await store.open(key)
            #expect(blob.size == 16)
            let (middle, end, beyond) = (
                try await blob.read(at: 2, upTo: 3), try await blob.read(at: 10, upTo: 100), try await blob.read(at: 16, upTo: 1)
            )
            #expect(middle == Array("rst".utf8) && end == Array("second".utf8) && beyond.isEmpty)
            let texts = try await [store.contents(of: others[0], limit: 1), store.contents(of: others[1], limit: 1)]
            #expect(texts == [[0x61], []] && Set(others + [key]).count == 4)
            let again = try FolderBlobs(path: folder)
            let kept = try await again.contents(of: key, limit: 100)
            #expect(String(decoding: kept, as: UTF8.self) == "first and second")
        }
    }

    @Test func nothingIsFoundUnderAnotherKeyOrAfterItsEnd() async throws {
        try await withFolder { folder in
            let store = try FolderBlobs(path: folder)
            let key = try await store.put(store.file("gone"))
            let open = try await store.open(key)
            try await store.delete(key)
            try await store.delete(key)
            let still = try await open.read(at: 0, upTo: 9)
            #expect(still == Array("gone".utf8))
            await #expect(throws: BlobError.missing) { try await store.open(key) }
            let unknown = try #require(BlobKey(String(repeating: "0", count: 40)))
            await #expect(throws: BlobError.missing) { try await store.open(unknown) }
            await #expect(throws: BlobError.missing) { try await store.contents(of: store.put(store.file("12345")), limit: 4) }
        }
    }

    @Test(arguments: [
        "", "../../etc/passwd", "ABCDEF0123456789ABCDEF0123456789ABCDEF01", "0123456789abcdef0123456789abcdef0123456",
        "0123456789abcdef0123456789abcdef012345678", "0123456789abcdef0123456789abcdef012345/.", "0123456789abcdef0123456789abcdef0123456\u{301}",
    ]) func whatIsNoKeyCannotBecomeOne(text: String) {
        #expect(BlobKey(text) == nil)
    }

    @Test func namesAreRandomAndEverythingIsPrivate() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
            let store = try FolderBlobs(path: folder)
            var keys: [BlobKey] = []
            for _ in 0..<20 { keys.append(try await store.put(store.file("x"))) }
            let onItsWay = try await store.file("y")
            #expect(Set(keys.map { $0.text.dropFirst(4) }).count == 20)
            for name in FileManager.default.enumerator(atPath: folder)?.compactMap({ $0 as? String }) ?? [] {
                var isFolder: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isFolder)
                let bits = try mode(folder + "/" + name)
                #expect(bits == (isFolder.boolValue ? 0o700 : 0o600), "\(name)")
            }
            let own = try mode(folder)
            #expect(own == 0o700)
            #expect(
                files(folder).filter { !$0.hasPrefix("incoming/") }
                    == keys.map { "\($0.text.prefix(2))/\($0.text.dropFirst(2).prefix(2))/\($0)" }.sorted())
            withExtendedLifetime(onItsWay) {}
        }
    }

    @Test func whatIsNotPutIsGone() async throws {
        try await withFolder { folder in
            let store = try FolderBlobs(path: folder)
            do {
                let file = try await store.file("refused")
                #expect(files(folder).count == 1)
                withExtendedLifetime(file) {}
            }
            #expect(files(folder).isEmpty)
        }
    }

    /// A process that was killed leaves its folder with a lock that nobody holds; one that runs holds it.
    @Test func aStartSweepsWhatACrashLeftAndNothingElse() async throws {
        try await withFolder { folder in
            let running = try FolderBlobs(path: folder)
            let underWay = try await running.file("under way")
            let kept = try await running.put(running.file("kept"))
            let dead = folder + "/incoming/0123456789abcdef"
            try FileManager.default.createDirectory(atPath: dead, withIntermediateDirectories: false)
            #expect(FileManager.default.createFile(atPath: dead + "/left", contents: Data([1])))
            #expect(FileManager.default.createFile(atPath: dead + ".lock", contents: nil))
            let second = try FolderBlobs(path: folder)
            #expect(!FileManager.default.fileExists(atPath: dead) && !FileManager.default.fileExists(atPath: dead + ".lock"))
            #expect(FileManager.default.fileExists(atPath: underWay.path))
            let key = try await running.put(underWay)
            let (one, two) = (try await second.contents(of: key, limit: 99), try await second.contents(of: kept, limit: 99))
            #expect(one == Array("under way".utf8) && two == Array("kept".utf8))
        }
    }

    @Test func whatNobodyTouchedIsListedInPages() async throws {
        try await withFolder { folder in
            let store = try FolderBlobs(path: folder)
            var keys: [BlobKey] = []
            for _ in 0..<30 { keys += try await store.put([store.file("a"), store.file("b")]) }
            let now = try await store.keys(untouchedFor: .seconds(3600), after: nil, limit: 100)
            #expect(now.isEmpty)
            let old = keys.shuffled().prefix(41)
            for key in old {
                let path = "\(folder)/\(key.text.prefix(2))/\(key.text.dropFirst(2).prefix(2))/\(key)"
                try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -4000)], ofItemAtPath: path)
            }
            var found: [BlobKey] = []
            while true {
                let page = try await store.keys(untouchedFor: .seconds(3600), after: found.last, limit: 7)
                found += page
                if page.count < 7 { break }
            }
            #expect(found == old.sorted())
            let all = try await store.keys(untouchedFor: .zero, after: nil, limit: 1000)
            #expect(all == keys.sorted())
        }
    }

    @Test func aFolderThatIsNoFolderIsRefused() async throws {
        try await withFolder { folder in
            #expect(FileManager.default.createFile(atPath: folder, contents: nil))
            #expect(throws: BlobError.unavailable("\(folder) is not a folder")) { try FolderBlobs(path: folder) }
        }
    }
}
