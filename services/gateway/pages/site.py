"""The Flask application: the addresses of the pages, their words, and what is shown when one fails."""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Request, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from services.chassis import contracts
from services.chassis.calendar import PublicHolidays
from services.chassis.refusals import Refusal
from services.chassis.words import say, say_refusal
from services.gateway.api.answers import STATUS_OF_CODE, STATUS_OF_KIND
from services.gateway.pages.board import Board, Seen, Wanted, kinds_in_words
from services.gateway.pages.demo import add_demo_phone
from services.gateway.pages.unsubscribe import add_unsubscribe
from services.gateway.settings import GatewaySettings
from services.gateway.visitors import language_of
from services.wishes.contracts import WishKind

log = structlog.get_logger(__name__)

PAGES_FOR_FAULTS = frozenset({400, 403, 404, 405, 413, 429, 500, 503})
A_DAY = 86400


def site(
    ask: Callable[[contracts.Request], Any], settings: GatewaySettings, zone: str, holidays: PublicHolidays
) -> Flask:
    """Return the application that serves every page; `ask` asks a service and gives up soon."""
    app = Flask("services.gateway", template_folder="templates", static_folder="static")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = A_DAY
    app.config["MAX_CONTENT_LENGTH"] = settings.largest_open_body
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    board = Board(ask, _draw, settings, zone, holidays)
    app.add_url_rule("/", "board", partial(_board, board))
    add_unsubscribe(app, ask)
    if settings.demo:
        add_demo_phone(app)
    app.register_error_handler(Exception, _fault)
    app.context_processor(partial(_words_of_the_page, settings, _edition(Path(str(app.static_folder)))))
    return app


def _board(board: Board) -> Response:
    page = make_response(board.page(_wanted(request)))
    page.headers["Cache-Control"] = "public, max-age=2"  # for everybody: a proxy may keep it
    page.headers["Vary"] = "Accept-Language"
    return page


def _draw(seen: Seen, wanted: Wanted) -> str:
    return render_template("board.html", seen=seen, wanted=wanted, kinds=kinds_in_words(wanted.language))


def _wanted(asked: Request) -> Wanted:
    """Return what the address asks for; what it says wrongly is left aside rather than refused."""
    kind = asked.args.get("kind")
    after = asked.args.get("after", "").replace("\0", "")[:200]
    return Wanted(
        kind=WishKind(kind) if kind in set(WishKind) else None,
        after=after or None,
        is_large=asked.args.get("text") == "large",
        language=_language(),
    )


def _fault(fault: Exception) -> Response:
    """Return the page for a refusal, an HTTP error or a fault of ours; only the last is logged."""
    message = None
    if isinstance(fault, Refusal):
        status = STATUS_OF_CODE.get(fault.code) or STATUS_OF_KIND[fault.kind]
        message = say_refusal(fault, _language())
    elif isinstance(fault, HTTPException) and fault.code and fault.code < 500:
        if fault.code < 400:
            return make_response(fault.get_response())
        status = fault.code
    else:
        log.exception("page_faulted", request_id=_request_id())
        status = 500
    shown_as = status if status in PAGES_FOR_FAULTS else 400
    page = make_response(render_template("fault.html", status=shown_as, message=message), status)
    page.headers["Cache-Control"] = "no-store"
    if status in (429, 503):
        page.headers["Retry-After"] = "5"
    return page


def _edition(folder: Path) -> str:
    """Return a name for what the static files hold: a changed sheet gets a new address, past old copies."""
    content = b"".join(file.read_bytes() for file in sorted(folder.iterdir()))
    return hashlib.sha256(content).hexdigest()[:8]


def _words_of_the_page(settings: GatewaySettings, edition: str) -> dict[str, Any]:
    language = _language()
    return {
        "say": lambda code, **arguments: say(code, language, **arguments),
        "lang": "zh-CN" if language == "zh" else "en",
        "hotline": settings.hotline,
        "request_id": _request_id(),
        "edition": edition,
    }


def _language() -> str:
    return language_of(request.headers.get("Accept-Language"), "zh")


def _request_id() -> str:
    return str(request.environ.get("wishtree.request_id", ""))
