"""A person at the console: a browser with one window, which notices whatever a page does wrong."""

import os
import re
import time

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from support.server import OLIVE, OLIVES_PASSWORD, ROOT

SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SHOTS = ROOT / "build" / "screenshots"
AXE = Axe()
# All that axe knows of WCAG 2.2 AA and of good practice.
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}


class Person:
    """One browser; `page` is its window. Steps are named as a person would say them, and each page they `look` at is checked."""

    def __init__(self, browser, server, size="desktop", scripts=True, dark=False, shots="", camera=False):
        self.server, self.size, self.scripts, self.shots = server, size, scripts, shots or size
        # In the dark only the colours are other ones.
        self.rules = COLOURS if dark else RULES
        self.context = browser.new_context(
            viewport=SIZES[size], java_script_enabled=scripts, color_scheme="dark" if dark else "light", base_url=server.url, has_touch=size == "phone",
            locale="en-GB", timezone_id="Europe/Oslo", permissions=["clipboard-read", "clipboard-write"] + ["camera"] * camera)
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.wrong = []
        self.page.on("pageerror", lambda error: self.wrong.append(f"script error on {self.page.url}: {error}"))
        self.page.on("console", self._console)
        self.page.on("response", self._response)

    def _console(self, message):
        # The browser says of every answer above 399 that it failed to load; _response judges those.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.wrong.append(f"console on {self.page.url}: {message.text}")

    def _response(self, response):
        kind = response.request.resource_type
        # A page that watches asks once more when its login is over, and is told so.
        is_judged = kind in ("document", "xhr", "fetch") or (kind == "eventsource" and response.status == 401)
        if response.status >= 500 or (response.status >= 400 and not is_judged):
            self.wrong.append(f"{response.status} for {response.url}")
        if not response.url.startswith((self.server.url, "data:", "blob:")):
            self.wrong.append(f"a request to somebody else: {response.url}")

    # --- what a page must be

    def look(self, name, exclude=()):
        """Keeps a picture of this page, and checks it: axe, no sideways scrolling, nothing said in the console."""
        page = self.page
        page.wait_for_load_state()
        SHOTS.mkdir(parents=True, exist_ok=True)
        is_asked = page.locator("dialog[open]").count() > 0  # its backdrop is as large as the screen
        page.screenshot(path=SHOTS / f"{name}-{self.shots}.png", full_page=not is_asked)
        width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], f"{name} is {width[0]} px wide on a screen of {width[1]}"
        if self.scripts:
            found = AXE.run(page, context={"exclude": [[one] for one in exclude]} if exclude else None, options=self.rules).response["violations"]
            assert not found, f"axe on {name} ({page.url}):\n" + "\n".join(
                f"{one['id']}: {one['help']}\n    " + "\n    ".join(f"{node['target']} {node['failureSummary']}" for node in one["nodes"][:3]) for one in found)
        assert not self.wrong, "\n".join(self.wrong)
        return self

    # --- what a person does

    def open(self, path, status=200):
        answer = self.page.goto(path)
        assert answer.status == status, f"{path}: {answer.status}\n{self.main[:500]}"
        return self

    def fill(self, **fields):
        """Types into fields by their label, with `_` for a space."""
        for label, text in fields.items():
            self.field(label.replace("_", " ")).fill(text)
        return self

    def field(self, label):
        return self.page.get_by_label(re.compile(rf"^{re.escape(label)}( *\(?optional\)?)?$", re.IGNORECASE)).locator("visible=true").first

    def tick(self, label):
        self.page.get_by_label(label, exact=False).first.check()
        return self

    def press(self, name, within=None):
        (within or self.page).get_by_role("button", name=name, exact=True).locator("visible=true").first.click()
        return self

    def follow(self, name, within=None):
        (within or self.page.locator("main")).get_by_role("link", name=name, exact=True).locator("visible=true").first.click()
        return self

    def go(self, name):
        """Along the navigation, which a phone folds away; without scripts it opens just so."""
        if self.size == "phone":
            self.press("Menu")
        self.page.locator("#side").get_by_role("link", name=name, exact=True).click()
        return self

    def menu(self, row, entry):
        """One entry of a row's menu."""
        opener = self.page.get_by_label(f"Actions for {row}", exact=True)
        opener.click()
        self.page.locator("details.menu[open]").get_by_text(entry, exact=True).click()
        return self

    def mine(self, entry):
        """One entry of the person's own menu."""
        self.page.locator("summary.btn-person").click()
        self.page.locator("details.menu[open]").get_by_text(entry, exact=True).click()
        return self

    def answer(self, action):
        """Says yes: in the dialog that a script shows, on the page that is there without one."""
        within = self.page.locator("dialog[open]" if self.scripts else "main")
        return self.press(action, within)

    def sign_in(self, username=OLIVE, password=OLIVES_PASSWORD):
        self.open("/sign-in").fill(Username=username, Password=password)
        return self.press("Sign in")

    # --- what a person sees

    @property
    def main(self):
        return self.page.locator("main").inner_text()

    def sees(self, *texts):
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)
        return self

    def sees_not(self, *texts):
        """None of these is on the page, shown or hidden."""
        content = self.page.content()
        for text in texts:
            assert text not in content, f"{text!r} is on {self.page.url}"
        return self

    def waits_for(self, expression, seconds=15):
        """Until something is true in the page; asked from outside, since the page's own policy lets nobody evaluate text."""
        deadline = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, f"never true on {self.page.url}: {expression}"
            self.page.wait_for_timeout(50)
        return self

    def is_at(self, path):
        expect(self.page).to_have_url(re.compile(rf"^{re.escape(self.server.url)}{path}(\?.*)?$"))
        return self

    def heading(self, text):
        expect(self.page.locator("h1").first).to_contain_text(text)
        return self

    def secret(self, label):
        """What is shown only now."""
        return self.page.get_by_label(label, exact=True).locator("visible=true").first.inner_text()

    def kept(self):
        """Says that what was shown only now is stored."""
        return self.tick("I have stored it").press("Continue")

    def close(self):
        assert not self.wrong, "\n".join(self.wrong)
        self.context.close()
