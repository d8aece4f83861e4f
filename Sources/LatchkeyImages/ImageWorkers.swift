import Foundation
import LatchkeyBlobs
import LatchkeyThreads

/// Makes renditions of untrusted pictures, each in a child process of its own that ends with it (`latchkey-images`): a bounded number at once, a
/// bounded queue, and a limit on time. A picture can end its own process and nothing else.
package final class ImageWorkers: Sendable {
    /// All children are busy and the queue is full: answer 503.
    package typealias Overloaded = BlockingThreads.Overloaded

    /// The worker cannot be run at all, whatever the picture: answer 503; for the log.
    package struct Unavailable: Error, CustomStringConvertible {
        package let description: String
    }

    private let executable: String
    private let timeLimit: Duration
    private let threads: BlockingThreads

    /// As many children at once as the machine has cores, unless told otherwise. Nothing is started before it is needed.
    package init(
        executable: String = ImageWorkers.besideThisProgram, atOnce: Int = ProcessInfo.processInfo.activeProcessorCount, queueLimit: Int = 64,
        timeLimit: Duration = .seconds(8)
    ) {
        self.executable = executable
        self.timeLimit = timeLimit
        threads = BlockingThreads("images", threads: atOnce, queueLimit: queueLimit)
    }

    /// Where the worker is installed: in the folder of the running program.
    package static var besideThisProgram: String {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments.first ?? ""
        return URL(fileURLWithPath: program).deletingLastPathComponent().path + "/latchkey-images"
    }

    /// Why no picture can be taken here; nil where the worker is in its place.
    package var obstacle: String? { access(executable, X_OK) == 0 ? nil : "there is no image worker at \(executable)" }

    /// How many pictures wait or are being read.
    package var underWay: Int { threads.underWay }

    /// Clean renditions of the picture in this range of a file, as incoming files of a store.
    /// - Throws: `PictureRefusal`, `Overloaded`, `Unavailable`; `BlobError` where the store has no room.
    package func renditions(of picture: IncomingFile, _ range: Range<Int>, in store: any BlobStore) async throws -> Renditions {
        guard range.count <= 12 * 1024 * 1024 else { throw PictureRefusal.tooLarge }
        let (full, large, thumb) = (try await store.incoming(), try await store.incoming(), try await store.incoming())
        return try await threads.run { [executable, timeLimit] in
            let child = ChildProcess(
                executable: executable, arguments: [String(range.lowerBound), String(range.count)], input: picture.descriptor,
                files: [full.descriptor, large.descriptor, thumb.descriptor], outputLimit: WorkerAnswer.longest, timeLimit: timeLimit)
            switch try child.run() {
            case .exited(0, let output): return try WorkerAnswer.read(output, full: full, large: large, thumb: thumb)
            case .exited(127, _), .exited(126, _): throw Unavailable(description: "the image worker at \(executable) cannot be run")
            case .exited, .killed: throw PictureRefusal.damaged
            case .timedOut: throw PictureRefusal.tookTooLong
            }
        }
    }
}
