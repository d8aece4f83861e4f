"""The whole walk-through of unique user sessions, as people do it, from the example company of `make demo`.

Adam makes a user who sees only her own, and a link that is hers; a customer on a phone goes through it; she sees it arrive, Uwe never does, Adam completes it."""

import json
import re
import urllib.parse

import pytest
from playwright.sync_api import expect

from Browser.test_capture import photo
from support.mail import Sink
from support.server import latchkey

OWN = "Sunlit-granary-compass-44"
VIN = "1HGCM82633A004352"
# Nothing of these may be on a page of a USER.
OTHERS = ["/settings/users", "/settings/links", "/developer/api-keys", "/history", "Uwe", "Rita", "lk_live_", "South branch", "C-20400"]


@pytest.fixture
def demo(data, serve):
    """The example company on a server with a mail server, and who can sign in with what."""
    people = json.loads(latchkey("demo", "--data", data, "--json").stdout)["people"]
    with Sink() as sink:
        yield serve(data, "--mail", f"smtp://127.0.0.1:{sink.port}"), sink, {one["name"].split()[0]: one for one in people}


def mark(person):
    """Puts something into this page that a reload would lose."""
    person.page.evaluate("() => { window.stayed = true }")


def stayed(person):
    assert person.page.evaluate("window.stayed"), "the page was loaded again"


