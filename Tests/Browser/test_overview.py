"""Overview: what a manager finds in the morning, and what a user sees of it."""

from Contract.cast import PASSWORD


def test_what_wants_attention(cast, sits_down, size):
    adam = sits_down(cast.server, size).sign_in(cast.adam.username, PASSWORD)
    adam.is_at("/overview").sees("Overview", "Only this person can manage the account").look("overview-new")
    for person, name in ((cast.una, "Kari"), (cast.uwe, "Jonas")):
        cast.session(person, contact={"first_name": name, "last_name": "Customer"}, vehicle={"make": "Volvo", "model": "XC60"})
    link = cast.adam.api.post("/links", {"name": "Fleet counter", "api_key": cast.fleet.id, "user": cast.una.id}, expect=201)
    adam.open("/overview").sees("Needs attention", "Fleet counter", "Una", "does not hold the API key").look("overview")
    adam.press("Give Una Berg the key")
    adam.open("/overview").sees_not("Fleet counter")
    adam.page.locator(".tiles a").first.click()
    adam.is_at("/sessions").sees("Kari Customer", "Jonas Customer")
    adam.close()
    assert cast.adam.api.get(f"/links/{link['id']}").json()["warnings"] == []


def test_the_user_only_dashboard(cast, sits_down, size):
    una = sits_down(cast.server, size).sign_in(cast.una.username, PASSWORD).is_at("/sessions").go("Overview").is_at("/overview")
    una.sees("Your API keys", "Road checks", "No sessions yet").sees_not("Needs attention", "Active users", "Fleet returns").look("overview-user-empty")
    if una.scripts:
        # What comes meanwhile appears by itself.
        cast.session(cast.una, contact={"first_name": "Kari", "last_name": "Nordahl"})
        una.sees("Kari Nordahl").look("overview-user")
    una.close()


def test_without_scripts_and_in_the_dark(cast, sits_down, size):
    cast.session(cast.una, contact={"first_name": "Kari", "last_name": "Nordahl"})
    adam = sits_down(cast.server, size, scripts=False, dark=True, shots=f"{size}-dark-plain").sign_in(cast.adam.username, PASSWORD)
    adam.is_at("/overview").sees("Kari Nordahl").look("overview")
    adam.close()
