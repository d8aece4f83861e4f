import Foundation

/// The system calls that a store stands on, so that a test can watch their order and have them fail.
struct FileCalls: Sendable {
    var sync: @Sendable (_ descriptor: Int32, _ path: String) -> Int32 = { descriptor, _ in fsync(descriptor) }
    var rename: @Sendable (_ from: String, _ to: String) -> Int32 = { Foundation.rename($0, $1) }
}

/// Files and folders that nobody but the server's own user may read.
enum FileSystem {
    /// The last system error; `full` for every way in which a disk has no room.
    static func error(_ what: String) -> BlobError {
        errno == ENOSPC || errno == EDQUOT ? .full : .unavailable("\(what): \(String(cString: strerror(errno)))")
    }

    /// Makes a folder (0700) where it is missing, and takes everybody else's rights from one that is there; throws for another user's. Answers
    /// whether it is new.
    @discardableResult
    static func makePrivate(_ path: String) throws -> Bool {
        let isNew = mkdir(path, 0o700) == 0
        guard isNew || errno == EEXIST else { throw error("cannot create the folder \(path)") }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw error("cannot look at the folder \(path)") }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw BlobError.unavailable("\(path) is not a folder") }
        guard status.st_uid == geteuid() else {
            throw BlobError.unavailable("the folder \(path) belongs to user \(status.st_uid), this process runs as \(geteuid())")
        }
        guard status.st_mode & 0o777 == 0o700 || chmod(path, 0o700) == 0 else { throw error("cannot restrict \(path)") }
        return isNew
    }

    /// Waits until a folder's entries are on disk.
    static func syncFolder(_ path: String, _ calls: FileCalls) throws {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw error("cannot open the folder \(path)") }
        defer { close(folder) }
        guard calls.sync(folder, path) == 0 else { throw error("cannot sync the folder \(path)") }
    }

    static func size(of descriptor: Int32) throws -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0, let size = Int(exactly: status.st_size) else { throw error("cannot look at a file") }
        return size
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32, at offset: Int) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset + done)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw error("cannot write a file") }
            done += count
        }
    }

    static func read(_ descriptor: Int32, at offset: Int, upTo count: Int) throws -> [UInt8] {
        guard offset >= 0, count > 0 else { return [] }
        var failure: BlobError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                let got = pread(descriptor, buffer.baseAddress?.advanced(by: done), count - done, off_t(offset + done))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = error("cannot read a file") }
                if got <= 0 { break }
                done += got
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// The names in a folder, in their order; none where there is no such folder.
    static func names(in path: String) throws -> [String] {
        guard let folder = opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw error("cannot list the folder \(path)")
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// When a file was last written, in milliseconds of Unix time; nil where it is gone.
    static func written(_ path: String) -> Int64? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
    }

    /// What the files' times are compared with.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
