"""Every page that links lead to, with names as long as they may be: Tab comes to everything that can be used, one sees where one is, and nothing
is wider than the screen."""

import re

from playwright.sync_api import Error as PlaywrightError

from Contract.cast import PASSWORD, ready_export
from support.server import OLIVE

LONG = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafewarenwohlgepfle"[:100]
ID = re.compile(r"/(?:[a-z]+_[0-9a-z]{26}|[A-Za-z0-9_-]{43})(?=/|$)")
# What leaves the console, is no page, or would end the crawl.
ELSEWHERE = re.compile(r"^/(assets|api|c|l|r|sign-out)(/|$)|\.[a-z]+$")

# The elements that ought to be reached, in the order of the page; of radio buttons with one name only one is.
LIST = """() => {
    const groups = new Set();
    window.reachable = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(element => {
        if (element.disabled || element.tabIndex < 0 || element.type === "hidden") return false;
        if (!element.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) || element.getClientRects().length === 0) return false;
        if (element.type === "radio") {
            const group = element.form?.id + " " + element.name;
            const checked = document.querySelector(`input[type=radio][name="${CSS.escape(element.name)}"]:checked`);
            if (groups.has(group) || (checked && checked !== element)) return false;
            groups.add(group);
        }
        return true;
    });
    document.activeElement?.blur();
    window.scrollTo(0, 0);
    const look = (one, part) => {
        if (!one) return "";
        const {outline, outlineStyle, outlineWidth, boxShadow} = getComputedStyle(one, part);
        return (outlineStyle === "none" || parseFloat(outlineWidth) === 0 ? "" : outline) + boxShadow;
    };
    window.looks = element => look(element) + look(element, "::after") + look(element.labels?.[0]);
    window.atRest = window.reachable.map(window.looks);
    return window.reachable.length;
}"""
# Which of them has the focus, and whether that can be seen: on it, or on what stands for it, something is not as it was at rest.
WHERE = """() => {
    const element = document.activeElement;
    const index = window.reachable.indexOf(element);
    const isShown = index < 0 || window.looks(element) !== window.atRest[index];
    return {index, isBody: element === document.body, isShown, text: element.outerHTML.slice(0, 160)};
}"""
# Long names first.
LINKS = """() => [...document.querySelectorAll("a[href]")].sort((one, other) => other.textContent.length - one.textContent.length).map(link => link.href)"""


def pattern(path):
    return ID.sub("/{id}", path)


def reached(person):
    """Goes through the page by Tab; what is wrong with it, in sentences."""
    page, wrong, seen, last = person.page, [], set(), None
    count = page.evaluate(LIST)
    for _ in range(5 * count + 20):
        page.keyboard.press("Tab")
        at = page.evaluate(WHERE)
        if at["index"] == last and last >= 0:
            continue  # a date has a stop for each of its parts
        if at["isBody"] or at["index"] in seen:
            break
        last = at["index"]
        if last >= 0:
            seen.add(last)
        if not at["isShown"]:
            wrong.append(f"no focus is seen on {at['text']}")
    for index in sorted(set(range(count)) - seen):
        wrong.append("Tab does not reach " + page.evaluate("index => window.reachable[index].outerHTML.slice(0, 160)", index))
    return wrong


def crawl(person):
    """Each kind of page once, from where one is after signing in."""
    base = person.server.url
    waiting, known, wrong = [person.page.url.removeprefix(base)], set(), {}
    while waiting:
        path = waiting.pop(0)
        kind = pattern(path.split("?")[0].split("#")[0])
        if kind in known or ELSEWHERE.search(kind):
            continue
        known.add(kind)
        try:
            answer = person.page.goto(path)
        except PlaywrightError as error:
            assert "Download is starting" in str(error)
            continue
        assert answer.status == 200, f"{path}: {answer.status}"
        width = person.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        # Once more where something was wrong: a list may have been drawn anew on the way.
        found = (reached(person) and reached(person)) + ([f"it is {width[0]} px wide on a screen of {width[1]}"] if width[0] > width[1] else [])
        if found:
            wrong[kind] = found
        waiting += [link.removeprefix(base) for link in person.page.evaluate(LINKS) if link.startswith(base + "/")]
    return known, wrong


def require_reached(person, least):
    known, wrong = crawl(person)
    assert not wrong, "\n".join(f"{kind}:\n    " + "\n    ".join(found) for kind, found in wrong.items())
    assert len(known) >= least, f"only {len(known)} kinds of pages were found: {sorted(known)}"
    person.close()


def fill(cast):
    """Something of everything, with names as long as they may be."""
    inside, olive = cast.north.inside, cast.olive
    role = inside.post("/roles", {"name": LONG[:60], "description": LONG, "screens": {"users": {"level": "read"}}}, expect=201)["id"]
    for person, held in ((cast.una, cast.user_role), (cast.adam, cast.north.role("ADMIN"))):
        inside.patch(f"/users/{person.id}", {"first_name": LONG, "last_name": LONG, "roles": [held, role]}, expect=200)
    cast.session(cast.una, reference=LONG[:60], contact={"first_name": LONG[:60], "last_name": LONG[:60]})
    inside.post("/links", {"name": LONG[:60], "api_key": cast.road.id}, expect=201)
    inside.post("/places", {"name": LONG[:60], "kind": "room"}, expect=201)
    inside.post("/integrations", {"name": LONG[:60], "client_id": "machine", "functions": {"users": "read"}}, expect=201)
    inside.post("/reviews", {"name": LONG[:60], "due_at": "2098-04-01T00:00:00Z", "roles": [role]}, expect=201)
    ready_export(cast.adam.api, {"kind": "users"})
    group = olive.post("/groups", {"name": LONG[:60]}, expect=201)["id"]
    olive.post("/accounts", {"name": LONG[:60], "group": group}, expect=201)
    olive.post(
        "/administrators", {"email": "gus@alder.example", "name": LONG, "groups": [group], "permissions": [], "password": PASSWORD}, expect=201)


def test_the_pages_of_an_account(cast, sits_down, size):
    fill(cast)
    require_reached(sits_down(cast.server, size).sign_in(cast.adam.username, PASSWORD).is_at("/overview"), 40)


def test_the_pages_of_the_enterprise(cast, sits_down, size):
    fill(cast)
    require_reached(sits_down(cast.server, size).sign_in(OLIVE).is_at("/accounts"), 20)
