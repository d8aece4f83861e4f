"""The customer's phone: its camera, its weak network, and how little it has to load."""

import io
import random
import re
import urllib.parse

import pytest
from PIL import Image
from playwright.sync_api import expect

from Contract.cast import PASSWORD
from support.proxy import WeakNetwork

KEPT = "No network just now. 1 photo is kept on this phone"


def detailed():
    """A photo that does not compress well, some hundred kilobytes."""
    noise = Image.frombytes("RGB", (800, 600), random.Random(5).randbytes(800 * 600 * 3))
    file = io.BytesIO()
    noise.save(file, "JPEG", quality=90)
    assert file.tell() > 4 * WeakNetwork.MIDDLE
    return {"name": "IMG_0002.JPG", "mimeType": "image/jpeg", "buffer": file.getvalue()}


@pytest.fixture
def weak(fresh):
    with WeakNetwork(fresh) as network:
        yield network


class Customer:
    """Una's customer on a phone, who has pressed Get started."""

    def __init__(self, cast, sits_down, network=None, **options):
        self.cast = cast
        self.session = cast.session(cast.una, reference="PHONE-1")
        self.path = urllib.parse.urlsplit(self.session["capture_url"]).path
        self.person = sits_down(network or cast.server, "phone", shots="phone-390", **options)
        self.page = self.person.page
        self.person.open(self.path).press("Get started").sees("0 of 13 done")

    def step(self, name):
        return self.page.locator(f"#step-{name}")

    def choose(self, name, file):
        self.step(name).locator("input[type=file]").set_input_files(file)

    @property
    def photos(self):
        return self.cast.una.api.get(f"/sessions/{self.session['id']}/photos", expect=200)["items"]

    def on_the_phone(self):
        """How many photos the browser keeps."""
        return self.page.evaluate("""new Promise(done => { const opening = indexedDB.open('latchkey-capture'); opening.onsuccess = () => {
            const asking = opening.result.transaction('photos').objectStore('photos').count(); asking.onsuccess = () => done(asking.result) } })""")

    def has_sent(self, count=1):
        self.person.sees(f"{count} of 13 done")
        expect(self.page.locator(".news")).to_have_text("")
        assert len(self.photos) == count
        return self

    def film(self, name):
        """Opens the camera for a step."""
        self.step(name).get_by_role("button", name="Take photo", exact=True).click()
        expect(self.page.get_by_role("button", name="Take the photo", exact=True)).to_be_focused()


def test_a_photo_by_the_camera(cast, sits_down):
    customer = Customer(cast, sits_down, camera=True)
    person, page = customer.person, customer.page
    person.look("camera-steps")
    assert page.request.get(customer.path).headers["permissions-policy"] == "camera=(self), microphone=(), geolocation=()"
    una = sits_down(cast.server).sign_in(cast.una.username, PASSWORD).open(f"/sessions/{customer.session['id']}")
    customer.film("front")
    expect(page.get_by_role("dialog", name="Front")).to_be_visible()
    assert page.evaluate("document.querySelector('dialog.camera').getBoundingClientRect().toJSON()").items() >= {"width": 390, "height": 844}.items()
    person.waits_for("document.querySelector('dialog video').videoWidth > 0")
    person.look("camera-open")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Use photo")).to_be_focused()
    expect(page.get_by_role("img", name="The photo just taken")).to_be_visible()
    person.look("camera-taken")
    person.press("Take again")
    expect(page.get_by_role("button", name="Take the photo", exact=True)).to_be_focused()
    person.press("Take the photo").press("Use photo")
    expect(page.locator("dialog")).to_have_count(0)
    customer.has_sent()
    expect(customer.step("front")).to_have_class("done")
    expect(customer.step("front").locator(".on-its-way")).to_have_text("Sent")
    page.wait_for_timeout(100)
    assert page.evaluate("document.activeElement.closest('li')?.id") == "step-front", "the focus stays with the step"
    person.look("camera-sent")

    una.sees("1 photo")
    photo = customer.photos[0]
    assert photo["step"] == "front" and photo["width"] >= 640
    image = una.page.locator("ul.photos img")
    image.scroll_into_view_if_needed()
    una.waits_for("document.querySelector('ul.photos img').naturalWidth > 0")
    una.close()

    customer.film("rear")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    assert page.evaluate("document.activeElement.matches('#step-rear .take')"), "the focus goes back to what opened the camera"
    assert len(customer.photos) == 1
    person.close()


def test_a_camera_that_is_not_allowed(cast, sits_down):
    """Asked for, and refused: the file's field is there as before, without a word."""
    customer = Customer(cast, sits_down, camera=True)
    customer.page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError')) }")
    with customer.page.expect_file_chooser() as chooser:
        customer.step("front").get_by_role("button", name="Take photo", exact=True).click()
    expect(customer.page.locator(".take")).to_have_count(0)
    assert customer.step("front").locator("input[type=file]").get_attribute("capture") == "environment"
    chooser.value.set_files(detailed())
    customer.has_sent().person.look("camera-refused").close()


