"""Adam has access reviewed, takes away what nobody uses, and says from where programs may call."""

import datetime

from Contract.cast import PASSWORD


def day(server, days):
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


def test_a_review(cast, sits_down, size):
    server, north = cast.server, cast.north
    night = north.inside.post(
        "/roles", {"name": "Night desk", "description": "x", "screens": {"sessions": {"level": "read", "reach": "own"}}}, expect=201)["id"]
    una = cast.una
    north.inside.patch(f"/users/{una.id}", {"roles": [cast.user_role, night]}, expect=200)
    adam = sits_down(server, size, scripts=size == "desktop").sign_in(cast.adam.username, PASSWORD).open("/settings/users")
    adam.follow("Access reviews").sees("No review yet").look("reviews-empty").follow("Begin a review").look("review-new")
    adam.page.locator("#name").fill("Spring")
    adam.page.locator("#due-at").fill("2001-01-01")
    adam.page.get_by_text("Is taken away", exact=True).click()
    adam.tick("Everybody's").press("Begin, and mail them").sees("One thing needs your attention").look("review-refused")
    adam.page.locator("#due-at").fill(day(server, 10))
    adam.press("Begin, and mail them").sees("The review has begun", "Night desk", "Your own: somebody else answers.").look("review")
    row = adam.page.locator("tr", has_text="Una Berg").filter(has_text="Night desk")
    row.get_by_label("Take away").check()
    row.get_by_label("Comment").fill("Works by day now.")
    adam.page.locator("tr", has_text="Una Berg").filter(has_text="USER").get_by_label("Right").check()
    adam.press("Save answers").sees("Saved.", "Taken away", "Works by day now.").look("review-answered")
    assert north.inside.get(f"/users/{una.id}", expect=200)["roles"] == [cast.user_role]
    adam.follow("Unanswered 1").sees_not("Una Berg").follow("End it now").sees("1 of 3 are not answered.").look("review-end").press("End it")
    adam.sees("The review has ended")
    for _ in range(200):
        adam.page.reload()
        if "Closed" in adam.main:
            break
        adam.page.wait_for_timeout(250)
    # Adam's own, which nobody could answer: the last manager stays.
    adam.sees("Closed").open(adam.page.url.split("?")[0]).sees("Nobody else could manage the account.").look("review-closed")
    adam.open("/settings/reviews").sees("Spring", "2 of 3").look("reviews")
    adam.close()


def test_unused_access(cast, sits_down, size):
    server = cast.server
    adam, una = cast.adam, cast.una
    server.move_clock(days=91)
    person = sits_down(server, size, dark=size == "phone").sign_in(adam.username, PASSWORD).open("/settings/users?away=90").sees("Una Berg", "Signed in")
    person.follow("Unused access").sees("Una Berg").look("unused")
    person.press("Deactivate Una Berg").sees("Done. It is in the history.").look("unused-done")
    person.open(f"/settings/users/{una.id}").sees("Deactivated")
    person.close()


def test_allowed_addresses(cast, sits_down, size):
    server, key = cast.server, cast.road
    adam = sits_down(server, size).sign_in(cast.adam.username, PASSWORD).open("/settings/security").follow("Allowed addresses")
    adam.sees("You come from 127.0.0.1", "From everywhere").look("addresses-empty")
    adam.page.locator("#address").fill("192.0.2.300")
    adam.press("Add").sees("One thing needs your attention").look("addresses-refused")
    adam.page.locator("#address").fill("192.0.2.7/24")
    adam.press("Add").sees("Added.", "192.0.2.0/24", "A program there may not call.")
    assert key.api.get("/sessions").status_code == 403
    for _ in range(200):
        adam.page.reload()
        if "Refused of late" in adam.main:
            break
        adam.page.wait_for_timeout(250)
    adam.sees("Road checks").look("addresses").follow("Add this 127.0.0.1").press("Add").sees("A program there may call.", "Allowed now")
    assert key.api.get("/sessions").status_code == 200
    adam.follow("Remove 192.0.2.0/24").sees("Remove 192.0.2.0/24?").look("addresses-remove").answer("Remove").sees("Removed.")
    assert key.api.get("/sessions").status_code == 200
    adam.close()
