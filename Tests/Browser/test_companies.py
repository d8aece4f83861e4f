"""The example companies, each with its own words and its own menu over the same pages; and the catalogue that they come from."""

import json
import re

import pytest

from support.server import Server, latchkey, temporary_folder


@pytest.fixture(scope="module")
def companies():
    """The example companies on one server, and who can sign in with what."""
    with temporary_folder() as folder:
        people = json.loads(latchkey("demo", "--data", folder / "data", "--json").stdout)["people"]
        with Server(folder / "data") as server:
            yield server, {person["name"].split()[0]: person for person in people}


def menu(person):
    """What the menu offers, in its order."""
    return person.page.locator("#side .nav-item").all_inner_texts()


def comes_in(sits_down, companies, name, size="desktop", **options):
    server, people = companies
    person = sits_down(server, size, **options)
    person.sign_in(people[name]["username"], people[name]["password"])
    person.page.wait_for_load_state()
    # The hotel allows one sign-in at a time, and the test before may have left one open.
    if "one sign-in at a time" in person.main:
        person.press("Close it and continue here")
    person.page.wait_for_url(lambda url: "/sign-in" not in url)
    return person


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_hotel_finds_its_user_management(sits_down, companies, size, dark):
    petra = comes_in(sits_down, companies, "Petra", size, dark=dark, shots=f"{size}{'-dark' * dark}")
    names = menu(petra)
    assert "User management" in names and "Buildings and floors" not in names[:1]
    assert not {"Sharable links", "API keys", "External users", "Roles"} & set(names), names
    petra.go("User management").heading("Users")
    tabs = petra.page.get_by_role("navigation", name="User management").get_by_role("link")
    assert tabs.all_inner_texts()[:2] == ["Users", "Profiles"]
    petra.look("hotel-users")
    tabs.get_by_text("Profiles").click()
    petra.heading("Profiles").sees("Front office", "Create profile").look("hotel-profiles")


def test_the_hotels_front_office_has_no_menu_of_managers(sits_down, companies, size):
    finn = comes_in(sits_down, companies, "Finn", size)
    assert menu(finn) == []
    finn.look("hotel-front-office")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_payments_client_finds_its_external_users(sits_down, companies, size, dark):
    ada = comes_in(sits_down, companies, "Ada", size, dark=dark, shots=f"{size}{'-dark' * dark}")
    names = menu(ada)
    assert "External users" in names and "Users" not in names
    ada.sees("Configurations").go("External users").heading("External users").look("payments-users")
    ada.go("History").sees("Editor").look("payments-history")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_inspectors_find_their_settings(sits_down, companies, size, dark):
    adam = comes_in(sits_down, companies, "Adam", size, dark=dark, shots=f"{size}{'-dark' * dark}")
    names = menu(adam)
    assert names[:3] == ["Overview", "Sessions", "Users"] and "Sharable links" in names and "API keys" in names
    adam.sees("Settings", "Developer").go("Users").sees("Create new user").look("inspection-users")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_catalogue_is_shown_tried_and_saved(sits_down, companies, size, dark, scripts, tmp_path):
    if dark and not scripts:
        pytest.skip("colours are looked at with scripts")
    shots = f"{size}{'-dark' * dark}{'' if scripts else '-plain'}"
    petra = comes_in(sits_down, companies, "Petra", size, dark=dark, scripts=scripts, shots=shots)
    petra.go("Catalogue").heading("Catalogue").sees("Control center", "Heating and cooling", "Everything, also what is added later")
    petra.look("catalogue").follow("Edit").heading("Edit catalogue")
    text = petra.page.locator("#text")
    before = text.input_value()
    assert "- {id: pulse, label: Pulse" in before
    text.fill(before.replace("label: Pulse", "label: Pulse of the house"))
    petra.press("Show what would change").sees("screens.pulse.label", "Pulse of the house").look("catalogue-checked")
    text.fill(before.replace("{id: pulse, label: Pulse", "{id: users, label: Pulse"))
    petra.press("Save changes").sees("screens.0.id", "cannot be redefined").look("catalogue-refused")
    if scripts:
        file = tmp_path / "catalogue.yaml"
        file.write_text(re.sub(r"(id: reporting, label: )[^}]*", rf"\1Reporting {shots}", before))
        petra.page.locator("#file").set_input_files(file)
        petra.waits_for(f"document.getElementById('text').value.includes('Reporting {shots}')")
        petra.press("Save changes").sees("The catalogue was saved", f"Reporting {shots}")


def test_an_account_is_made_with_a_kind_of_dashboard(sits_down, companies, size):
    olive = comes_in(sits_down, companies, "Olive", size)
    olive.follow("Create account").heading("Create account").fill(Name=f"Second hotel {size}").tick("Hotel").look("account-new")
    olive.press("Create account").sees("The account was created", f"Second hotel {size}")
