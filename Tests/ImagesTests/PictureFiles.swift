import CZlib
import Foundation

/// Pictures made by hand, byte by byte, good and hostile.
enum Picture {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func big(_ number: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }
    static func little(_ number: Int) -> [UInt8] { big(number).reversed() }

    static func chunk(_ type: String, _ data: [UInt8], length: Int? = nil) -> [UInt8] {
        let body = Array(type.utf8) + data
        return big(length ?? data.count) + body + big(Int(crc32(0, body, uInt(body.count))))
    }

    static func header(_ width: Int, _ height: Int) -> [UInt8] { chunk("IHDR", big(width) + big(height) + [8, 2, 0, 0, 0]) }

    static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var length = compressBound(uLong(bytes.count))
        var packed = [UInt8](repeating: 0, count: Int(length))
        compress2(&packed, &length, bytes, uLong(bytes.count), 9)
        return Array(packed.prefix(Int(length)))
    }

    /// A red picture; `more` goes between its head and its pixels.
    static func png(_ width: Int, _ height: Int, more: [UInt8] = []) -> [UInt8] {
        let row: [UInt8] = [0] + Array(repeatElement([200, 30, 30] as [UInt8], count: width).joined())
        let pixels: [UInt8] = Array(repeatElement(row, count: height).joined())
        return signature + header(width, height) + more + chunk("IDAT", deflated(pixels)) + chunk("IEND", [])
    }

    /// 30,000 × 30,000 in about 109 kB: 900 MB of pixels at one bit each.
    static func bomb() -> [UInt8] {
        let head = chunk("IHDR", big(30_000) + big(30_000) + [1, 0, 0, 0, 0])
        return signature + head + chunk("IDAT", deflated([UInt8](repeating: 0, count: 30_000 * 3_751))) + chunk("IEND", [])
    }

    static func riff(_ chunks: [UInt8]) -> [UInt8] { Array("RIFF".utf8) + little(chunks.count + 4) + Array("WEBP".utf8) + chunks }

    static func webpChunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        Array(type.utf8) + little(data.count) + data + (data.count % 2 == 1 ? [0] : [])
    }

    /// A WebP of many frames; `says` whether its head admits it.
    static func frames(_ count: Int, says: Bool) -> [UInt8] {
        let size: [UInt8] = [15, 0, 0, 15, 0, 0]
        let head = webpChunk("VP8X", [says ? 2 : 0, 0, 0, 0] + size)
        let frame = webpChunk("ANMF", [0, 0, 0, 0, 0, 0] + size + [1, 0, 0, 0] + webpChunk("VP8L", [0x2F, 0x0F, 0xC0, 0x03, 0x00, 0x07]))
        return riff(head + webpChunk("ANIM", [0, 0, 0, 0, 0, 0]) + Array(repeatElement(frame, count: count).joined()))
    }

    static func box(_ type: String, _ data: [UInt8]) -> [UInt8] { big(data.count + 8) + Array(type.utf8) + data }

    static func brand(_ major: String, _ others: String...) -> [UInt8] {
        box("ftyp", Array(major.utf8) + big(0) + others.flatMap { Array($0.utf8) }) + box("mdat", [UInt8](repeating: 7, count: 64))
    }

    /// A PDF's or ZIP's first and last bytes, as polyglots have them.
    static let zipEnd: [UInt8] = [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18)
    static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// 64 × 48, red; made once with libheif and libwebp.
    static let heic = decoded(heicText)
    static let webp = decoded(webpText)
    private static let webpText =
        "UklGRk4AAABXRUJQVlA4IEIAAACQAwCdASpAADAAPm02mEkkIyKhIqgAgA2J"
        + "ZwB2AAAqszoTaYoAAP7wOEP/4ta3C0sP//tLP/qWf/Us/xiVFKscAAA="
    private static let heicText = """
        AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAERAAAEA\
        AQAAAAABoQABAAAAAAAAABoAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmND\
        AQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAA\
        AAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAA\
        Av////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAACJtZGF0AAAAFigBrxmA70mlv//f4x/19q/4prWmPm4=
        """
    private static func decoded(_ text: String) -> [UInt8] { Array(Data(base64Encoded: text) ?? Data()) }
}
