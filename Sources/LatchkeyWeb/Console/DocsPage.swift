import LatchkeyAccess
import LatchkeyGate

/// The API's description, to browse: Swagger UI over our own file.
package enum DocsPage {
    package static let routes = [
        Route.get("/api/docs", .nothing(because: .description), face: .page) { call in
            try call.noQuery()
            let assets = call.house.assets
            let parts = Parts(assets)
            let html: HTML = """
                <!doctype html>
                <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
                <title>\(t("API reference")) · Latchkey</title><link rel="icon" href="\(assets.path("favicon.svg"))" type="image/svg+xml">
                <link rel="stylesheet" href="\(assets.path("latchkey.css"))"><link rel="stylesheet" href="\(assets.path("swagger-ui.css"))">
                <script nonce="\(call.nonce)" src="\(assets.path("swagger-ui-bundle.js"))" defer></script>
                <script nonce="\(call.nonce)" src="\(assets.path("reference.js"))" defer></script></head>
                <body><div class="docs"><header class="page-head"><div><h1>\(t("API reference"))</h1>
                <p>\(t("Every operation, from the same file that the server is tested against."))</p></div>
                <div class="actions"><a class="btn" href="/api/openapi.yaml">\(parts.icon("download"))openapi.yaml</a></div></header>
                <div class="reference" id="reference" data-url="/api/openapi.yaml"><noscript><p>\(t("Without JavaScript, read openapi.yaml."))</p></noscript></div></div></body></html>
                """
            return .page(html)
        }
    ]
}

/// Where "Need help?" leads.
package enum HelpPage {
    package static let routes = [
        Route.get("/help", .need(.anyone)) { call in
            let frame = Frame(call)
            let around = call.caller?.surroundings
            let ways: [(String, HTML)] =
                [
                    around?.supportEmail.map { email in (t("E-mail"), "<a href=\"mailto:\(email)\">\(email)</a>" as HTML) },
                    around?.supportPhone.map { phone in (t("Phone"), "<a href=\"tel:\(phone)\">\(phone)</a>" as HTML) },
                ].compactMap { $0 }
            let text =
                ways.isEmpty
                ? frame.parts.empty(
                    t("No support contact yet"), t("Ask whoever gave you your sign-in: they can set a contact for this account."), icon: "help")
                : frame.parts.card(t("Support"), frame.parts.details(ways))
            return frame.page(t("Help"), at: .elsewhere, narrow: true, frame.parts.head("\(t("Need help?"))") + text)
        }
    ]
}
