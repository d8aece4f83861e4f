import LatchkeyWeb

/// The capture URL of a session in the console: to copy, to show as a QR code, to hand to the phone's own messages, to be mailed from here. Plain
/// links and forms do all of it.
enum SessionCapture {
    static func card(_ url: String, of session: Session, _ form: FormView, _ parts: Parts) -> HTML {
        let text = t("Please take the photos of your vehicle here: %1", url)
        return parts.card(
            t("Capture link"),
            """
            <p class="muted">\(t("With it the customer takes the photos of %1, and comes back until it is done. Hand it to nobody else.", session.code))</p>
            <label class="visually-hidden" for="capture-url">\(t("Capture link"))</label>\
            <div class="copy-row"><input class="form-control mono" id="capture-url" value="\(url)" readonly>\
            <button class="btn js-only" type="button" data-copy-from="capture-url">\(parts.icon("copy"))<span data-label-text>\(t("Copy"))</span></button></div>
            <div class="actions mt-2"><a class="btn" href="\(sms(session, text))">\(parts.icon("mobile"))\(t("Text message"))</a>\
            <a class="btn" href="\(mail(session, text))">\(parts.icon("mail"))\(t("Mail program"))</a>\
            <button class="btn" type="button" hidden data-share="\(url)" data-share-text="\(t("Please take the photos of your vehicle here."))">\(parts.icon("share"))\(t("Share"))</button></div>
            <form class="mt-3" method="post" action="\(SessionsPages.path)/\(session.id)/send">\
            \(form.offering(session.contact.email, in: "email").text("email", t("Customer's e-mail"), .email))\
            <button class="btn" type="submit">\(parts.icon("mail"))\(t("Send by e-mail"))</button></form>
            \(QRCode(url).map { code -> HTML in "<details class=\"mt-2\"><summary>\(t("QR code"))</summary>\(code.svg(label: t("QR code of the capture link of %1", session.code)))</details>" })
            """)
    }

    /// RFC 5724; `?&` is what both large phone systems read.
    private static func sms(_ session: Session, _ text: String) -> String {
        "sms:" + (session.contact.phone ?? "") + "?&body=" + PercentEncoding.encode(text)
    }

    private static func mail(_ session: Session, _ text: String) -> String {
        let address = session.contact.email.map { PercentEncoding.encode($0).replacing("%40", with: "@") } ?? ""
        return "mailto:" + address + "?" + PercentEncoding.query([("subject", t("Photos of your vehicle")), ("body", text)])
    }
}