def test_a_phone_without_a_camera_of_the_page(cast, sits_down):
    customer = Customer(cast, sits_down)
    expect(customer.page.locator("form.quick").first).to_be_visible()
    expect(customer.page.locator(".take")).to_have_count(0)
    customer.choose("front", detailed())
    customer.has_sent().person.close()


@pytest.mark.parametrize("when", ["cut", "deaf"])
def test_the_network_goes_while_a_photo_is_sent(cast, sits_down, weak, when):
    """In the middle of the photo, and after it but before the answer: it is sent again under the same id, and is there once."""
    weak.uploads = when
    customer = Customer(cast, sits_down, weak)
    customer.choose("front", detailed())
    customer.person.sees(KEPT).look(f"capture-{when}")
    expect(customer.step("front").locator(".on-its-way")).to_have_text("Waits to be sent")
    # Not even a reload loses it.
    customer.person.open(customer.path).sees(KEPT if when == "cut" else "1 of 13 done", KEPT)
    assert len(customer.photos) == (1 if when == "deaf" else 0)
    weak.uploads = "pass"
    customer.has_sent()
    assert len(weak.photo_ids) >= 2 and len(set(weak.photo_ids)) == 1
    assert customer.photos[0]["photo_id"] == weak.photo_ids[0]
    # And nothing is left on the phone.
    customer.person.open(customer.path).sees("1 of 13 done")
    assert customer.on_the_phone() == 0
    customer.person.close()


def test_photos_taken_without_a_network(cast, sits_down):
    customer = Customer(cast, sits_down, camera=True)
    person, page = customer.person, customer.page
    person.context.set_offline(True)
    customer.film("front")
    person.press("Take the photo").press("Use photo").sees(KEPT)
    customer.choose("rear", detailed())
    person.sees("2 photos are kept on this phone and are sent by themselves").look("capture-offline")
    # What else is pressed waits as well, in place of a page that says that there is no network.
    customer.step("odometer").locator("#text-odometer").fill("84210")
    customer.step("odometer").get_by_role("button", name="Keep").click()
    assert customer.photos == []
    person.context.set_offline(False)
    person.sees("Typed: 84210", "3 of 13 done")
    assert sorted(photo["step"] for photo in customer.photos) == ["front", "rear"]
    person.close()


def test_sending_everything_waits_for_the_photos(cast, sits_down, weak):
    customer = Customer(cast, sits_down, weak)
    posts = []
    customer.page.on("request", lambda request: request.method == "POST" and posts.append(request.url.rsplit("/", 1)[1]))
    weak.uploads = "cut"
    customer.choose("front", detailed())
    customer.person.sees(KEPT).press("Send everything").sees("After that everything is sent")
    weak.uploads = "pass"
    # Pressed by itself once the photo has arrived, and refused as ever for what is missing.
    customer.person.sees("These are still missing", "1 of 13 done")
    assert posts[-2:] == ["photos", "finish"] and posts.count("finish") == 1
    assert "Front" not in customer.page.locator(".alert-danger li").all_inner_texts() and len(customer.photos) == 1
    customer.person.close()


def test_a_session_that_is_over_takes_nothing_and_keeps_nothing(cast, sits_down, weak):
    weak.uploads = "cut"
    cast.north.inside.patch(f"/api-keys/{cast.road.id}", {"session_expiry": "1h"}, expect=200)
    customer = Customer(cast, sits_down, weak)
    customer.choose("front", detailed())
    customer.person.sees(KEPT)
    cast.server.move_clock(hours=2)
    weak.uploads = "pass"
    customer.person.sees("The time for this is over").look("capture-over")
    assert customer.on_the_phone() == 0
    customer.person.close()


def test_the_first_visit_is_small(cast, sits_down):
    """All that a phone loads to show the steps, compressed as it is sent, icons and fonts with it."""
    customer = Customer(cast, sits_down, camera=True)
    customer.page.wait_for_load_state("networkidle")
    sizes = {}
    visitor = sits_down(cast.server, "phone", camera=True)
    visitor.page.on("requestfinished", lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]}))
    visitor.open(customer.path).page.wait_for_load_state("networkidle")
    names = {re.sub(r".*/", "", urllib.parse.urlsplit(url).path)[:20]: size for url, size in sizes.items()}
    total = sum(sizes.values())
    print(f"The first visit of the capture page is {total / 1000:.1f} kB: {names}")
    assert {"latchkey.css", "latchkey.js", "icons.svg"} <= names.keys() and all(size > 0 for size in sizes.values()), names
    assert total < 60_000, names
    visitor.close()
