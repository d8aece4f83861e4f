import LatchkeyFiles

extension TableReader.Malformed.Reason {
    /// Why a line, or the whole, cannot be read, where at most `most` lines are.
    package func sentence(most: Int) -> String {
        switch self {
        case .quoteInside: t("there is a quotation mark inside a cell that is not in quotes.")
        case .afterQuote: t("something follows the end of a cell in quotes.")
        case .unclosedQuote: t("a quotation mark is never closed.")
        case .loneCarriageReturn: t("lines must end in CR LF or LF.")
        case .notUTF8: t("this is not UTF-8.")
        case .tooManyRows: t("there are more than %1 lines. Import them in pieces.", String(most))
        case .notWorkbook: t("this is no workbook (XLSX) that can be read.")
        case .encrypted: t("this workbook is protected by a password, or of an old kind. Save it as XLSX without a password.")
        case .tooManyCells: t("there are too many columns.")
        case .tooLarge: t("this workbook holds too much. Import it in pieces.")
        }
    }
}
