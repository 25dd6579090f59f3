"""The link of a mail: looking asks, pressing decides, and a mail programme may do it with one click."""

from collections.abc import Iterator

import pytest

from services.chassis.contracts import Done
from services.notify import contracts as notify
from tests.support.gateway import Gateway, Script, gateway

TOKEN = "0193" + "a" * 60


@pytest.fixture
def door() -> Iterator[Gateway]:
    script = Script()
    script.answer(notify.Unsubscribe, Done())
    with gateway(script) as standing:
        yield standing


def test_looking_at_the_link_changes_nothing_and_shows_a_button(door: Gateway) -> None:
    page = door.client().get(f"/unsubscribe/{TOKEN}")

    assert page.status == 200
    assert '<form method="post">' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert TOKEN not in page.text
    assert door.script.heard == []


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
@pytest.mark.parametrize("path", [f"/unsubscribe/{TOKEN}", f"/api/v1/unsubscribe/{TOKEN}"])
def test_one_click_of_a_mail_programme_decides_without_signing_in(
    door: Gateway, path: str, kind: str
) -> None:
    answer = door.client().post(path, b"List-Unsubscribe=One-Click", Content_Type=kind)

    assert answer.status == 200
    (asked,) = door.script.heard
    assert isinstance(asked, notify.Unsubscribe)
    assert asked.token == TOKEN


def test_pressing_the_button_says_that_it_is_done_in_the_language_of_the_browser(door: Gateway) -> None:
    page = door.client(Accept_Language="en").post(f"/unsubscribe/{TOKEN}", b"")

    assert "Done." in page.text
    assert "<form" not in page.text


def test_a_link_that_was_cut_off_says_what_to_do(door: Gateway) -> None:
    door.script.answer(notify.Unsubscribe, notify.UnknownLetter())

    page = door.client().post("/unsubscribe/0193", b"")

    assert page.status == 404
    assert "退订链接" in page.text
