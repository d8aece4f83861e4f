/// A browser's name for people, from what it says of itself. Only for display: nothing depends on it.
package enum UserAgent {
    /// The first that is found counts, since browsers name others besides themselves.
    private static let families: [(mark: String, name: String)] = [
        ("Edg/", "Edge"), ("EdgA/", "Edge"), ("EdgiOS/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Vivaldi/", "Vivaldi"),
        ("YaBrowser/", "Yandex Browser"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chromium/", "Chromium"),
        ("HeadlessChrome/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"), ("Wget/", "Wget"),
        ("python-requests/", "Python"), ("python-httpx/", "Python"), ("aiohttp/", "Python"), ("Python", "Python"), ("Go-http-client/", "Go"),
        ("okhttp/", "OkHttp"), ("Java", "Java"), ("PostmanRuntime/", "Postman"),
    ]
    private static let systems: [(mark: String, name: String)] = [
        ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("CrOS", "ChromeOS"), ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]

    /// Its family and the system it runs on, such as "Firefox on Windows".
    package static func name(_ text: String) -> String {
        let browser = families.first { text.contains($0.mark) }?.name
        let system = systems.first { text.contains($0.mark) }?.name
        switch (browser, system) {
        case (let browser?, let system?): return t("%1 on %2", browser, system)
        case (let one?, nil), (nil, let one?): return one
        default: return text.isEmpty ? t("Unknown device") : String(String.UnicodeScalarView(text.unicodeScalars.prefix(40)))
        }
    }
}
