import Foundation
import LatchkeyThreads
import Synchronization

/// Blobs as files of a folder (0700, files 0600): `ab/cd/abcd…`, and `incoming` on the same file system for what is on its way. Several processes may
/// share it.
package final class FolderBlobs: BlobStore {
    /// The folder.
    package let path: String
    private let calls: FileCalls
    private let threads: BlockingThreads
    private let incomingFolder: IncomingFolder
    /// The folders whose own entries are known to be on disk.
    private let durable = Mutex<Set<String>>([])

    /// Makes the folder where it is missing, and sweeps what a crash left in `incoming`; throws `BlobError`.
    package convenience init(path: String) throws { try self.init(path: path, calls: FileCalls()) }

    init(path: String, calls: FileCalls) throws {
        let isNew = try FileSystem.makePrivate(path)
        self.path = path
        self.calls = calls
        threads = BlockingThreads("blobs", threads: 8, queueLimit: 4096)
        incomingFolder = try IncomingFolder(in: path + "/incoming")
        try FileSystem.syncFolder(path, calls)
        if isNew { try FileSystem.syncFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path, calls) }
    }

    package func incoming() async throws -> IncomingFile {
        try await threads.run { [self] in try IncomingFile(in: incomingFolder, threads: threads) }
    }

    package func put(_ files: [IncomingFile]) async throws -> [BlobKey] {
        try await threads.run { [self] in
            let keys = BlobKey.fresh(files.count)
            guard let first = keys.first else { return [] }
            for file in files {
                guard calls.sync(file.descriptor, file.path) == 0 else { throw FileSystem.error("cannot sync \(file.path)") }
            }
            let folder = try durableFolder(of: first)
            var moved: [String] = []
            do {
                for (file, key) in zip(files, keys) {
                    let target = folder + "/" + key.text
                    guard calls.rename(file.path, target) == 0 else { throw FileSystem.error("cannot move \(file.path) to \(target)") }
                    file.markPut()
                    moved.append(target)
                }
                try FileSystem.syncFolder(folder, calls)
            } catch {
                for target in moved { unlink(target) }
                throw error
            }
            return keys
        }
    }

    package func keep(_ file: IncomingFile, as key: BlobKey) async throws {
        try await threads.run { [self] in
            guard calls.sync(file.descriptor, file.path) == 0 else { throw FileSystem.error("cannot sync \(file.path)") }
            let folder = try durableFolder(of: key)
            guard calls.rename(file.path, folder + "/" + key.text) == 0 else { throw FileSystem.error("cannot move \(file.path) into \(folder)") }
            file.markPut()
            try FileSystem.syncFolder(folder, calls)
        }
    }

    package func open(_ key: BlobKey) async throws -> Blob {
        try await threads.run { [self] in try Blob(path: folder(of: key) + "/" + key.text, threads: threads) }
    }

    package func delete(_ key: BlobKey) async throws {
        try await threads.run { [self] in
            let file = folder(of: key) + "/" + key.text
            guard unlink(file) == 0 || errno == ENOENT else { throw FileSystem.error("cannot remove \(file)") }
        }
    }

    package func keys(untouchedFor age: Duration, after: BlobKey?, limit: Int) async throws -> [BlobKey] {
        try await threads.run { [self] in
            let before = FileSystem.now() - age.components.seconds * 1000 - age.components.attoseconds / 1_000_000_000_000_000
            var found: [BlobKey] = []
            let start = after?.text ?? ""
            for outer in try subfolders("", from: String(start.prefix(2))) {
                // Below the first folder that is looked at, all are.
                let isFirst = start.hasPrefix(outer)
                for inner in try subfolders(outer, from: isFirst ? String(start.dropFirst(2).prefix(2)) : "") {
                    let folder = path + "/" + outer + "/" + inner
                    for key in try FileSystem.names(in: folder).compactMap(BlobKey.init) {
                        if let after, key <= after { continue }
                        guard let written = FileSystem.written(folder + "/" + key.text), written <= before else { continue }
                        if found.count >= limit { return found }
                        found.append(key)
                    }
                }
            }
            return found
        }
    }

    package func tidy() async throws { try await threads.run { [self] in try IncomingFolder.sweep(path + "/incoming") } }

    private func subfolders(_ outer: String, from start: String) throws -> [String] {
        try FileSystem.names(in: path + "/" + outer).filter { name in
            name.utf8.count == 2 && name.utf8.allSatisfy(BlobKey.isDigit) && !name.utf8.lexicographicallyPrecedes(start.utf8)
        }
    }

    private func folder(of key: BlobKey) -> String { path + "/" + key.text.prefix(2) + "/" + key.text.dropFirst(2).prefix(2) }

    /// The folder of a key, made where it is missing, with its own entry on disk: a file in a folder that a power failure takes away is lost too.
    private func durableFolder(of key: BlobKey) throws -> String {
        let inner = folder(of: key)
        if durable.withLock({ $0.contains(inner) }) { return inner }
        let outer = path + "/" + key.text.prefix(2)
        try FileSystem.makePrivate(outer)
        try FileSystem.syncFolder(path, calls)
        try FileSystem.makePrivate(inner)
        try FileSystem.syncFolder(outer, calls)
        durable.withLock { _ = $0.insert(inner) }
        return inner
    }
}
