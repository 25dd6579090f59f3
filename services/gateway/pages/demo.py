"""The telephone of a demo house: SMS that would have gone out, shown to whoever sits at the machine."""

from collections import deque
from typing import Any

import msgspec
from flask import Flask, Response, make_response, render_template, request

KEPT = 50


class Letter(msgspec.Struct, frozen=True):
    """One SMS as notify's generic gateway hands it over."""

    phone: str
    text: str
    id: str


def add_demo_phone(app: Flask) -> None:
    """Add `/demo/sms`, where notify sends, and `/demo/phone`, where it is read; only a demo house has them.

    The house of a demo listens on loopback, and everybody in it is made up.
    """
    letters: deque[Letter] = deque(maxlen=KEPT)

    @app.post("/demo/sms")
    def take_demo_sms() -> Any:
        try:
            letters.appendleft(msgspec.json.decode(request.get_data(cache=False), type=Letter))
        except msgspec.MsgspecError:
            return {"code": "MALFORMED"}, 400
        return {"code": "OK"}

    @app.get("/demo/phone")
    def show_demo_phone() -> Response:
        page = make_response(render_template("demo_phone.html", letters=list(letters)))
        page.headers["Cache-Control"] = "no-store"
        return page
