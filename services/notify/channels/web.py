"""HTTP as channels use it: one request, no redirects, and what its answer means."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import requests

from services.chassis.clock import WallClock
from services.notify.channels import Parcel
from services.notify.channels.codes import Codes
from services.notify.channels.connections import FAULTS, begin, session_for, within, without_answer
from services.notify.channels.outcomes import UNREADABLE
from services.notify.channels.patience import NOT_BEGUN, PATIENCE
from services.notify.channels.reaching import check_reach
from services.notify.domain import Outcome, Verdict, concerns_the_account
from services.notify.settings import Reach

LARGEST_ANSWER = 65536  # bytes
LONGEST_WAIT = timedelta(hours=1)

CALLS_AT_MOST = 2
"""Requests that one message may take: a token is asked for first, or a doubt is told again."""

FORM = "application/x-www-form-urlencoded"

Item = TypeVar("Item")

_WORD = re.compile(r"[A-Za-z0-9_.:^$!/-]{1,128}")
_AS_SIGNS = str.maketrans("<>", "＜＞")
IN_DOUBT = frozenset({502, 504})
"""What a proxy says that lost its line to the provider or gave up waiting: the message may be through."""
_OUR_FAULT = frozenset(
    {401, 402, 403, 404, 405}
)  # of the account or the address of the gateway, not of one message

_NOT_EVEN_LOOKED_AT = frozenset({Verdict.RETRY, Verdict.WAIT, Verdict.STOP})
"""Of a message: the provider, or its account, was in no state to say whether it knows it already."""


class WebSettings(Reach, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every provider that is spoken to over HTTP may be told."""

    codes: dict[str, Verdict] = {}  # what codes mean that our table knows differently or not at all

    def __post_init__(self) -> None:
        """Take an `endpoint` without a slash at its end, since paths are written behind it."""
        endpoint = getattr(self, "endpoint", None)
        if endpoint:
            msgspec.structs.force_setattr(self, "endpoint", endpoint.rstrip("/"))


