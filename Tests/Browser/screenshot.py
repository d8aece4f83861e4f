"""Takes docs/console.png, the picture in the README, from the example company: `.venv/bin/python Tests/Browser/screenshot.py`."""

import json
import pathlib
import sys

from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests"))

from Browser.console import CHROMIUM  # noqa: E402
from support.server import Server, latchkey, temporary_folder  # noqa: E402


def main():
    with temporary_folder() as folder:
        people = json.loads(latchkey("demo", "--data", folder / "data", "--json").stdout)["people"]
        adam = next(person for person in people if "ADMIN" in person["what"])
        with Server(folder / "data") as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB", base_url=server.url)
            page.goto("/sign-in")
            page.get_by_label("Username").fill(adam["username"])
            page.locator("#password").fill(adam["password"])
            page.keyboard.press("Enter")
            page.wait_for_url("**/overview")
            page.goto("/sessions")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=ROOT / "docs" / "console.png")
            browser.close()
    print("docs/console.png")


if __name__ == "__main__":
    main()
