"""The dashboard as people meet it: in a browser, on a phone, by keyboard, without JavaScript."""

import re
import time

import pytest
from playwright.sync_api import expect


@pytest.fixture
def trouble(device):
    """Something for the lists: readings, and alerts in rooms of two floors."""
    controller = device()
    for number in ("101", "102", "103", "201", "202"):
        controller.reads(number, temperature=20 + int(number) % 7 / 3, occupied=number != "103", energy=2.5)
    controller.reads("102", alert="The battery of the lock is low")
    controller.reads("202", alert="The minibar's door does not close")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_manager_finds_every_screen(sits_down, size, dark, trouble):
    adam = sits_down("adam", size=size, dark=dark, shots=size + ("-dark" if dark else ""))
    adam.is_at("/dashboard/pulse").heading("Pulse").sees("The battery of the lock is low").look("hotel-pulse")
    for name, label in (("control-center", "Control center"), ("reporting", "Reporting"), ("configuration", "Configuration"),
                        ("dashboard-settings", "Dashboard settings")):
        adam.follow(label, adam.page.locator("header nav")).heading(label).look(f"hotel-{name}")
    adam.open("/dashboard/rooms/102").heading("Room 102").look("hotel-room")
    adam.open("/dashboard/nowhere", status=404).sees("There is nothing here").look("hotel-not-found")


def test_one_comes_back_to_the_page_that_one_wanted(sits_down):
    sits_down("una", "/dashboard/control-center?floor=1&search=10").is_at("/dashboard/control-center").sees("107")


def test_a_lamp_is_switched_and_others_see_it_at_once(sits_down):
    una, rita = sits_down("una", "/dashboard/rooms/101"), sits_down("rita", "/dashboard/control-center")
    lamp = una.page.get_by_role("button", name=re.compile("^Light"))
    was = lamp.get_attribute("aria-pressed")
    lamp.click()
    expect(lamp).to_have_attribute("aria-pressed", "false" if was == "true" else "true")
    expect(rita.page.locator('[data-room="101"] [data-shown="lighting"] .state')).to_have_text("off" if was == "true" else "on")
    una.look("hotel-room-una"), rita.look("hotel-control-center-rita")


def test_who_may_only_read_finds_nothing_to_press(sits_down):
    rita = sits_down("rita", "/dashboard/rooms/101")
    rita.sees("You may look at this room, and not change it.")
    assert rita.page.locator("main button, main input").count() == 0
    rita.open("/dashboard/pulse", status=403).sees("Not yours to see").look("hotel-refused")


def test_closing_the_login_stops_the_open_page(sits_down, adam, people, times):
    una = sits_down("una", "/dashboard/control-center")
    una.waits_for("performance.getEntriesByType('resource').some((one) => one.name.endsWith('hotel.js'))").sees("101")
    una.page.wait_for_timeout(700)
    started = time.monotonic()
    adam.post(f"/users/{people['una']['id']}/logins/close", {})
    expect(una.page.get_by_role("alertdialog", name="You are signed out")).to_be_visible(timeout=5000)
    times.append(time.monotonic() - started)
    una.sees_not("Floor 1").look("hotel-over")
    assert una.page.evaluate("document.activeElement.textContent") == "Sign in again"
    una.page.keyboard.press("Enter")
    una.is_at("/sign-in")


def test_a_floor_that_is_taken_away_goes_from_the_open_page(sits_down, adam, people, house):
    una = sits_down("una", "/dashboard/control-center").sees("101")
    floor = house.plan["floors"][0]["place"]
    try:
        adam.patch(f"/users/{people['una']['id']}", {"places": []}, expect=200)
        una.sees("There is no room at the places that are yours.").look("hotel-no-rooms")
    finally:
        adam.patch(f"/users/{people['una']['id']}", {"places": [floor]}, expect=200)


def test_by_keyboard_alone(sits_down, guest):
    guest("emil").switch("101", "lighting", "off")
    una = sits_down("una", "/dashboard/rooms/101").is_at("/dashboard/rooms/101")
    page = una.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    lamp = page.get_by_role("button", name=re.compile("^Light"))
    for _ in range(12):
        page.keyboard.press("Tab")
        if lamp.evaluate("(one) => one === document.activeElement"):
            break
    page.keyboard.press("Space")
    expect(lamp).to_have_attribute("aria-pressed", "true")
    assert lamp.evaluate("(one) => one === document.activeElement"), "the focus was lost"


def test_without_javascript(sits_down, guest):
    guest("emil").switch("101", "lighting", "off")
    una = sits_down("una", "/dashboard/rooms/101", scripts=False)
    una.page.get_by_role("button", name=re.compile("^Light")).click()
    una.is_at("/dashboard/rooms/101")
    assert guest("rita").ask("api/rooms/101", expect=200)["light"] is True
    una.fill(Guest="Kari Nordahl").press("Save").is_at("/dashboard/rooms/101")
    una.follow("Control center", una.page.locator("header nav")).sees("Kari Nordahl")
    una.page.get_by_label("Search").fill("kari")
    una.page.keyboard.press("Enter")
    expect(una.page.locator("[data-room]")).to_have_count(1)


def test_degrees_as_one_likes_them(sits_down, guest, device):
    device().reads("101", temperature=20)
    adam = sits_down("adam", "/dashboard/dashboard-settings")
    try:
        adam.page.get_by_label("Temperatures in").select_option("F")
        adam.press("Save").open("/dashboard/rooms/101").sees("68 °F")
    finally:
        adam.open("/dashboard/dashboard-settings").page.get_by_label("Temperatures in").select_option("C")
        adam.press("Save")
