import LatchkeyAccess

/// A workbook (ISO/IEC 29500) that is written as a stream: each text stands in its cell as a text, so that nothing in it can be a formula, numbers and
/// times are typed, and a further sheet begins where one is full.
package final class XLSXWriter: TableWriter {
    /// Of a sheet, by Excel's limits.
    static let mostRows = 1_048_576
    /// UTF-16 code units of a cell; what is longer is cut off.
    static let longestText = 32_767
    /// Of a sheet before it is compressed; a ZIP archive without extensions takes 4 GiB.
    private static let mostBytes = 3 << 30

    private let zip: ZipWriter
    private let columns: [String]
    private let name: String
    private let now: Timestamp
    private let mostRows: Int
    private var sheets = 0
    private var rows = 0
    private var written = 0
    private var xml: [UInt8] = []

    /// - Parameter sheet: What the sheet is called; at most 25 characters are taken, and none that Excel refuses.
    package convenience init(_ columns: [String], sheet: String, at now: Timestamp) throws {
        try self.init(columns, sheet: sheet, at: now, mostRows: Self.mostRows)
    }

    init(_ columns: [String], sheet: String, at now: Timestamp, mostRows: Int) throws {
        zip = try ZipWriter(compressing: true)
        self.columns = columns
        name = String(String.UnicodeScalarView(sheet.unicodeScalars.filter { !"[]:*?/\\'".unicodeScalars.contains($0) }.prefix(25)))
        self.now = now
        self.mostRows = mostRows
        try file("_rels/.rels", XLSXParts.rels)
        try file("xl/styles.xml", XLSXParts.styles)
        try beginSheet()
    }

    package func row(_ cells: [Cell]) throws {
        if rows >= mostRows || written >= Self.mostBytes {
            try endSheet()
            try beginSheet()
        }
        put(cells, isHead: false)
        if xml.count >= 64 * 1024 { try flush() }
    }

    package func close() throws {
        try endSheet()
        try file("xl/workbook.xml", XLSXParts.workbook((1...sheets).map(title)))
        try file("xl/_rels/workbook.xml.rels", XLSXParts.workbookRels(sheets))
        try file("[Content_Types].xml", XLSXParts.contentTypes(sheets))
        try zip.close()
    }

    package func take() -> [UInt8] { zip.take() }

    private func title(_ sheet: Int) -> String { sheet == 1 ? name : "\(name) \(sheet)" }

    private func file(_ name: String, _ text: String) throws {
        try zip.begin(name, size: nil, at: now)
        try zip.write(Array(text.utf8))
    }

    private func beginSheet() throws {
        sheets += 1
        (rows, written) = (0, 0)
        try zip.begin("xl/worksheets/sheet\(sheets).xml", size: nil, at: now)
        xml += XLSXParts.sheetStart.utf8
        put(columns.map { .text($0) }, isHead: true)
    }

    private func endSheet() throws {
        xml += XLSXParts.sheetEnd.utf8
        try flush()
    }

    private func flush() throws {
        written += xml.count
        try zip.write(xml)
        xml.removeAll(keepingCapacity: true)
    }

    // MARK: Cells

    private func put(_ cells: [Cell], isHead: Bool) {
        rows += 1
        xml += "<row>".utf8
        for cell in cells {
            switch cell {
            case .empty: xml += "<c/>".utf8
            case .text(let text): put(text, isHead: isHead)
            case .number(let number): xml += "<c><v>\(number)</v></c>".utf8
            case .time(let time): xml += "<c s=\"\(XLSXParts.timeStyle)\"><v>\(Self.serial(time))</v></c>".utf8
            }
        }
        xml += "</row>".utf8
    }

    private func put(_ text: String, isHead: Bool) {
        if text.isEmpty { return xml += "<c t=\"inlineStr\"><is><t/></is></c>".utf8 }
        var text = text
        text.withUTF8 { bytes in
            let style = isHead ? XLSXParts.headStyle : Formula.mayBegin(bytes) ? XLSXParts.textStyle : 0
            xml += style == 0 ? "<c t=\"inlineStr\">".utf8 : "<c s=\"\(style)\" t=\"inlineStr\">".utf8
            xml += "<is><t xml:space=\"preserve\">".utf8
            if bytes.count <= Self.longestText, bytes.allSatisfy(Self.isPlain) {
                xml.append(contentsOf: bytes)
            } else {
                append(String(decoding: bytes, as: UTF8.self).unicodeScalars)
            }
            xml += "</t></is></c>".utf8
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">") && byte != UInt8(ascii: "&")
            && byte != UInt8(ascii: "_")
    }

    /// Without the scalars that XML 1.0 does not have, and at most as long as a cell is.
    private func append(_ scalars: String.UnicodeScalarView) {
        var length = 0
        var rest = scalars[...]
        while let scalar = rest.popFirst() {
            length += scalar.value > 0xFFFF ? 2 : 1
            if length > Self.longestText { return }
            switch scalar {
            case "<": xml += "&lt;".utf8
            case ">": xml += "&gt;".utf8
            case "&": xml += "&amp;".utf8
            // Readers of XML make a line feed of it otherwise.
            case "\r": xml += "&#13;".utf8
            // `_x0041_` is read as A, unless its first mark is written so itself.
            case "_" where Self.isEscape(rest): xml += "_x005F_".utf8
            case "\t", "\n": xml.append(UInt8(scalar.value))
            default:
                if scalar.value >= 0x20, scalar.value & 0xFFFE != 0xFFFE { xml += String(scalar).utf8 }
            }
        }
    }

    private static func isEscape(_ rest: Substring.UnicodeScalarView) -> Bool {
        let next = Array(rest.prefix(6))
        return next.count == 6 && (next[0] == "x" || next[0] == "X") && next[5] == "_" && next[1...4].allSatisfy { $0.properties.isASCIIHexDigit }
    }

    /// Days since the end of 1899, as spreadsheets count.
    static func serial(_ time: Timestamp) -> Double { Double(time.milliseconds) / 86_400_000 + 25_569 }
}

