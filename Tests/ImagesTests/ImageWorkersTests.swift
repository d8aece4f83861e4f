import Foundation
import LatchkeyBlobs
import Testing

@testable import LatchkeyImages

/// A store of its own and workers for one test.
struct Lab {
    let folder: String
    let store: FolderBlobs
    let workers: ImageWorkers

    init(workers: ImageWorkers = ImageWorkers()) throws {
        folder = NSTemporaryDirectory() + "latchkey-images-" + UUID().uuidString
        store = try FolderBlobs(path: folder)
        self.workers = workers
    }

    func tidy() { try? FileManager.default.removeItem(atPath: folder) }

    @discardableResult
    static func with<T>(_ workers: ImageWorkers = ImageWorkers(), _ body: (Lab) async throws -> T) async throws -> T {
        let lab = try Lab(workers: workers)
        defer { lab.tidy() }
        return try await body(lab)
    }

    func renditions(_ bytes: [UInt8], around: Int = 0) async throws -> Renditions {
        let file = try await store.incoming()
        let frame = [UInt8](repeating: 0x2D, count: around)
        try await file.append(frame + bytes + frame)
        return try await workers.renditions(of: file, around..<(around + bytes.count), in: store)
    }

    /// Why a picture is refused, nil where it is not, and how long that took.
    func refusal(_ bytes: [UInt8]) async throws -> (PictureRefusal?, Duration) {
        let started = ContinuousClock.now
        do {
            _ = try await renditions(bytes)
            return (nil, .now - started)
        } catch let refusal as PictureRefusal { return (refusal, .now - started) }
    }

    /// A worker that a test wrote.
    static func script(_ lines: String, timeLimit: Duration = .seconds(5), atOnce: Int = 2, queueLimit: Int = 64) throws -> ImageWorkers {
        let path = NSTemporaryDirectory() + "latchkey-worker-" + UUID().uuidString
        _ = FileManager.default.createFile(
            atPath: path, contents: Data(("#!/bin/sh\n" + lines + "\n").utf8), attributes: [.posixPermissions: 0o700])
        let setLease: Int32 = 1024  // F_SETLEASE of <fcntl.h>, which is not imported
        // A child that another test starts meanwhile has the file open for writing until its exec, and such a file cannot be run: a lease on reading
        // is given only where nobody writes.
        let file = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        for _ in 0..<2000 {
            if fcntl(file, setLease, F_RDLCK) == 0 { break }
            usleep(1000)
        }
        _ = fcntl(file, setLease, F_UNLCK)
        return ImageWorkers(executable: path, atOnce: atOnce, queueLimit: queueLimit, timeLimit: timeLimit)
    }
}

@Suite(.serialized) struct ImageWorkersTests {
    @Test func aPictureBecomesThree() async throws {
        try await Lab.with { lab in
            let made = try await lab.renditions(Picture.png(3000, 300), around: 777)
            let sizes: [Int] = [made.full.width, made.full.height, made.large.width, made.large.height]
            #expect(sizes == [2560, 256, 1280, 128])
            #expect(made.thumb.width == 320 && made.thumb.height == 32)
            let keys = try await lab.store.put([made.full.file, made.large.file, made.thumb.file])
            let full = try await lab.store.contents(of: keys[0], limit: 1 << 20)
            #expect(full.count == made.full.bytes && full.starts(with: [0xFF, 0xD8, 0xFF]))
        }
    }

