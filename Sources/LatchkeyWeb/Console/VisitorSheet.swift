import LatchkeyJSON

extension Frame {
    /// A small page for a customer on a phone: the branch's name, one card, no way into the console. Not for search engines.
    package func visitor(_ title: String, brand: String, manifest: String? = nil, wide: Bool = false, _ card: HTML, status: Int = 200) -> Answer {
        let assets = call.house.assets
        let head: HTML = """
            <!doctype html>
            <html lang="en" data-bs-theme="system"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title) · \(brand)</title><meta name="robots" content="noindex"><meta name="apple-mobile-web-app-title" content="\(brand)">
            <meta name="format-detection" content="telephone=no">\(manifest.map { path -> HTML in "<link rel=\"manifest\" href=\"\(path)\">" })
            <link rel="icon" href="\(assets.path("favicon.svg"))" type="image/svg+xml"><link rel="stylesheet" href="\(assets.path("latchkey.css"))">
            <script nonce="\(call.nonce)" src="\(assets.path("first.js"))"></script>
            <script nonce="\(call.nonce)" src="\(assets.path("latchkey.js"))" defer></script></head>
            """
        let body: HTML = """
            <body class="plain visitor"><a class="skip" href="#main">\(t("Skip to content"))</a>\(bars(nil))
            <main id="main" tabindex="-1"><div class="sheet\(if: wide, " wide")"><div class="brand"><bdi>\(brand)</bdi></div>
            <div class="card">\(card)</div></div></main></body></html>
            """
        return .page(head + body, status: status)
    }

    /// What lets a page be put on a phone's home screen (W3C Web Application Manifest), under the branch's name.
    package func manifest(brand: String, start path: String) -> Answer {
        let json: JSON = [
            "name": .string(brand), "short_name": .string(brand), "start_url": .string(path), "scope": .string(path), "display": "standalone",
            "background_color": "#f6f7f9", "theme_color": "#f6f7f9",
            "icons": [["src": .string(call.house.assets.path("favicon.svg")), "sizes": "any", "type": "image/svg+xml"]],
        ]
        return Answer(200, .bytes(json.encode(), type: "application/manifest+json"))
    }
}
