import CZxcvbn

/// How guessable a password is, by libzxcvbn (ruling 32).
package enum PasswordStrength {
    /// Promises the bits of guessing that the password costs somebody who knows the words; of the words it takes 40, of 64 bytes each.
    ///
    /// It looks at the first and the last 40 bytes and takes the better half, which the whole is never easier than: libzxcvbn's time grows
    /// with the fifth power of the length (100 bytes of "1212..." take four seconds, 40 take 40 ms).
    package static func bits(_ password: String, words: [String]) -> Double {
        let bytes = Array(password.utf8)
        let list = words.lazy.filter { !$0.isEmpty }.prefix(40).map { cString($0.utf8.prefix(64)) }
        var starts: [Int] = []
        var storage: [CChar] = []
        for word in list {
            starts.append(storage.count)
            storage += word
        }
        return storage.withUnsafeBufferPointer { words in
            var pointers: [UnsafePointer<CChar>?] = starts.map { start in words.baseAddress.map { $0 + start } } + [nil]
            let start = match(bytes.prefix(longest), &pointers)
            return bytes.count > longest ? max(start, match(bytes.suffix(longest), &pointers)) : start
        }
    }

    private static let longest = 40

    private static func match(_ text: some Sequence<UInt8>, _ words: inout [UnsafePointer<CChar>?]) -> Double {
        let bits = ZxcvbnMatch(cString(text), &words, nil)
        return bits.isFinite ? max(0, bits) : 0
    }

    /// A C string; a NUL inside becomes another control character instead of the end.
    private static func cString(_ text: some Sequence<UInt8>) -> [CChar] {
        text.map { $0 == 0 ? 1 : CChar(bitPattern: $0) } + [0]
    }
}
