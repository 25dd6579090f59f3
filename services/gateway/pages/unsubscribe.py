"""Where the link of a mail leads: a click asks, a second one (or the mail programme, RFC 8058) decides."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, make_response, render_template

from services.chassis.contracts import Request
from services.notify.contracts import Unsubscribe


def add_unsubscribe(app: Flask, ask: Callable[[Request], Any]) -> None:
    """Add `/unsubscribe/TOKEN`; reading it changes nothing, since mail scanners read every link."""

    @app.get("/unsubscribe/<token>")
    def ask_whether_to_unsubscribe(token: str) -> Response:
        return _page(is_done=False)

    @app.post("/unsubscribe/<token>")
    def unsubscribe_from_mails(token: str) -> Response:
        ask(Unsubscribe(token=token[:200]))
        return _page(is_done=True)


def _page(*, is_done: bool) -> Response:
    page = make_response(render_template("unsubscribe.html", is_done=is_done))
    page.headers["Cache-Control"] = "no-store"
    page.headers["X-Robots-Tag"] = "noindex"
    return page
