/// The rows of a workbook's first sheet, each cell as its text: what a formula came to, a number in plain figures, a moment as a spreadsheet counts it.
enum XLSXReader {
    /// Bytes of XML that are read of one workbook.
    static let mostBytes = 48 << 20
    static let mostColumns = 100
    static let mostStrings = 500_000

    static func rows(_ bytes: [UInt8], most: Int) throws(TableReader.Malformed) -> [TableReader.Row] {
        if bytes.starts(with: TableReader.compound) { throw .init(line: 1, reason: .encrypted) }
        do {
            var zip = try ZipReader(bytes, room: mostBytes)
            let strings = try Self.strings(&zip)
            guard let sheet = try zip.file(firstSheet(&zip)) else { throw ZipReader.Failed.notArchive }
            var reader = SheetReader(sheet, strings, most: most)
            return try reader.rows()
        } catch let malformed as TableReader.Malformed {
            throw malformed
        } catch ZipReader.Failed.encrypted {
            throw .init(line: 1, reason: .encrypted)
        } catch ZipReader.Failed.tooLarge {
            throw .init(line: 1, reason: .tooLarge)
        } catch {
            throw .init(line: 1, reason: .notWorkbook)
        }
    }

    /// The path of the sheet that stands first in the workbook.
    private static func firstSheet(_ zip: inout ZipReader) throws -> String {
        guard let workbook = try zip.file("xl/workbook.xml"), let rels = try zip.file("xl/_rels/workbook.xml.rels") else {
            throw XMLReader.Malformed()
        }
        var (reader, id) = (XMLReader(workbook), String?.none)
        while id == nil, let event = try reader.next() {
            if case .start("sheet", let attributes) = event { id = attributes["id"] }
        }
        reader = XMLReader(rels)
        while let event = try reader.next() {
            guard case .start("Relationship", let attributes) = event, attributes["Id"] == id, let target = attributes["Target"] else { continue }
            return target.hasPrefix("/") ? String(target.dropFirst()) : "xl/" + target
        }
        throw XMLReader.Malformed()
    }

    /// The texts that cells share.
    private static func strings(_ zip: inout ZipReader) throws -> [String] {
        guard let file = try zip.file("xl/sharedStrings.xml") else { return [] }
        var reader = XMLReader(file)
        var strings: [String] = []
        var text = RichText()
        while let event = try reader.next() {
            text.take(event)
            guard case .end("si") = event else { continue }
            if strings.count >= mostStrings { throw ZipReader.Failed.tooLarge }
            strings.append(text.hand())
        }
        return strings
    }

    /// `_x000D_` stands for a character that XML would lose.
    static func unescaped(_ text: String) -> String {
        guard text.contains("_x") || text.contains("_X") else { return text }
        var out = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            let next = Array(rest.prefix(6))
            if scalar == "_", next.count == 6, next[0] == "x" || next[0] == "X", next[5] == "_",
                let number = UInt32(String(String.UnicodeScalarView(next[1...4])), radix: 16), let meant = Unicode.Scalar(number)
            {
                out.append(meant)
                rest = rest.dropFirst(6)
            } else {
                out.append(scalar)
            }
        }
        return String(out)
    }
}

/// A text that may be made of runs in several styles.
private struct RichText {
    private var text = ""
    private var isInText = false
    /// Within how a text is to be read aloud, which is not part of it.
    private var isPhonetic = false

    mutating func take(_ event: XMLReader.Event) {
        switch event {
        case .start("rPh", _): isPhonetic = true
        case .end("rPh"): isPhonetic = false
        case .start("t", _): isInText = true
        case .end("t"): isInText = false
        case .text(let piece): if isInText, !isPhonetic { text += piece }
        default: break
        }
    }

    mutating func hand() -> String {
        defer { text = "" }
        return XLSXReader.unescaped(text)
    }
}

private struct SheetReader {
    private var reader: XMLReader
    private let strings: [String]
    private let most: Int
    private var line = 0
    private var found: [TableReader.Row] = []

    init(_ bytes: [UInt8], _ strings: [String], most: Int) {
        reader = XMLReader(bytes)
        self.strings = strings
        self.most = most
    }

    mutating func rows() throws -> [TableReader.Row] {
        var cells: [String] = []
        while let event = try reader.next() {
            switch event {
            case .start("row", let attributes):
                line = attributes["r"].flatMap { Int($0) } ?? line + 1
                cells = []
            case .start("c", let attributes):
                let column = attributes["r"].flatMap(Self.column) ?? cells.count
                guard column < XLSXReader.mostColumns else { throw TableReader.Malformed(line: line, reason: .tooManyCells) }
                while cells.count < column { cells.append("") }
                let text = try cell(attributes["t"])
                if column < cells.count { cells[column] = text } else { cells.append(text) }
            case .end("row"):
                while cells.last == "" { cells.removeLast() }
                if cells.isEmpty { continue }
                if found.count >= most { throw TableReader.Malformed(line: line, reason: .tooManyRows) }
                found.append(TableReader.Row(line: line, cells: cells))
            default: break
            }
        }
        return found
    }

    /// The text of a cell up to its end.
    private mutating func cell(_ type: String?) throws -> String {
        var inline = RichText()
        var (value, isInValue) = ("", false)
        while let event = try reader.next() {
            inline.take(event)
            switch event {
            case .start("v", _): isInValue = true
            case .end("v"): isInValue = false
            case .text(let piece): if isInValue { value += piece }
            case .end("c"):
                switch type {
                case "inlineStr": return inline.hand()
                case "s":
                    guard let index = Int(value), strings.indices.contains(index) else { throw XMLReader.Malformed() }
                    return strings[index]
                case "b": return value == "1" ? "true" : "false"
                case "str": return XLSXReader.unescaped(value)
                default: return value
                }
            default: break
            }
        }
        throw XMLReader.Malformed()
    }

    /// `B7` is in column 1; nil for what names no cell.
    private static func column(_ reference: String) -> Int? {
        var column = 0
        for byte in reference.utf8 {
            guard byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") else { break }
            column = column * 26 + Int(byte - 64)
            if column > 20_000 { return nil }
        }
        return column == 0 ? nil : column - 1
    }
}
