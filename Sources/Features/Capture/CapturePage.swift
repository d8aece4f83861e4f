import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SessionsFeature

/// The customer's page, for a phone first. Everything on it works without JavaScript.
struct CapturePage {
    private let call: Call
    private let progress: CaptureProgress
    private let photos: any CapturePhotos
    private let parts: Parts

    init(_ call: Call, _ progress: CaptureProgress, _ photos: any CapturePhotos) {
        self.call = call
        self.progress = progress
        self.photos = photos
        parts = Parts(call.house.assets)
    }

    private var session: Session { progress.session }
    private var own: String { call.capturePath }

    func answer(refused form: FormData? = nil, _ problem: Problem? = nil) -> Answer {
        let (title, card): (String, HTML) =
            switch session.status(at: call.now) {
            case .idle: (t("Photos of your vehicle"), begin)
            case .started, .process: (t("Photos of your vehicle"), steps(form, problem))
            default: (t("Thank you"), finished)
            }
        var answer = Frame(call).visitor(
            title, brand: progress.brand, manifest: own + "/app.webmanifest", wide: true, card, status: problem?.status ?? 200)
        // The one page with a camera.
        answer.headers[.permissionsPolicy] = "camera=(self), microphone=(), geolocation=()"
        return answer
    }

    /// Why nothing can be done here any more.
    static func over(_ call: Call, _ problem: Problem, brand: String) -> Answer {
        let isExpired = problem.code == "session_expired"
        let title = isExpired ? t("The time for this is over") : t("This cannot be gone on with")
        let text =
            isExpired
            ? t("The photos were not finished in time. Ask %1 for a new link.", brand)
            : t("%1 does not take photos at the moment.", brand)
        return Frame(call).visitor(title, brand: brand, "<h1>\(title)</h1><p class=\"lead\">\(text)</p>", status: problem.status)
    }

    private var code: HTML {
        "<p class=\"muted\">\(t("Your code, if you call us:")) <strong class=\"mono\">\(session.code)</strong></p>"
    }

    // MARK: Before, between, after

    private var begin: HTML {
        """
        <h1>\(t("Photos of your vehicle"))</h1><p class="lead">\(t("It takes a few minutes: you walk around the vehicle and take its photos with this phone. You can stop at any time and come back to this page."))</p>
        \(code)<form method="post" action="\(own)/start"><button class="btn btn-primary w-100" type="submit">\(t("Get started"))</button></form>
        """
    }

    private var finished: HTML {
        let isExpired = session.status(at: call.now) == .expired
        let next = session.redirectURL.map { url -> HTML in
            "<p class=\"mt-3\"><a class=\"btn btn-primary w-100\" href=\"\(url)\" rel=\"noreferrer\">\(t("Go on"))</a></p>"
        }
        return """
            <h1>\(parts.icon("success")) \(t("Thank you"))</h1><p class="lead">\(isExpired ? t("The time for this is over.") : t("Everything was sent to %1. You can close this page.", progress.brand))</p>
            \(code)\(next)
            """
    }

    private func steps(_ form: FormData?, _ problem: Problem?) -> HTML {
        let done = progress.steps.filter(\.isDone).count
        let items = progress.steps.map { item($0, form, problem) }
        return """
            <h1>\(t("Photos of your vehicle"))</h1><p class="lead">\(t("%1 of %2 done. What is done is kept: you can come back to this page.", String(done), String(progress.steps.count)))</p>
            \(problem.map { summary($0) })\(refusedPhoto)\(code)<ol class="steps">\(items)</ol>
            <form method="post" action="\(own)/finish"><button class="btn btn-primary w-100" type="submit">\(t("Send everything"))</button></form>
            """
    }

    /// A photo that came by a form and was not taken.
    private var refusedPhoto: HTML {
        guard let code = call.pageQuery()["refused"], let text = photos.sentence(refused: code) else { return "" }
        return "<div class=\"alert alert-danger\" role=\"alert\" tabindex=\"-1\" data-focus>\(parts.icon("error"))<div>\(text)</div></div>"
    }

    /// What is missing or wrong, with links to the steps.
    private func summary(_ problem: Problem) -> HTML {
        let items = problem.errors.map { error -> HTML in
            guard let step = CaptureStep.named(error.field) else { return "<li>\(error.message)</li>" }
            return "<li><a href=\"#step-\(step.id)\">\(step.label)</a></li>"
        }
        let title = problem.code == "steps_missing" ? t("These are still missing:") : t("This cannot be taken yet:")
        return """
            <div class="alert alert-danger" role="alert" tabindex="-1" data-focus>\(parts.icon("error"))<div><h2>\(title)</h2><ul>\(items)</ul></div></div>
            """
    }

    private func item(_ step: CaptureProgress.Step, _ form: FormData?, _ problem: Problem?) -> HTML {
        """
        <li id="step-\(step.step.id)"\(attribute: "class", step.isDone ? "done" : nil)><h2>\(parts.icon(step.isDone ? "success" : "camera"))\(step.step.label)\
        \(if: step.isDone, " <span class=\"visually-hidden\">(\(t("done")))</span>")</h2>\
        \(if: !step.isDone, "<p class=\"sub\">\(step.step.help)</p>")\
        \(photos.form(for: step.step, isDone: step.hasPhoto, action: own + "/photos", parts))\(if: step.step.isTyped, typed(step, form, problem))</li>
        """
    }

    private func typed(_ step: CaptureProgress.Step, _ form: FormData?, _ problem: Problem?) -> HTML {
        let id = "text-" + step.step.id
        let wasRefused = form?["step"] == step.step.id
        let error = wasRefused ? problem?.errors.first { $0.field == "text" }?.message : nil
        let isOdometer = step.step.id == "odometer"
        let known = isOdometer ? session.vehicle.odometer.map { String($0) } : session.vehicle.vin
        let value = wasRefused ? form?["text"] ?? "" : known ?? ""
        let unit = session.vehicle.unit?.rawValue ?? "km"
        let units = [("km", t("km")), ("mi", t("miles"))].map { choice -> HTML in
            "<option value=\"\(choice.0)\"\(flag: "selected", choice.0 == unit)>\(choice.1)</option>"
        }
        let label = isOdometer ? t("Or type the distance") : t("Or type the VIN")
        return """
            <form method="post" action="\(own)/answers" data-no-draft><input type="hidden" name="step" value="\(step.step.id)">\
            <label class="form-label w-100" for="\(id)">\(label)</label>\
            <input class="form-control\(if: error != nil, " is-invalid")" id="\(id)" name="text" value="\(value)" required autocomplete="off" spellcheck="false"\
            \(attribute: "inputmode", isOdometer ? "numeric" : nil)\(attribute: "autocapitalize", isOdometer ? nil : "characters")\
            \(attribute: "aria-invalid", error == nil ? nil : "true")\(attribute: "aria-describedby", error == nil ? nil : id + "-error")>\
            \(if: isOdometer, "<select class=\"form-select\" name=\"unit\" aria-label=\"\(t("Unit"))\">\(units)</select>")\
            <button class="btn" type="submit">\(step.answer == nil ? t("Keep") : t("Change"))</button></form>\
            \(error.map { text -> HTML in "<p class=\"field-error\" id=\"\(id)-error\">\(parts.icon("error"))<span>\(text)</span></p>" })\
            \(step.answer.map { text -> HTML in "<p class=\"sub\">\(t("Typed: %1", text))</p>" })
            """
    }
}