/// The fixed parts of a workbook.
enum XLSXParts {
    static let timeStyle = 1
    /// Excel shows such a text as it is and keeps it a text when somebody edits it.
    static let textStyle = 2
    static let headStyle = 3

    private static let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
    private static let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    private static let relationships = "http://schemas.openxmlformats.org/package/2006/relationships"
    private static let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    private static let types = "application/vnd.openxmlformats-officedocument.spreadsheetml."

    static let rels =
        head
        + "<Relationships xmlns=\"\(relationships)\"><Relationship Id=\"rId1\" Type=\"\(office)/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"

    static let styles =
        head + """
            <styleSheet xmlns="\(main)"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>\
            <fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>\
            <fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>\
            <borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
            <cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
            <cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
            <xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
            <xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/>\
            <xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>\
            <cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>
            """

    /// The first row stays in sight.
    static let sheetStart =
        head + """
            <worksheet xmlns="\(main)"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>\
            </sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><sheetData>
            """
    static let sheetEnd = "</sheetData></worksheet>"

    static func workbook(_ titles: [String]) -> String {
        let sheets = titles.enumerated().map { index, title in
            "<sheet name=\"\(escaped(title))\" sheetId=\"\(index + 1)\" r:id=\"rId\(index + 2)\"/>"
        }
        return head
            + "<workbook xmlns=\"\(main)\" xmlns:r=\"\(office)\"><bookViews><workbookView/></bookViews><sheets>\(sheets.joined())</sheets></workbook>"
    }

    static func workbookRels(_ sheets: Int) -> String {
        let others = (1...sheets).map { "<Relationship Id=\"rId\($0 + 1)\" Type=\"\(office)/worksheet\" Target=\"worksheets/sheet\($0).xml\"/>" }
        return head
            + "<Relationships xmlns=\"\(relationships)\"><Relationship Id=\"rId1\" Type=\"\(office)/styles\" Target=\"styles.xml\"/>\(others.joined())</Relationships>"
    }

    static func contentTypes(_ sheets: Int) -> String {
        let others = (1...sheets).map { "<Override PartName=\"/xl/worksheets/sheet\($0).xml\" ContentType=\"\(types)worksheet+xml\"/>" }
        return head + """
            <Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">\
            <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>\
            <Override PartName="/xl/workbook.xml" ContentType="\(types)sheet.main+xml"/>\
            <Override PartName="/xl/styles.xml" ContentType="\(types)styles+xml"/>\(others.joined())</Types>
            """
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
