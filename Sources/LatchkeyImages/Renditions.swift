import LatchkeyBlobs
import LatchkeyJSON

/// Clean copies of a picture: upright JPEGs in sRGB with nothing in them but pixels. Each goes with its last reference unless it is put into a store.
package struct Renditions: Sendable {
    package struct Rendition: Sendable {
        package let file: IncomingFile
        package let width: Int
        package let height: Int
        package let bytes: Int
    }

    /// As sent, at most 2560 pixels on the long side.
    package let full: Rendition
    /// At most 1280.
    package let large: Rendition
    /// At most 320.
    package let thumb: Rendition

    package static let mediaType = "image/jpeg"
}

/// What a worker says of itself, believed only as far as the files bear it out: a picture may have taken the worker over.
struct WorkerAnswer {
    static let longest = 512
    private static let names = ["full": 2560, "large": 1280, "thumb": 320]

    /// The renditions that an answer tells of; throws the refusal that it tells of, and `damaged` for everything that is no answer.
    static func read(_ line: [UInt8], full: IncomingFile, large: IncomingFile, thumb: IncomingFile) throws -> Renditions {
        guard line.count < longest, line.last == 0x0A, let json = try? JSON.parse(Array(line.dropLast())) else { throw PictureRefusal.damaged }
        if let code = json["refused"]?.text { throw PictureRefusal(rawValue: code) ?? .damaged }
        return Renditions(
            full: try rendition("full", json, full), large: try rendition("large", json, large), thumb: try rendition("thumb", json, thumb))
    }

    private static func rendition(_ name: String, _ json: JSON, _ file: IncomingFile) throws -> Renditions.Rendition {
        func number(_ member: String) -> Int? { json[name]?[member]?.integer.flatMap { Int(exactly: $0) } }
        guard let width = number("width"), let height = number("height"), let bytes = number("bytes"), let most = names[name],
            (1...most).contains(width), (1...most).contains(height), try file.size() == bytes, bytes > 4
        else { throw PictureRefusal.damaged }
        let (head, tail) = (try file.read(at: 0, upTo: 3), try file.read(at: bytes - 2, upTo: 2))
        guard head == [0xFF, 0xD8, 0xFF], tail == [0xFF, 0xD9] else { throw PictureRefusal.damaged }
        return .init(file: file, width: width, height: height, bytes: bytes)
    }
}
