import CQrencode
import CZlib
import LatchkeySecrets

/// A text as a QR code (ISO/IEC 18004, error correction M), drawn with the quiet zone of four modules that readers need.
package struct QRCode: Sendable {
    private let width: Int
    /// Row by row, true for dark.
    private let modules: [Bool]

    private static let quiet = 4

    /// Nil for a text that fits no code, beyond some 2,300 bytes, and for one with a NUL.
    package init?(_ text: String) {
        guard !text.utf8.contains(0), let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { return nil }
        defer { QRcode_free(code) }
        width = Int(code.pointee.width)
        guard width > 0, let data = code.pointee.data else { return nil }
        modules = UnsafeBufferPointer(start: data, count: width * width).map { $0 & 1 == 1 }
    }

    private var size: Int { width + 2 * Self.quiet }

    /// An SVG that stands in a page, with a name for those who do not see it.
    package func svg(label: String) -> HTML {
        """
        <svg xmlns="http://www.w3.org/2000/svg" class="qr" viewBox="0 0 \(size) \(size)" role="img" aria-label="\(label)" shape-rendering="crispEdges">\
        <rect width="\(size)" height="\(size)" fill="#fff"/><path fill="#000" d="\(path)"/></svg>
        """
    }

    /// The dark runs of every row.
    private var path: String {
        var path = ""
        for row in 0..<width {
            var column = 0
            while column < width {
                guard isDark(row, column) else {
                    column += 1
                    continue
                }
                let start = column
                while column < width, isDark(row, column) { column += 1 }
                path += "M\(start + Self.quiet) \(row + Self.quiet)h\(column - start)v1h-\(column - start)z"
            }
        }
        return path
    }

    private func isDark(_ row: Int, _ column: Int) -> Bool { modules[row * width + column] }

    /// A PNG (ISO/IEC 15948) of one bit a pixel, eight pixels a module; nil without memory.
    package func png(scale: Int = 8) -> [UInt8]? {
        let pixels = size * scale
        var rows: [UInt8] = []
        for y in 0..<pixels {
            var row = [UInt8](repeating: 0xFF, count: (pixels + 7) / 8)
            let line = y / scale - Self.quiet
            for x in 0..<pixels where (0..<width).contains(line) {
                let column = x / scale - Self.quiet
                if (0..<width).contains(column), isDark(line, column) { row[x / 8] &= ~(0x80 >> UInt8(x % 8)) }
            }
            rows += [0] + row  // filter: none
        }
        guard let packed = Self.deflated(rows) else { return nil }
        let header = Self.number(pixels) + Self.number(pixels) + [1, 0, 0, 0, 0]  // one bit, grey
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + Self.chunk("IHDR", header) + Self.chunk("IDAT", packed) + Self.chunk("IEND", [])
    }

    private static func deflated(_ bytes: [UInt8]) -> [UInt8]? {
        var length = compressBound(uLong(bytes.count))
        var packed = [UInt8](repeating: 0, count: Int(length))
        guard compress2(&packed, &length, bytes, uLong(bytes.count), 9) == Z_OK else { return nil }
        return Array(packed.prefix(Int(length)))
    }

    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return number(data.count) + body + number(Int(CRC32.checksum(body)))
    }

    private static func number(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
}
