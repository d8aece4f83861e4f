"""Mail, as people meet it: a user who chooses a password by a link, one who forgot it, an e-mail that changes, and an administrator who tests the mail server."""

import pytest

from Browser.console import expect
from Contract.cast import PASSWORD, Cast
from support.mail import Sink
from support.server import OLIVE, init


@pytest.fixture
def sink():
    with Sink() as running:
        yield running


@pytest.fixture
def mailing(data, serve, sink):
    init(data)
    return serve(data, "--mail", f"smtp://127.0.0.1:{sink.port}")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_user_chooses_a_password_by_a_mailed_link(mailing, sink, sits_down, size, scripts):
    cast = Cast(mailing)
    _ = cast.road
    adam = sits_down(mailing, size, scripts=scripts, shots=f"{size}-{'js' if scripts else 'plain'}")
    page = adam.page
    adam.sign_in(cast.adam.username, PASSWORD)
    page.goto("/settings/users/new")
    page.get_by_label("First name").fill("Pia")
    page.get_by_label("Last name").fill("Moss")
    page.get_by_label("E-mail", exact=True).fill("pia@mail.example")
    page.get_by_label("Mail a link").check()
    if scripts:
        page.evaluate("scrollTo(0, 0)")  # the head of the page must not lie over what axe measures
    adam.look("mail-new-user")
    page.get_by_role("button", name="Create user").click()
    expect(page.get_by_text("The user was created")).to_be_visible()
    adam.look("mail-pending-user")
    first = sink.wait(1, to="pia@mail.example")[0]
    user = page.url.split("?")[0]
    page.goto(user + "/activation")
    adam.look("mail-activation")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("The mail is on its way")).to_be_visible()
    second = sink.wait(2, to="pia@mail.example")[1]

    pia = sits_down(mailing, size, scripts=scripts, shots=f"{size}-{'js' if scripts else 'plain'}")
    page = pia.page
    page.goto(first.link())
    pia.look("mail-link-closed")
    page.goto(second.link())
    pia.look("mail-choose-password")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("Repeat it").fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    pia.sign_in("pia@mail.example", PASSWORD)
    expect(page).to_have_url(mailing.url + "/sessions")
    assert adam.wrong == pia.wrong == []


def test_a_forgotten_password_and_a_new_address(mailing, sink, sits_down, size):
    cast = Cast(mailing)
    una = sits_down(mailing, size)
    page = una.page
    page.goto("/sign-in")
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("Your e-mail").fill("una@north.example")
    una.look("mail-forgotten")
    _ = cast.una
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    una.look("mail-forgotten-sent")
    page.goto(sink.wait(1, to="una@north.example")[0].link())
    new = "Copper-lantern-meadow-31"
    page.get_by_label("New password").fill(new)
    page.get_by_label("Repeat it").fill(new)
    page.get_by_role("button", name="Save and sign in").click()
    una.sign_in("una@north.example", new)

    adam = sits_down(mailing, size)
    adam.sign_in(cast.adam.username, PASSWORD)
    page = adam.page
    page.goto(f"/settings/users/{cast.una.id}/email")
    page.get_by_label("New e-mail").fill("una.berg@north.example")
    adam.look("mail-change-email")
    page.get_by_role("button", name="Mail the link").click()
    expect(page.get_by_text("The mail is on its way")).to_be_visible()
    page = una.page
    page.goto(sink.wait(1, to="una.berg@north.example")[0].link("/email/"))
    una.look("mail-confirm-email")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Your e-mail address was changed")).to_be_visible()
    una.look("mail-email-confirmed")
    sink.wait(2, to="una@north.example")


def test_an_administrator_sees_how_mail_stands(fresh, sink, data, serve, sits_down, size):
    olive = sits_down(fresh, size)
    olive.sign_in()
    page = olive.page
    expect(page.get_by_text("No mail server is set up")).to_be_visible()
    page.get_by_role("link", name="More about mail").click()
    olive.look("mail-files")
    page.get_by_role("button", name="Send me a test mail").click()
    expect(page.get_by_text("kept as a file")).to_be_visible()
    fresh.stop()
    # The same installation with a mail server that refuses.
    sink.answer = "550 5.7.1 no"
    fresh.flags = ("--mail", f"smtp://127.0.0.1:{sink.port}")
    fresh.start()
    cast = Cast(fresh)
    cast.north.inside.post(
        "/users", {"email": "pia@mail.example", "first_name": "Pia", "last_name": "Moss", "roles": [cast.user_role]}, expect=201)
    assert sink.held.wait(10)
    page.goto("/mail")
    page.get_by_role("button", name="Send me a test mail").click()
    expect(page.get_by_text("The mail was not taken")).to_be_visible()
    expect(page.get_by_role("heading", name="Given up")).to_be_visible()
    olive.look("mail-given-up")
    sink.answer = "250 taken"
    page.get_by_role("button", name="Send me a test mail").click()
    expect(page.get_by_text("The mail server took the mail")).to_be_visible()
    olive.look("mail-tested")
    assert sink.mails[-1].to == OLIVE


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_session_reaches_its_customer_by_mail(mailing, sink, sits_down, size, scripts):
    cast = Cast(mailing)
    made = cast.session(cast.una, contact={"first_name": "Carla", "last_name": "Customer", "phone": "+4915112345678", "email": "carla@mail.example"})
    una = sits_down(mailing, size, scripts=scripts, shots=f"{size}-{'js' if scripts else 'plain'}", dark=size == "phone")
    una.sign_in(cast.una.username, PASSWORD).is_at("/sessions").open(f"/sessions/{made['id']}").look("session-send")
    una.fill(**{"Customer's_e-mail": "carla"})
    if not scripts:
        una.page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
        una.press("Send by e-mail").sees("One thing needs your attention").look("session-send-refused")
    assert una.page.locator("a[href^='sms:+4915112345678?']").count() == 1
    una.fill(**{"Customer's_e-mail": "carla@mail.example"}).press("Send by e-mail")
    una.sees("The mail with the capture link is on its way", "mailed the capture link to carla@mail.example").look("session-sent")
    mail = sink.wait(1, to="carla@mail.example")[0]
    assert mail.link("/c/") == made["capture_url"]
    carla = sits_down(mailing, "phone", scripts=scripts)
    carla.open(mail.link("/c/")).sees("Your code, if you call us")
    assert una.wrong == carla.wrong == []
