"""Tables out and in, as other programs read and write them: csv and openpyxl."""

import csv
import io
import re

import openpyxl
import pytest
import requests

from Contract.cast import ready_export, refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What programs take for formulas, by the list of OWASP and in forms that some fold into it; and texts that only have to survive.
HOSTILE = [
    "=1+1", "+49 30 1234", "-5", "@SUM(A1)", "=cmd|' /C calc'!A0", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x", "=\u0338x", "=\u03011", "\"=1+1", "'=1", "\u200b=1",
    "a,b;c", "\"quoted\"", "O'Brien", "<b>&amp;</b>", "\U0001f600 smile", "line\\nless", "Ärger"]
STARTS = re.compile("^[\ufeff\\s\"'\u200b]*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


@pytest.fixture(scope="module")
def names(cast):
    """People whose last names are hostile; their names by their e-mails."""
    made = {}
    for number, name in enumerate(HOSTILE):
        email = f"hostile{number}@example.com"
        cast.adam.api.post("/users", {
            "email": email, "first_name": "Harm", "last_name": name, "roles": [cast.user_role], "generate_password": True}, expect=201)
        made[email] = name
    return made


def export(api, **body):
    one = ready_export(api, body)
    return one, api.get(f"/exports/{one['id']}/file").content


def test_csv(cast, names):
    one, file = export(cast.adam.api, kind="users", format="csv")
    rows = list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline="")))
    assert len(rows) == one["rows"] == cast.adam.api.get("/users?total=true&limit=1", expect=200)["total"]
    assert file.count(b"\n") == file.count(b"\r\n") == len(rows) + 1, "no value breaks a row"
    by_email = {row["email"]: row for row in rows}
    for email, name in names.items():
        written = by_email[email]["last_name"]
        assert written == ("'" + name if STARTS.match(name) or "\u0338" in name or "\u0301" in name else name), name
        assert not STARTS.match(written) or written.startswith("'")
        assert by_email[email]["roles"] == "USER"
    assert not any("argon2" in value for row in rows for value in row.values())


def test_workbook(cast, names):
    _, file = export(cast.adam.api, kind="users", format="xlsx")
    for formulas in (False, True):  # with and without what formulas came to
        sheet = openpyxl.load_workbook(io.BytesIO(file), data_only=formulas).active
        rows = [dict(zip([cell.value for cell in sheet[1]], row)) for row in sheet.iter_rows(min_row=2)]
        by_email = {row["email"].value: row for row in rows}
        for email, name in names.items():
            cell = by_email[email]["last_name"]
            assert cell.value == name and cell.data_type in ("s", "inlineStr"), name
            assert by_email[email]["created_at"].is_date
        assert all(cell.data_type != "f" for row in rows for cell in row.values())


def test_what_was_exported_is_imported(cast, names):
    """Into another account, from both formats, without a difference."""
    for form, type in (("csv", "text/csv"), ("xlsx", XLSX)):
        _, file = export(cast.adam.api, kind="users", format=form, search="harm")
        answer = requests.post(
            f"{cast.server.url}/api/v1/imports?dry_run=true", data=file, timeout=60,
            headers={"Authorization": f"Bearer {cast.mallory.api.token}", "Content-Type": type})
        # The usernames are taken; everything else is right.
        assert {error["code"] for error in answer.json()["errors"]} == {"username_taken"}, answer.text
        assert len(answer.json()["errors"]) == len(names)


def test_a_workbook_of_somebody_elses_program(cast):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["E-Mail", "First name", "Last name", "Roles", "ends_at"])
    import datetime
    sheet.append(["book@example.com", "=1+1", "Wörk", "USER", datetime.datetime(2098, 1, 1)])
    sheet["B2"].data_type = "s"
    file = io.BytesIO()
    book.save(file)
    answer = requests.post(
        f"{cast.server.url}/api/v1/imports", files={"file": ("people.xlsx", file.getvalue(), XLSX)}, timeout=60,
        headers={"Authorization": f"Bearer {cast.adam.api.token}"})
    assert answer.status_code == 200, answer.text
    user = cast.adam.api.get(f"/users/{answer.json()['rows'][0]['id']}", expect=200)
    assert (user["first_name"], user["last_name"], user["ends_at"]) == ("=1+1", "Wörk", "2098-01-01T00:00:00.000Z")


def test_bombs_are_refused(cast):
    import zipfile
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b" " * (60 << 20))
    refused(requests.post(
        f"{cast.server.url}/api/v1/imports", data=file.getvalue(), timeout=60,
        headers={"Authorization": f"Bearer {cast.adam.api.token}", "Content-Type": XLSX}), 422, "malformed_file")
