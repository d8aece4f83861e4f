/// What a browser is shown where a page is refused, missing or broken.
package enum ErrorPage {
    package static func html(_ problem: Problem, requestID: String, house: House, nonce: String) -> HTML {
        let parts = Parts(house.assets)
        let title: String
        switch problem.status {
        case 403: title = t("You have no access to this")
        case 404: title = t("There is nothing here")
        case 410: title = t("This link no longer works")
        case 503: title = t("The server is busy")
        case 500...: title = t("Something went wrong")
        default: title = Problem.title(problem.status)
        }
        let body: HTML = """
            <body class="plain"><a class="skip" href="#main">\(t("Skip to content"))</a><main id="main" tabindex="-1"><div class="sheet"><div class="brand">\(parts.icon("mark"))Latchkey</div>
            <div class="card"><h1>\(title)</h1><p class="lead">\(problem.detail)</p>
            <p class="muted">\(t("Request")) <code>\(requestID)</code></p><a class="btn btn-primary w-100" href="/">\(t("To the start"))</a></div></div></main></body></html>
            """
        return Frame.head(title, theme: "system", nonce: nonce, house.assets) + body
    }
}
