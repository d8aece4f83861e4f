/// Why a picture is not taken. The raw values are what the worker says and what the API answers.
package enum PictureRefusal: String, Error, Sendable, CaseIterable {
    /// Not JPEG, PNG, WebP or HEIC by its bytes, or something else besides.
    case unsupportedFormat = "unsupported_format"
    /// More than 12 MiB.
    case tooLarge = "too_large"
    /// More than 40 megapixels, or 12,000 pixels on a side.
    case tooManyPixels = "too_many_pixels"
    /// More than one frame.
    case animated
    /// Cut off, contradictory, or it made the decoder fail.
    case damaged
    /// Its time was over.
    case tookTooLong = "took_too_long"

    /// For a person who sent one.
    package var sentence: String {
        switch self {
        case .unsupportedFormat: "This is no JPEG, PNG, WebP or HEIC picture."
        case .tooLarge: "A picture may have at most 12 MiB."
        case .tooManyPixels: "A picture may have at most 40 megapixels, and 12,000 pixels on a side."
        case .animated: "A picture may have one frame only."
        case .damaged: "This picture is damaged, or was cut off on its way."
        case .tookTooLong: "This picture takes too long to read."
        }
    }
}