    @Test(arguments: [("PNG", Picture.png(64, 48)), ("WebP", Picture.webp), ("HEIC", Picture.heic)])
    func eachFormatIsTakenByItsBytesAndNeverMadeLarger(name: String, bytes: [UInt8]) async throws {
        try await Lab.with { lab in
            let made = try await lab.renditions(bytes)
            for one in [made.full, made.large, made.thumb] { #expect(one.width == 64 && one.height == 48, "\(name)") }
        }
    }

    @Test func aJPEGIsTakenAndACutOneIsNot() async throws {
        try await Lab.with { lab in
            let made = try await lab.renditions(Picture.png(640, 480))
            let jpeg = try made.full.file.read(at: 0, upTo: made.full.bytes)
            let again = try await lab.renditions(jpeg)
            #expect(again.full.width == 640)
            for cut in [jpeg.count - 2, jpeg.count - 100, jpeg.count / 2, 300, 20, 4] {
                let (refusal, _) = try await lab.refusal(Array(jpeg.prefix(cut)))
                #expect(refusal == .damaged, "cut at \(cut)")
            }
            // A phone's second picture behind the first is no harm, a page or an archive is.
            let (second, _) = try await lab.refusal(jpeg + jpeg)
            let (page, _) = try await lab.refusal(jpeg + Picture.text("<HTML><script>alert(1)</script>"))
            let (archive, _) = try await lab.refusal(jpeg + Picture.zipEnd)
            let document = Array(jpeg.prefix(2)) + [0xFF, 0xFE, 0, 11] + Picture.text("%PDF-1.7\n") + jpeg.dropFirst(2)
            let (pdf, _) = try await lab.refusal(document)
            #expect(second == nil && page == .unsupportedFormat && archive == .unsupportedFormat && pdf == .unsupportedFormat)
        }
    }

    static let hostile: [(String, PictureRefusal, [UInt8])] = [
        ("nothing", .unsupportedFormat, []), ("text", .unsupportedFormat, Picture.text("Hello")), ("one byte", .unsupportedFormat, [0xFF]),
        ("SVG", .unsupportedFormat, Picture.text("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>1</script></svg>")),
        ("GIF", .unsupportedFormat, Picture.text("GIF89a") + [1, 0, 1, 0, 0, 0, 0, 0x3B]),
        ("BMP", .unsupportedFormat, Picture.text("BM") + [0, 0, 0, 0]),
        ("TIFF", .unsupportedFormat, Picture.text("II*") + [0, 8, 0, 0, 0]), ("PDF", .unsupportedFormat, Picture.text("%PDF-1.7\n")),
        ("EPS", .unsupportedFormat, Picture.text("%!PS-Adobe-3.0 EPSF-3.0\n")), ("AVIF", .unsupportedFormat, Picture.brand("avif", "mif1", "miaf")),
        ("MP4", .unsupportedFormat, Picture.brand("isom", "mp42")), ("empty HEIC", .damaged, Picture.brand("heic", "mif1", "heic")),
        ("HEIC sequence", .animated, Picture.brand("hevc", "msf1", "heic")), ("cut HEIC", .damaged, Array(Picture.heic.prefix(400))),
        ("PNG bomb", .tooManyPixels, Picture.bomb()),
        ("PNG of 12,001 × 1", .tooManyPixels, Picture.signature + Picture.header(12_001, 1)),
        ("PNG of 8,000 × 8,000", .tooManyPixels, Picture.signature + Picture.header(8_000, 8_000)),
        ("PNG of 4 billion", .tooManyPixels, Picture.signature + Picture.header(0xFFFF_FFFF, 0xFFFF_FFFF)),
        ("PNG of no size", .damaged, Picture.signature + Picture.header(0, 10)),
        ("PNG without head", .damaged, Picture.signature + Picture.chunk("IDAT", [])),
        ("PNG of 2 heads", .damaged, Picture.png(4, 4, more: Picture.header(30_000, 30_000))),
        ("huge chunk", .damaged, Picture.png(4, 4, more: Picture.chunk("iTXt", [1, 2, 3], length: 0x7FFF_FFFF))),
        ("chunk of 4 GiB", .damaged, Picture.png(4, 4, more: Picture.chunk("zTXt", [], length: 0xFFFF_FFF0))),
        ("animated PNG", .animated, Picture.png(4, 4, more: Picture.chunk("acTL", Picture.big(9999) + Picture.big(0)))),
        ("cut PNG", .damaged, Array(Picture.png(400, 400).dropLast(20))),
        (
            "PNG of too few pixels", .damaged,
            Picture.signature + Picture.header(2000, 2000) + Picture.chunk("IDAT", Picture.deflated([0, 1, 2])) + Picture.chunk("IEND", [])
        ),
        ("PNG with a page", .unsupportedFormat, Picture.png(4, 4) + Picture.text("<svg/onload=alert(1)>")),
        ("PNG with an archive", .unsupportedFormat, Picture.png(4, 4) + Picture.zipEnd),
        ("WebP of 10,000 frames", .animated, Picture.frames(10_000, says: true)),
        ("WebP that hides its frames", .animated, Picture.frames(10_000, says: false)), ("cut WebP", .damaged, Array(Picture.webp.dropLast(9))),
        ("empty WebP", .damaged, Picture.riff([])),
        ("WebP of 16,384 × 16,384", .tooManyPixels, Picture.riff(Picture.webpChunk("VP8L", [0x2F, 0xFF, 0xFF, 0xFF, 0x0F, 0]))),
        ("JPEG of nothing", .damaged, [0xFF, 0xD8, 0xFF, 0xD9]),
        ("JPEG of 65,535 × 65,535", .tooManyPixels, [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0xFF, 0xFF, 0xFF, 0xFF, 1, 1, 0x11, 0, 0xFF, 0xD9]),
        ("JPEG of garbage", .damaged, [0xFF, 0xD8, 0xFF] + (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }),
        ("13 MiB", .tooLarge, Picture.signature + [UInt8](repeating: 0, count: 13 << 20)),
    ]

    @Test func whatIsHostileIsRefusedAndLeavesNothing() async throws {
        try await Lab.with { lab in
            for (name, expected, bytes) in Self.hostile {
                let (refusal, _) = try await lab.refusal(bytes)
                #expect(refusal == expected, "\(name)")
            }
            // The last thread may still be about to let its file go.
            func left() -> Int { FileManager.default.enumerator(atPath: lab.folder + "/incoming")?.allObjects.count ?? 9 }
            for _ in 0..<1000 where left() != 2 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(left() == 2, "a file was left")
        }
    }

    /// Any byte may be wrong anywhere: never more than a refusal.
    @Test func aPictureWithWrongBytesIsNoHarm() async throws {
        try await Lab.with { lab in
            for (seed, whole) in [Picture.png(40, 30), Picture.webp, Picture.heic].enumerated() {
                for round in 0..<8 {
                    var bytes = whole
                    for number in 0...round { bytes[(seed * 7919 + round * 104_729 + number * 31) % bytes.count] ^= UInt8(1 << (number % 8)) }
                    let (refusal, _) = try await lab.refusal(bytes)
                    #expect(refusal != .tookTooLong)
                }
            }
        }
    }
}
