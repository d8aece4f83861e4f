"""A second step: set up, asked for, lost and reset; in the light with scripts, in the dark without."""

import re
import time

import pyotp
import pytest

from Contract.cast import PASSWORD


def app_on(page):
    """The app that takes the key which the page shows."""
    return pyotp.TOTP(page.locator("#app-secret").inner_text().replace(" ", ""))


@pytest.mark.parametrize("scripts", [True, False], ids=["light", "plain-dark"])
def test_set_up_asked_for_lost_and_reset(cast, sits_down, size, scripts):
    shots = size if scripts else f"{size}-plain-dark"
    una = sits_down(cast.server, size, scripts=scripts, dark=not scripts, shots=shots)
    una.sign_in(cast.una.username, PASSWORD).open("/my").sees("None: your password alone signs you in.")
    una.follow("Set up a second step").is_at("/my/second-step").look("second-step-none").follow("Add an authenticator app")
    app = app_on(una.page)
    una.fill(Code="000000", A_name_for_it="Phone with a rather long name, such as people give").look("second-step-offer")
    una.press("Add it").sees("This is not the code that the app shows now").look("second-step-offer-error")
    assert app_on(una.page).secret == app.secret
    una.fill(Code=app.at(int(time.time()) - 30)).press("Add it").sees("Your recovery codes").look("second-step-codes")
    codes = una.secret("Recovery codes").split("\n")
    assert len(codes) == 10 and all(re.fullmatch(r"([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}", code) for code in codes)
    una.kept().is_at("/my/second-step").sees("10 recovery codes are left", "Phone with a rather long name").look("second-step")
    una.open("/my").look("my-second-step").open("/my/second-step")

    # Asked for.
    cast.una.api.delete("/logins/current", expect=204)
    una.context.clear_cookies()
    una.sign_in(cast.una.username, PASSWORD).heading("Second step").look("second-step-asked")
    una.fill(Code="111111").press("Continue").sees("This code is not right").look("second-step-wrong")
    una.fill(Code=app.now()).press("Continue").is_at("/sessions")
    # Lost: a recovery code.
    una.context.clear_cookies()
    una.sign_in(cast.una.username, PASSWORD).heading("Second step")
    una.page.locator("summary", has_text="take a recovery code").click()
    una.look("second-step-recovery").fill(Recovery_code=codes[4].upper()).press("Sign in with it").is_at("/sessions")
    una.open("/my/second-step").sees("9 recovery codes are left")

    # Reset by Adam, who then asks it of everybody, himself included.
    adam = sits_down(cast.server, size, scripts=scripts, dark=not scripts, shots=shots).sign_in(cast.adam.username, PASSWORD)
    adam.open(f"/settings/users/{cast.una.id}").sees("Authenticator app", "Phone with a rather long name").look("user-second-step")
    adam.open(f"/settings/users/{cast.una.id}/second-step/reset").look("second-step-reset").press("Reset second step")
    adam.is_at(f"/settings/users/{cast.una.id}").sees("The second step was reset").open("/settings/security")
    adam.page.get_by_label("Everybody", exact=True).check()
    adam.page.get_by_label("Length alone").check()
    adam.look("security-second-step").press("Save changes").is_at("/my/second-step").sees("Your account asks for a second step").look("second-step-must")
    assert cast.north.inside.get("/settings/security", expect=200)["password"]["min_length"] == 15
    adam.open("/settings/users").is_at("/my/second-step").follow("Add an authenticator app")
    adam.fill(Code=app_on(adam.page).at(int(time.time()) - 30)).look("second-step-must-offer").press("Add it").kept().is_at("/overview")
    una.open("/sessions").is_at("/sign-in").sees("Your second step was changed" if scripts else "Sign in").close()
    adam.close()
