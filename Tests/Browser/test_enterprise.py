"""The enterprise's own pages: a client's people from outside, groups, administrators, switching, settings."""

import pytest

from Contract.cast import PASSWORD

LONG = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafewarenwohlgepfle"[:100]


@pytest.fixture
def payments(fresh):
    """Olive's payments company: two groups, a client in one of them, and Gus, who works in that group only."""
    olive = fresh.sign_in()
    olive.patch("/enterprise", {"catalogue": "payments"}, expect=200)
    south = olive.post("/groups", {"name": "South"}, expect=201)["id"]
    bavaria = olive.post("/groups", {"name": "Bavaria", "parent": south}, expect=201)["id"]
    client = olive.post("/accounts", {"name": "Kestrel Trading", "group": bavaria, "catalogue": "payments"}, expect=201)["id"]
    olive.post("/accounts", {"name": LONG, "catalogue": "payments"}, expect=201)
    olive.patch(f"/accounts/{client}", {"contact": {"email": "help@alder.example"}}, expect=200)
    olive.post(
        "/administrators",
        {"email": "gus@alder.example", "name": "Gus Frost", "groups": [south], "permissions": ["manage_users"], "password": PASSWORD}, expect=201)
    return fresh, client


@pytest.mark.parametrize("scripts,dark", [(True, False), (True, True), (False, False)], ids=["light", "dark", "plain"])
def test_a_clients_external_users_without_switching(payments, sits_down, size, scripts, dark):
    server, client = payments
    if size == "phone" and not scripts:
        pytest.skip("without scripts once")
    gus = sits_down(server, size, scripts=scripts, dark=dark, shots=f"{size}{'-dark' * dark}{'' if scripts else '-plain'}")
    gus.sign_in("gus@alder.example", PASSWORD).is_at("/accounts").heading("Clients").sees("Configurations", "Kestrel Trading", "South / Bavaria")
    gus.sees_not(LONG).look("clients").follow("Kestrel Trading").heading("Kestrel Trading").look("client")
    gus.follow("External users").is_at(f"/accounts/{client}/users").sees("Kestrel Trading", "No external users yet").look("client-users-empty")
    gus.follow("Add user").look("client-user-new").fill(First_name="Una", Last_name=LONG, **{"E-mail": "una@kestrel.example"})
    gus.tick("OPERATOR").tick("Type one")
    gus.page.locator("#password").fill("Copper-meadow-violin-31")
    gus.page.locator("#repeat").fill("Copper-meadow-violin-32")
    gus.press("Create external user").sees("not the same").look("client-user-error")
    assert gus.field("First name").input_value() == "Una" and gus.page.locator("#password").input_value() == ""
    gus.page.locator("#password").fill("Copper-meadow-violin-31")
    gus.page.locator("#repeat").fill("Copper-meadow-violin-31")
    gus.press("Create external user").sees("was created").look("client-user").follow("Edit").fill(Last_name="Berg")
    gus.press("Save changes").heading("Una Berg").follow("History", gus.page.get_by_role("navigation", name="Una Berg"))
    gus.sees("Gus Frost", "Berg").look("client-user-history").follow("External users").sees("Una Berg").look("client-users")
    gus.menu("Una Berg", "Disable").answer("Disable").sees("Disabled")
    gus.follow("Roles", gus.page.get_by_role("navigation", name="Kestrel Trading")).sees("AUTHORIZER LEVEL 1").look("client-roles")
    gus.follow("History", gus.page.get_by_role("navigation", name="Kestrel Trading")).sees("Editor", "Gus Frost").look("client-history")
    assert f"/accounts/{client}/history" in gus.page.url
    gus.follow("Clients", gus.page.locator("main")).is_at("/accounts")
    gus.sees("1").close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_groups_and_administrators(payments, sits_down, size, dark):
    server, _ = payments
    olive = sits_down(server, size, dark=dark, shots=f"{size}{'-dark' * dark}").sign_in()
    olive.is_at("/accounts").go("Groups").heading("Groups").sees("Bavaria", "in South").look("groups").follow("Create group")
    olive.fill(Name="Franconia").page.locator("#parent").select_option(label="South / Bavaria")
    olive.press("Create group").sees("The group was created").look("group").go("Groups").menu("South", "Delete").answer("Delete").sees("Move them first").look("group-in-use")
    olive.go("Administrators").heading("Administrators").sees("Gus Frost", "South").look("administrators").follow("Create administrator")
    olive.look("administrator-new").fill(Name=LONG, **{"E-mail": "vic@alder.example"}).tick("The groups ticked below").tick("Bavaria")
    olive.tick("Manage external users").tick("Generate one").press("Create administrator").look("administrator-secret")
    password = olive.secret("Password")
    assert server.sign_in("vic@alder.example", password).me["must_change_password"] is True
    olive.kept().sees("vic@alder.example").look("administrator")
    olive.go("Administrators").menu("Gus Frost", "Change password").look("administrator-password").go("Administrators")
    olive.menu("Gus Frost", "Disable").answer("Disable").sees("signed out everywhere").press("Enable").sees("can sign in again")
    olive.follow("History").sees("disabled the administrator").look("administrator-history")
    olive.go("Enterprise").heading("Enterprise").look("enterprise").tick("Ask for a reason").press("Save changes").sees("Saved.")
    olive.follow("History").sees("changed the settings of").look("enterprise-history")
    olive.go("Administrators").menu("Gus Frost", "Switch into").look("administrator-switch")
    within = olive.page.locator("dialog[open]")
    within.locator("#reason").fill("Ticket 4711")
    olive.answer("Switch").sees("Acting as Gus Frost", "Until", "Kestrel Trading").sees_not(LONG).look("acting-as").press("Switch back")
    olive.sees("You switched back").go("Administrators").menu("Gus Frost", "Disable").answer("Disable").sees("signed out everywhere")
    olive.go("Administrators").menu("Gus Frost", "Erase data").sees("no way back").look("administrator-erase")
    olive.page.locator("dialog[open] #reason").fill("Asked for on 3 March.")
    olive.answer("Erase for good").sees("The data was erased", "nothing but the id is left").sees_not("Gus Frost").look("administrator-erased")
    olive.follow("History").sees("erased the data of").sees_not("Gus Frost").close()
