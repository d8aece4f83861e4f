import CAssets
import HTTPTypes

/// The files that the binary carries, each under a path that changes with its content, so that browsers may keep it for ever.
package struct Assets: Sendable {
    private struct File: Sendable {
        let name: String, type: String, path: String
        let plain: [UInt8], gzip: [UInt8]
    }

    private let files: [String: File]
    /// An icon up to its name, and a small one: pages are full of them.
    let icon, smallIcon: HTML

    init() {
        files = Self.embedded()
        let sprite = files["icons.svg"]?.path ?? ""
        icon = "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"\(sprite)#"
        smallIcon = "<svg class=\"icon icon-sm\" aria-hidden=\"true\"><use href=\"\(sprite)#"
    }

    private static func embedded() -> [String: File] {
        var files: [String: File] = [:]
        let count = Int(lk_assets_count())
        guard let first = lk_assets() else { return [:] }
        for row in UnsafeBufferPointer(start: first, count: count) {
            guard let name = row.name, let type = row.content_type, let hash = row.hash else { continue }
            let file = File(
                name: String(cString: name), type: String(cString: type), path: "/assets/" + String(cString: hash) + "/" + String(cString: name),
                plain: Array(UnsafeBufferPointer(start: row.plain, count: Int(row.plain_size))),
                gzip: Array(UnsafeBufferPointer(start: row.gzip, count: Int(row.gzip_size))))
            files[file.name] = file
        }
        return files
    }

    /// Where a page finds this file. A name that the binary does not carry leads to a 404 and is found by the whole-app tests.
    package func path(_ name: String) -> String { files[name]?.path ?? "/assets/missing/" + name }

    package func plain(_ name: String) -> [UInt8]? { files[name]?.plain }

    package func serve(hash: String, name: String, acceptsGzip: Bool) -> Answer? {
        guard let file = files[name], file.path == "/assets/" + hash + "/" + name else { return nil }
        let isPacked = acceptsGzip && !file.gzip.isEmpty && file.gzip.count < file.plain.count
        var headers: HTTPFields = [.cacheControl: "public, max-age=31536000, immutable", .vary: "Accept-Encoding"]
        if isPacked { headers[.contentEncoding] = "gzip" }
        return Answer(200, .bytes(isPacked ? file.gzip : file.plain, type: file.type), headers: headers)
    }
}

/// The routes to the assets.
package enum AssetRoutes {
    package static let all = [
        Route.get("/assets/{hash}/{name}", .nothing(because: .asset)) { call in
            let packed = call.inbound.headers[.acceptEncoding]?.contains("gzip") == true
            guard let hash = call.parameters["hash"], let name = call.parameters["name"],
                let answer = call.house.assets.serve(hash: hash, name: name, acceptsGzip: packed)
            else { throw Problem.hidden }
            return answer
        }
    ]
}