@dataclass(frozen=True)
class Answer:
    """What came back, its body as far as it is of a decent size."""

    status: int
    body: bytes
    retry_after: timedelta | None

    def json(self) -> dict[str, Any]:
        """Return the object in the body, or an empty one when there is none: no JSON, no UTF-8, too deep."""
        try:
            found = msgspec.json.decode(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


class Web:
    """Kept connections to one provider."""

    def __init__(self, settings: Reach) -> None:
        """Take how to connect, when there is something to say; raise `WrongSettings` if nobody could."""
        check_reach(settings)
        self._settings = settings
        self._session = session_for(settings.concurrency, settings.proxy)

    def call(self, method: str, url: str, about: int = 1, **said: Any) -> Answer | Outcome:
        """Return the answer to one request about so many messages, or what it means that there is none."""
        begin()
        try:
            request = self._session.prepare_request(requests.Request(method, url, **said))
            with within(self._settings.connect_timeout + self._settings.timeout):
                return self._answer(request, about)
        except FAULTS as fault:
            return without_answer(fault)

    def _answer(self, request: requests.PreparedRequest, about: int) -> Answer:
        settings = self._settings
        with self._session.send(
            request,
            timeout=(settings.connect_timeout, settings.timeout),
            verify=settings.ca_file or True,
            allow_redirects=False,
            stream=True,
        ) as answer:
            body = body_of(answer, about)
            return Answer(answer.status_code, body, wait_of(answer.headers.get("Retry-After")))

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()


class WebChannel:
    """What channels over HTTP share: kept connections, and nothing to pay unless they say so."""

    def __init__(self, settings: WebSettings) -> None:
        """Take how to connect."""
        self.concurrency = settings.concurrency
        self.patience = PATIENCE
        self.longest_call = CALLS_AT_MOST * (settings.connect_timeout + settings.timeout)
        self._web = Web(settings)

    def parts(self, parcel: Parcel) -> int:
        """Return 0: it costs nothing."""
        return 0

    def close(self) -> None:
        """Close the kept connections."""
        self._web.close()


class OneInACall(WebChannel):
    """Sends each parcel with a call of its own; once the provider asks for patience, the rest has it too."""

    batch = 10

    def send(self, parcels: Sequence[Parcel]) -> Mapping[UUID, Outcome]:
        """Send the parcels one after the other."""
        outcomes = in_turn(parcels, self._send_one, self.patience)
        return {
            parcel.delivery_id: without_words(outcome, parcel)
            for parcel, outcome in zip(parcels, outcomes, strict=True)
        }

    def _send_one(self, parcel: Parcel) -> Outcome:
        raise NotImplementedError


def again_in_doubt(tell: Callable[[], Outcome]) -> Outcome:
    """Return what came of a message, told twice if need be: for providers that recognise a repetition.

    Where the second call did not get as far as the message, it says nothing of the first: that stays a doubt.
    """
    first = tell()
    if first.verdict is not Verdict.AMBIGUOUS:
        return first
    second = tell()
    return first if second.verdict in _NOT_EVEN_LOOKED_AT else second


def body_of(answer: requests.Response, number: int = 1) -> bytes:
    """Return the answer's body about so many messages, as far as it is of a decent size."""
    body = b""
    for chunk in answer.iter_content(LARGEST_ANSWER):
        body += chunk
        if len(body) >= LARGEST_ANSWER * number:
            break
    return body


def by_status(status: int, retry_after: timedelta | None) -> Outcome | None:
    """Return what a status means that speaks for itself, or None when the body has to be read."""
    if status == 429:
        return Outcome(Verdict.WAIT, "429", after=retry_after)
    if status in IN_DOUBT:
        return Outcome(Verdict.AMBIGUOUS, str(status))
    if status in _OUR_FAULT or 300 <= status < 400:
        return Outcome(Verdict.STOP, str(status))
    if status >= 500 or status == 408:
        return Outcome(Verdict.RETRY, str(status))
    return None


def wait_of(header: str | None) -> timedelta | None:
    """Return how long a Retry-After asks to wait, at most an hour; both of its forms (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return bounded(int(header.strip()[:9]))
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    asked = (
        until.replace(tzinfo=until.tzinfo or UTC) - WallClock().now()
    )  # the gateway knows nothing of a rehearsal
    return max(timedelta(seconds=1), min(asked, LONGEST_WAIT))


def bounded(seconds: Any) -> timedelta | None:
    """Return a wait of so many seconds, at most an hour; None when they are no number."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
        return None
    return min(timedelta(seconds=min(seconds, 10**9)), LONGEST_WAIT)


def read_code(answer: Answer | Outcome, code_at: str, codes: Codes, reference: str = "") -> Outcome:
    """Return what an answer with a number for a code means; one without may mean anything: a doubt."""
    if isinstance(answer, Outcome):
        return answer
    said = answer.json()
    code = said.get(code_at)
    if isinstance(code, bool) or not isinstance(code, int | str) or answer.status in IN_DOUBT:
        return by_status(answer.status, answer.retry_after) or UNREADABLE
    if answer.status == 429:
        return Outcome(Verdict.WAIT, str(code), after=answer.retry_after or timedelta(minutes=1))
    named = str(said.get(reference) or "") if reference else ""
    return believed(codes.outcome(str(code), named, answer.retry_after), answer.status)


def believed(outcome: Outcome, status: int) -> Outcome:
    """Return an outcome, but a doubt for a yes that stands under any status but 200: one of them is wrong."""
    return UNREADABLE if outcome.verdict is Verdict.ACCEPTED and status != 200 else outcome


def shortened(words: str, longest: int, encoding: str = "utf-8") -> str:
    """Return words of at most so many bytes in an encoding, cut between two characters."""
    encoded = words.encode(encoding)
    if len(encoded) <= longest:
        return words
    return encoded[: longest - len("…".encode(encoding))].decode(encoding, errors="ignore") + "…"


def in_utf8(said: Any) -> dict[str, Any]:
    """Return the body of a call and its header, with Han characters as they are.

    Escaped (\\uxxxx), each takes twice the room that vendors count; WeChat and WeCom may refuse it (40033).
    """
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return {"data": msgspec.json.encode(said), "headers": headers}


def without_markup(words: str) -> str:
    """Return words in which nothing is a tag, for those who obey some: `<at user_id="all">`, `<a href>`."""
    return words.translate(_AS_SIGNS)


def without_words(outcome: Outcome, parcel: Parcel) -> Outcome:
    """Return `outcome` without what must not be kept: prose, and words that quote the address."""
    code, reference = kept(outcome.code, parcel), kept(outcome.reference, parcel)
    return replace(outcome, code=code, reference=reference)


def code_of(word: str) -> str:
    """Return a provider's code as it may be kept without its address at hand: a word without a number."""
    return word if _WORD.fullmatch(word) and not re.search(r"\d{7}", word) else ("other" if word else "")


def kept(word: str, parcel: Parcel) -> str:
    """Return a provider's code or reference as it may be kept: no prose, and nothing quoting the address."""
    quotes = bool(parcel.address) and parcel.address[-8:] in word
    return word if word == "" or (_WORD.fullmatch(word) and not quotes) else "other"


def in_turn(items: Sequence[Item], act: Callable[[Item], Outcome], patience: float) -> list[Outcome]:
    """Return what came of each call, made one after the other for so many seconds of patience.

    Once the account is refused, or asked for patience, the rest is spared the question.
    """
    outcomes: list[Outcome] = []
    rest: Outcome | None = None
    ends_at = monotonic() + patience
    for item in items:
        outcome = rest or (act(item) if monotonic() < ends_at else NOT_BEGUN)
        if concerns_the_account(outcome):
            rest = outcome
        outcomes.append(outcome)
    return outcomes