def test_unique_user_sessions(demo, sits_down, size):
    server, sink, people = demo
    sit = lambda name: sits_down(server, size).sign_in(people[name]["username"], people[name]["password"])  # noqa: E731

    # 1 to 3: a user with some of the keys and a generated password, by mail.
    adam = sit("Adam")
    adam.go("Users").follow("Create new user")
    for id, text in {"first-name": "Una", "last-name": "Falk", "email": "una.falk@alder.example"}.items():
        adam.page.locator(f"#{id}").fill(text)
    adam.page.get_by_label(re.compile("^USER")).check()
    adam.tick("Road checks").tick("Training").tick("Generate one").tick("Send the login details by e-mail")
    adam.page.evaluate("scrollTo(0, 0)")  # the head of the page must not lie over what axe measures
    adam.look("walk-1-user").press("Create user").sees("Una Falk was created").look("walk-2-user-made")
    shown = adam.secret("Password")
    adam.kept().heading("Una Falk").sees("Road checks", "Training").sees_not("Fleet returns", shown)
    mail = sink.wait(1, to="una.falk@alder.example")[0]
    assert server.url in mail.text and "una.falk@alder.example" in mail.text and shown in mail.text

    # 4: her own dashboard and nothing else.
    una = sits_down(server, size).sign_in("una.falk@alder.example", shown)
    una.is_at("/my/new-password").open("/sessions").is_at("/my/new-password").look("walk-3-new-password")
    una.page.locator("#current").fill(shown)
    una.page.locator("#new").fill(OWN)
    una.press("Save and continue").is_at("/sessions").sees("No sessions yet").sees_not(*OTHERS, "Fleet returns").look("walk-4-dashboard")
    assert una.page.locator("#side a.nav-item").evaluate_all("links => links.map(link => link.textContent.trim())") == ["Overview", "Sessions"]
    una.go("Overview").sees_not(*OTHERS).look("walk-4-overview").mine("My settings").is_at("/my").sees_not(*OTHERS).open("/sessions")
    for path in ("/settings/users", "/settings/links", "/developer/api-keys", "/history"):
        assert una.context.request.get(server.url + path).status == 403, path

    # 5: a link that is hers, under a key that she lacks, and the remedy.
    adam.go("Sharable links").follow("Create link")
    adam.page.locator("#name").fill("Service lane")
    adam.page.locator("#api-key").select_option(label="Fleet returns")
    adam.page.locator("#user").select_option(label=next(one for one in adam.page.locator("#user option").all_inner_texts() if "Falk" in one))
    adam.press("Create link").sees("The link was created", "Una Falk does not hold the API key Fleet returns").look("walk-5-link-warning")
    gap = adam.page.evaluate("document.querySelector('main .form-actions').getBoundingClientRect().top - [...document.querySelectorAll('.form-section')].pop().getBoundingClientRect().bottom")
    assert 0 <= gap < 40, f"{gap} px between the form and its buttons"
    url = adam.page.locator("#url").input_value()
    adam.open("/overview").sees("Una Falk").look("walk-6-attention")
    adam.go("Sharable links").sees("Service lane").look("walk-7-links")
    row = adam.page.locator("tr", has_text="Service lane")
    expect(row).to_contain_text("Lacks the key")
    row.get_by_role("button", name="Give Una Falk the key").click()
    adam.heading("Una Falk").sees("Fleet returns").look("walk-8-given")
    adam.go("Sharable links")
    expect(adam.page.locator("tr", has_text="Service lane")).not_to_contain_text("Lacks the key")

    # A customer's phone; Una and Uwe, who holds the key as well, are looking at their sessions.
    una.open("/sessions").sees("No sessions yet")
    uwe = sit("Uwe").is_at("/sessions")
    mark(una), mark(uwe)
    carla = sits_down(server, "phone", camera=True, shots=size)
    carla.open(url.removeprefix(server.url)).sees("North branch").sees_not("Una", "Fleet returns", "Service lane").look("walk-9-link")
    carla.fill(First_name="Carla", Last_name="Customer", Mobile_phone="+49 151 123 456 78").press("Get started").sees("Your code, if you call us")
    code = carla.page.locator("strong.mono").inner_text()
    una.sees(code, "Carla Customer").look("walk-10-arrived")
    stayed(una)
    carla.sees("0 of 13 done")
    private = urllib.parse.urlsplit(carla.page.url).path
    for number, name in enumerate(("interior", "left-side"), 1):
        item = carla.page.locator("ol.steps > li", has=carla.page.get_by_role("heading", name=name.replace("-", " "), exact=False)).first
        item.get_by_role("button", name="Take photo").click()
        carla.press("Take the photo").press("Use photo").sees(f"{number} of 13 done")
    carla.page.locator("#text-vin").fill(VIN.lower())
    carla.page.locator("form:has(#text-vin) button[type=submit]").click()
    carla.sees(f"Typed: {VIN}", "3 of 13 done").look("walk-11-on-the-way")

    # She leaves, and comes back to what she had done, later and elsewhere.
    carla.close()
    carla = sits_down(server, "phone", camera=True, shots=size).open(private).sees("3 of 13 done", f"Typed: {VIN}")
    todo = carla.page.locator("ol.steps > li:not(.done)").evaluate_all("items => items.map(item => item.id)")
    for number, id in enumerate(todo, 4):
        carla.page.locator(f"#{id} input[type=file]").set_input_files(photo(id[5:]))
        carla.sees(f"{number} of 13 done")
    carla.look("walk-12-all").press("Send everything").sees("Thank you", code).look("walk-13-thanks")

    # It is there, hers, with its photos; not Uwe's, who holds the same key.
    una.sees("Waiting confirm").look("walk-14-waiting")
    stayed(una)
    una.follow(code, una.page.locator("#list")).sees("Carla Customer", VIN, "12 photos", "Service lane").sees_not("/settings/links")
    una.page.locator("ul.photos img").last.scroll_into_view_if_needed()
    una.waits_for("[...document.querySelectorAll('ul.photos img')].every(one => one.complete && one.naturalWidth > 0)")
    una.page.evaluate("scrollTo(0, 0)")
    una.look("walk-15-photos")
    session = urllib.parse.urlsplit(una.page.url).path
    uwe.sees_not(code, "Carla Customer")
    stayed(uwe)
    uwe.open(session, status=404).open(f"/sessions?search={code}").sees("Nothing matches")
    assert uwe.context.request.get(f"{server.url}/api/v1{session}/photos").status == 404

    # Adam completes it, and Una's page says so by itself.
    assert una.page.get_by_role("button", name="Complete", exact=True).count() == 0
    una.open(session)  # anew: taking the picture left an inline style behind
    mark(una)
    adam.go("Sessions").follow(code, adam.page.locator("#list")).sees("Everything required is there").look("walk-16-review")
    adam.press("Complete", adam.page.locator("main")).answer("Complete").sees("Complete").look("walk-17-completed")
    expect(una.page.locator("main .page-head, main h1").first).to_contain_text("Complete")
    stayed(una)
    una.look("walk-18-complete")
    for person in (adam, una, uwe, carla):
        person.close()
