"""Adam keeps sharable links: makes one, copies its URL, prints its QR code, and mends a user who lacks its key."""

from Contract.cast import PASSWORD


def test_links(cast, sits_down, size):
    una = cast.una
    adam = sits_down(cast.server, size).sign_in(cast.adam.username, PASSWORD)
    adam.go("Sharable links").sees("No links yet").look("links-empty")
    adam.follow("Create link").look("link-new")
    adam.page.locator("#name").fill("Counter desk")
    adam.page.locator("#api-key").select_option(cast.fleet.id)
    adam.page.locator("#user").select_option(una.id)
    adam.press("Create link").sees("The link was created", "does not hold the API key").look("link-created")
    url = adam.page.locator("#url").input_value()
    assert url.startswith(cast.server.url + "/l/lk_link_")
    if adam.scripts:
        adam.page.locator("[data-copy-from=url]").click()
        assert adam.page.evaluate("navigator.clipboard.readText()") == url
    adam.follow("QR code").sees("Scan this code").look("link-qr")
    adam.go("Sharable links").sees("Counter desk", "Lacks the key").look("links")
    adam.page.locator("main button", has_text="Give Una").click()
    adam.sees("Fleet").look("user-given-key")
    adam.go("Sharable links").sees("Counter desk").sees_not("Lacks the key")
    adam.open("/settings/links?search=nothing").sees("Nothing matches").look("links-nothing")


def test_the_capture_link_of_a_session(cast, sits_down, size):
    adam = sits_down(cast.server, size).sign_in(cast.adam.username, PASSWORD)
    session = cast.session(cast.una, reference="R-1")
    adam.open(f"/sessions/{session['id']}").sees("Capture link", "Text message").look("session-capture")
    assert adam.page.locator("#capture-url").input_value().startswith(cast.server.url + "/c/lk_capture_")
    adam.page.locator("summary", has_text="QR code").click()
    assert adam.page.locator("svg.qr").bounding_box()["width"] > 150
