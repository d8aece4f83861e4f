"""Adam exports who may do what, and imports people from a file and from lines: with and without scripts, on a phone."""

import io
import time

import openpyxl
import pytest

from Contract.cast import PASSWORD

LINES = """email,first_name,last_name,roles
ida@example.com,Ida,Moss,USER
imre@example.com,Imre,Holt,USER; ADMIN
"""


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def adam(request, cast, sits_down, size):
    if not request.param and size == "phone":
        pytest.skip("one of them is enough")
    shots = {} if request.param else {"shots": "nojs"}
    person = sits_down(cast.server, size, scripts=request.param, **shots)
    return person.sign_in(cast.adam.username, PASSWORD)


def test_people_in_and_out(cast, adam):
    adam.open("/settings/users/import").look("users-import")
    adam.page.locator("#lines").fill(LINES.replace("ida@example.com", cast.adam.username).replace("ADMIN", "Nobody"))
    adam.press("Show what it would do").sees("things are wrong", "There is no role Nobody").look("users-import-wrong")
    book = openpyxl.Workbook()
    for line in LINES.splitlines():
        book.active.append(line.split(","))
    file = io.BytesIO()
    book.save(file)
    adam.page.locator("#lines").fill("")
    adam.page.locator("#file").set_input_files({"name": "people.xlsx", "mimeType": "application/octet-stream", "buffer": file.getvalue()})
    adam.press("Check again").sees("2 people would be added", "Ida Moss").look("users-import-right")
    adam.press("Import 2 people").is_at("/settings/users").sees("Ida Moss", "Imre Holt")
    adam.open("/settings/users?status=pending").follow("Export").look("export-new")
    adam.press("Export").sees("Kept until")
    for _ in range(40):
        if adam.page.get_by_role("link", name="Download").count():
            break
        time.sleep(0.25)
        adam.page.reload()
    adam.look("export-ready")
    with adam.page.expect_download() as download:
        adam.page.get_by_role("link", name="Download").click()
    sheet = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes())).active
    assert {row[2] for row in sheet.iter_rows(min_row=2, values_only=True)} >= {"ida@example.com", "imre@example.com"}
    adam.open("/settings/exports").sees("Ready").look("exports")
    adam.close()
