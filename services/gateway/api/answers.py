"""What the API answers: views as JSON, refusals as a status and a sentence in the visitor's language."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.chassis.contracts import Contract, Done, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Actor
from services.chassis.words import say, say_refusal
from services.directory import contracts as directory
from services.gateway.responses import NEVER_STORED, Header, Response
from services.notify import contracts as notify
from services.wishes import contracts as wishes

STATUS_OF_KIND = {
    RefusalKind.INVALID: 422,
    RefusalKind.UNKNOWN: 404,
    RefusalKind.UNIDENTIFIED: 401,
    RefusalKind.FORBIDDEN: 403,
    RefusalKind.CONFLICT: 409,
    RefusalKind.LIMITED: 429,
    RefusalKind.UNAVAILABLE: 503,
}
STATUS_OF_CODE = {
    "chassis.malformed": 400,
    "chassis.faulted": 500,
    "gateway.address_too_long": 414,
    "gateway.body_unreadable": 400,
    "gateway.field_missing": 400,
    "gateway.field_repeated": 400,
    "gateway.field_unfit": 400,
    "gateway.field_unknown": 400,
    "gateway.head_unreadable": 400,
    "gateway.key_unusable": 400,
    "gateway.length_needed": 411,
    "gateway.text_unusable": 400,
    "gateway.too_large": 413,
    "gateway.too_many_headers": 431,
    "gateway.too_slow": 408,
    "gateway.wrong_content_type": 415,
    "gateway.wrong_method": 405,
}
"""Refusals for which HTTP has a more exact word than their kind."""

COME_BACK_AFTER = {429: 60, 503: 5}
"""Seconds of Retry-After, when the refusal does not say better in `retry_after`."""

_encoder = msgspec.json.Encoder()


class ErrorBody(msgspec.Struct, frozen=True):
    """Why it was refused: a code for programmes, a sentence for people, the id under which we know of it."""

    code: str
    message: str
    request_id: str
    arguments: dict[str, Any] = {}


class ErrorAnswer(msgspec.Struct, frozen=True):
    """The body of every answer that is a refusal."""

    error: ErrorBody


class ProblemSaid(Contract, frozen=True, kw_only=True):
    """What is wrong in a cell or in the whole of an uploaded sheet, with the sentence for who uploaded it."""

    column: str
    reason: str
    arguments: dict[str, str] = {}
    message: str


class RowSaid(Contract, frozen=True, kw_only=True):
    """What became of one row of an uploaded sheet."""

    row: int
    status: str
    problems: list[ProblemSaid] = []


class ReportSaid(View, frozen=True, kw_only=True):
    """What an import did (`batch` is set) or would do (it is not), in words; `problems` are of the file."""

    form: str
    batch: UUID | None
    accepted: int
    rejected: int
    rows: list[RowSaid]
    problems: list[ProblemSaid] = []


class SessionOpened(View, frozen=True, kw_only=True):
    """Who signed in, and the token to send as `Authorization: Bearer …`; browsers keep it in a cookie."""

    token: str
    expires_at: datetime
    actor: Actor
    name: str


REPORTS = (directory.ImportReport, wishes.ImportReport)


def answered(answer: Any, language: str) -> Response:
    """Return the response for what a service answered."""
    if isinstance(answer, notify.ReceiptsTaken) and answer.word:
        return Response(200, answer.word.encode(), "text/plain; charset=utf-8")
    if isinstance(answer, REPORTS):
        answer = _with_sentences(answer, language)
    return Response(200, _encoder.encode(Done() if answer is None else answer))


def refused(refusal: Refusal, language: str, request_id: str, *more: Header) -> Response:
    """Return the response for a refusal; what it says comes from the catalogue of sentences only."""
    status = STATUS_OF_CODE.get(refusal.code) or STATUS_OF_KIND[refusal.kind]
    arguments = refusal.arguments
    body = ErrorAnswer(ErrorBody(refusal.code, say_refusal(refusal, language), request_id, arguments))
    headers = (NEVER_STORED, ("Content-Language", language), *more)
    if status in COME_BACK_AFTER:
        headers += (("Retry-After", str(_seconds(arguments.get("retry_after"), COME_BACK_AFTER[status]))),)
    if status == 401:
        headers += (("WWW-Authenticate", "Bearer"),)
    return Response(status, _encoder.encode(body), headers=headers)


def _seconds(wanted: Any, otherwise: int) -> int:
    return wanted if isinstance(wanted, int) and 0 < wanted <= 86400 else otherwise


def _with_sentences(report: Any, language: str) -> dict[str, Any]:
    """Return an import report in which every problem has its sentence."""
    plain: dict[str, Any] = msgspec.to_builtins(report)
    for told in (plain, *plain["rows"]):
        for problem in told["problems"]:
            problem["message"] = say(problem["reason"], language, **problem["arguments"])
    return plain
