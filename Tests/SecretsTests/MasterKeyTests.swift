import Foundation
import LatchkeySecrets
import Testing

@Suite struct MasterKeyTests {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lk-" + Random.base62(12))
    var path: String { folder.appendingPathComponent("master.key").path }

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    @Test func whatIsSealedIsOpenedWithTheKeyFromTheFile() throws {
        let key = try MasterKey.create(at: path)
        let again = try MasterKey.load(path: path)
        for plain in [[], [0], Array("https://example.com/l/x".utf8), Random.bytes(5_000)] {
            let sealed = key.seal(plain, context: "links/token/acc_1/lnk_1")
            #expect(sealed.count == plain.count + 41)
            let opened = try again.open(sealed, context: "links/token/acc_1/lnk_1")
            #expect(opened == plain)
        }
        #expect(key.seal([1], context: "") != key.seal([1], context: ""))
    }

    @Test func everyChangedBitIsRefused() throws {
        let key = try MasterKey.create(at: path)
        let sealed = key.seal(Array("secret".utf8), context: "a")
        for bit in 0..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: SealError.self) { try key.open(changed, context: "a") }
        }
        for length in sealed.indices { #expect(throws: SealError.self) { try key.open(Array(sealed.prefix(length)), context: "a") } }
        #expect(throws: SealError.refused) { try key.open(sealed + [0], context: "a") }
        #expect(throws: SealError.refused) { try key.open(sealed, context: "b") }
        #expect(throws: SealError.malformed) { try key.open([], context: "a") }
    }

    @Test func aWrongKeyIsNoticed() throws {
        let canary = try MasterKey.create(at: path).makeCanary()
        let same = try MasterKey.load(path: path)
        let other = try MasterKey.create(at: path + "2")
        #expect(same.recognises(canary: canary))
        #expect(!other.recognises(canary: canary))
        #expect(!same.recognises(canary: []))
    }

    @Test func anOldKeyStillOpensAndTheNewestSeals() throws {
        let old = try MasterKey.create(at: path)
        let sealed = old.seal([7], context: "c")
        try MasterKey.create(at: path + "2")
        let second = try String(contentsOfFile: path + "2", encoding: .utf8).replacing("1 ", with: "2 ", maxReplacements: 1)
        try (String(contentsOfFile: path, encoding: .utf8) + second).write(toFile: path + "3", atomically: true, encoding: .utf8)
        let both = try MasterKey.load(path: path + "3")
        let opened = try both.open(sealed, context: "c")
        #expect(opened == [7])
        #expect(both.seal([7], context: "c").first == 2)
        #expect(throws: SealError.unknownKey(2)) { try old.open(both.seal([7], context: "c"), context: "c") }
    }

    @Test func theFileIsPrivateAndNeverReplaced() throws {
        let before = umask(0)
        defer { umask(before) }
        try MasterKey.create(at: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(mode == 0o600)
        #expect(throws: MasterKeyFileError.self) { try MasterKey.create(at: path) }
        let after = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(after == bytes)
    }

    @Test(arguments: ["", "\n", "1", "1 abc", "0 \(k)", "256 \(k)", "-1 \(k)", "1 \(k)=", "1 \(k)\n1 \(k)", "1  \(k)", "\u{FEFF}1 \(k)", "1 \(k)A"])
    func aFileThatIsNoKeyIsRefused(text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: MasterKeyFileError.self) { try MasterKey.load(path: path) }
    }

    static let k = String(repeating: "A", count: 43)

    @Test func aMissingFileIsAnErrorWithItsName() {
        let error = #expect(throws: MasterKeyFileError.self) { try MasterKey.load(path: path) }
        #expect(error?.description.contains(path) == true)
        #expect(throws: MasterKeyFileError.self) { try MasterKey.load(path: folder.path) }
        #expect(throws: MasterKeyFileError.self) { try MasterKey.create(at: folder.path + "/none/master.key") }
    }

    @Test func theKeyNeverPrintsItself() throws {
        let key = try MasterKey.create(at: path)
        var dumped = ""
        dump(key, to: &dumped)
        #expect("\(key)" == "master key 1" && String(reflecting: key) == "master key 1")
        #expect(!dumped.contains("keys"))
    }
}
