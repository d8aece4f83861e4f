"""A customer opens a link on a phone, takes photos, types what can be typed and sends it; Una sees the photos and Uwe does not."""

import contextlib
import io

from PIL import Image, ImageDraw
from playwright.sync_api import TimeoutError

from Contract.cast import PASSWORD
from Pictures.test_renditions import CANARY, assert_clean, heic, png, webp


def photo(text):
    """A photo as a phone would make it, 4:3."""
    picture = Image.linear_gradient("L").resize((1600, 1200)).convert("RGB")
    ImageDraw.Draw(picture).text((200, 500), text, fill=(255, 160, 0), font_size=220)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=88)
    return {"name": "IMG_0001.JPG", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def choose(step, file):
    """Chooses a file for a step; a script sends it at once."""
    step.locator("input[type=file]").set_input_files(file)
    button = step.locator("form[data-photo] button[type=submit]")
    if button.is_visible():
        # A script that becomes ready at this moment hides it, and sends the photo itself.
        with contextlib.suppress(TimeoutError):
            button.click(timeout=2000)


def test_a_customer_at_a_link(cast, sits_down, size):
    link = cast.adam.api.post("/links", {"name": "Counter", "api_key": cast.road.id, "user": cast.una.id}, expect=201)
    customer = sits_down(cast.server, "phone", shots="customer-" + size, scripts=size == "phone", dark=size == "desktop")
    page = customer.page
    customer.open(link["url"]).sees("Photos of your vehicle").look("link")
    customer.fill(First_name="Carla", Last_name="Customer", Mobile_phone="+49 151 123 456 78").press("Get started")
    customer.sees("Your code, if you call us").look("capture-begin")
    if page.get_by_role("button", name="Get started").count():
        customer.press("Get started")
    customer.sees("0 of").look("capture-steps")
    steps = page.locator("ol.steps > li")
    count = steps.count()
    assert count >= 3

    choose(steps.nth(0), {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    customer.sees("JPEG, PNG, WebP or HEIC").look("capture-refused")
    customer.press("Send everything").sees("These are still missing").look("capture-missing")
    for number in range(count):
        step = steps.nth(number)
        name = step.locator("h2").inner_text()
        choose(step, photo(name[:12]))
        customer.sees(f"{number + 1} of {count} done")
    customer.look("capture-done")
    for field, text in (("#text-odometer", "84210"), ("#text-vin", "WVWZZZ1JZXW000001")):
        if page.locator(field).count():
            page.locator(field).fill(text)
            page.locator(f"form:has({field}) button[type=submit]").click()
            customer.sees(f"Typed: {text}" if field == "#text-vin" else "Typed: ")
    customer.press("Send everything").sees("Thank you").look("capture-thanks")

    una = sits_down(cast.server, size).sign_in(cast.una.username, PASSWORD)
    session = cast.una.api.items("/sessions")[0]["id"]
    una.open(f"/sessions/{session}").sees(f"{count} photos")
    images = una.page.locator("ul.photos img")
    images.last.scroll_into_view_if_needed()
    una.waits_for("[...document.querySelectorAll('ul.photos img')].every(one => one.complete && one.naturalWidth > 0)")
    una.look("session-photos")
    cast.uwe.api.get(f"/sessions/{session}/photos", expect=404)


def test_what_phones_keep_in_a_picture_is_gone(cast, sits_down, size):
    """PNG, WebP and HEIC with a camera, a place and more in them, through the page in a browser; what staff get is pixels."""
    cast.adam.api.post("/links", {"name": "Counter", "api_key": cast.road.id, "user": cast.una.id}, expect=201)
    link = cast.adam.api.items("/links")[0]
    url = cast.adam.api.get(f"/links/{link['id']}", expect=200)["url"]
    customer = sits_down(cast.server, "phone", shots="formats-" + size, scripts=size == "phone")
    customer.open(url).fill(First_name="Carla", Last_name="Customer", Mobile_phone="+49 151 123 456 78").press("Get started").sees("0 of")
    steps = customer.page.locator("ol.steps > li")
    pictures = [("scan.png", "image/png", png()), ("shared.webp", "image/webp", webp()), ("IMG_0002.HEIC", "image/heic", heic())]
    for number, (name, kind, picture) in enumerate(pictures):
        assert CANARY in picture
        choose(steps.nth(number), {"name": name, "mimeType": kind, "buffer": picture})
        customer.sees(f"{number + 1} of {steps.count()} done")
    customer.look("formats")

    session = cast.una.api.items("/sessions")[0]["id"]
    photos = cast.una.api.items(f"/sessions/{session}/photos")
    assert len(photos) == len(pictures)
    for photo in photos:
        for rendition in ("full", "large", "thumb"):
            answer = cast.una.api.get(f"/sessions/{session}/photos/{photo['id']}/image", params={"size": rendition})
            assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/jpeg"
            assert_clean(answer.content)
    una = sits_down(cast.server, size, dark=size == "phone").sign_in(cast.una.username, PASSWORD)
    una.open("/sessions?view=cards")
    una.waits_for("[...document.querySelectorAll('.shot img')].length === 1 && document.querySelector('.shot img').naturalWidth > 0")
    una.look("sessions-cards-photo")
    # Whoever may export has a button for it, which brings a file.
    adam = sits_down(cast.server, size).sign_in(cast.adam.username, PASSWORD)
    adam.open(f"/sessions/{session}").look("session-export")
    with adam.page.expect_download() as download:
        adam.page.get_by_role("link", name="Download photos (ZIP)").click()
    assert download.value.suggested_filename.endswith("-photos.zip")
    assert cast.adam.api.items("/history", subject=session)[0]["action"] == "session.photos_exported"
    una.open(f"/sessions/{session}")
    assert una.page.get_by_role("link", name="Download photos (ZIP)").count() == 0
