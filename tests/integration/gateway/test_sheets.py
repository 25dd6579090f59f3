"""Sheets through the JSON API: they come as a form or in JSON, and their problems go back as sentences."""

import pytest

from services.wishes import contracts as wishes
from tests.support.gateway import Gateway, a_member, a_worker

AREA = "0192f0c1-7f3a-7b3a-8b3a-0192f0c17f3a"


REPORT = wishes.ImportReport(
    form="000",
    batch=None,
    accepted=0,
    rejected=1,
    rows=[
        wishes.RowReport(
            row=5,
            status="error",
            problems=[
                wishes.RowProblem(column="电话", reason="sheets.phone_unreadable", arguments={"digits": "7"})
            ],
        )
    ],
    problems=[wishes.RowProblem(column="", reason="sheets.column_unknown", arguments={"where": "F"})],
)


def form(boundary: str = "line", **parts: bytes) -> tuple[bytes, str]:
    """Return a form as a browser sends it, and its content type; the part `file` is a file."""
    lines = []
    for name, value in parts.items():
        file = '; filename="心愿.xlsx"' if name == "file" else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        lines.append(head.encode() + value + b"\r\n")
    return b"".join(lines) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def test_a_sheet_comes_as_a_form_and_its_problems_go_back_as_sentences(door: Gateway) -> None:
    door.script.answer(wishes.ImportWishes, REPORT)
    content = bytes(range(256)) * 20_000  # five megabytes
    body, kind = form(file=content, commit=b"true")
    reply = door.signed_in(a_worker()).post(f"/api/v1/areas/{AREA}/wishes/imports", body, Content_Type=kind)
    assert reply.status == 200
    (asked,) = door.script.heard
    assert isinstance(asked, wishes.ImportWishes)
    assert (asked.file_name, asked.commit, asked.content == content) == ("心愿.xlsx", True, True)
    (problem,) = reply.json["rows"][0]["problems"]
    assert "读到 7 位数字" in problem["message"]
    (of_the_file,) = reply.json["problems"]
    assert of_the_file["message"].startswith("F 列不是这张表的内容")


def test_a_sheet_may_come_in_json_too(door: Gateway) -> None:
    door.script.answer(wishes.ImportWishes, REPORT)
    client = door.signed_in(a_worker(), Accept_Language="en")
    reply = client.post(f"/api/v1/areas/{AREA}/wishes/imports", {"file_name": "a.xlsx", "content": b"PK"})
    assert "7 digits were read" in reply.json["rows"][0]["problems"][0]["message"]


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (form(commit=b"true")[0], form()[1], "gateway.field_missing"),
        (form(file=b"x", commit=b"perhaps")[0], form()[1], "gateway.field_unfit"),
        (form(file=b"x", colour=b"red")[0], form()[1], "gateway.field_unknown"),
        (b"--line\r\nrubbish", form()[1], "gateway.body_unreadable"),
        (form(file=b"x")[0], "multipart/form-data", "gateway.body_unreadable"),
        (b"x" * 1000, form()[1], "gateway.body_unreadable"),
    ],
)
def test_a_form_that_is_not_right_is_refused(door: Gateway, body: bytes, kind: str, code: str) -> None:
    reply = door.signed_in(a_worker()).post(f"/api/v1/areas/{AREA}/wishes/imports", body, Content_Type=kind)
    assert (reply.status, reply.code) == (400, code)


def test_who_may_not_import_is_refused_before_the_file_is_read(door: Gateway) -> None:
    body, kind = form(file=b"x" * 3_000_000)
    reply = door.signed_in(a_member()).post(f"/api/v1/areas/{AREA}/wishes/imports", body, Content_Type=kind)
    assert (reply.status, reply.code) == (403, "chassis.not_permitted")
