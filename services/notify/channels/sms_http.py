"""SMS through any gateway that speaks HTTP: the settings describe what it is told and how it answers."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from string import Formatter
from typing import Any
from uuid import UUID

import msgspec
import requests
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from services.chassis.clock import WallClock
from services.chassis.settings import WrongSettings
from services.notify.channels import AddressKind, Parcel
from services.notify.domain import SMS, Outcome, Verdict, sms_parts
from services.notify.settings import SmsSettings

PLACES = frozenset({"phone", "national", "text", "id"})
LARGEST_ANSWER = 65536  # bytes
LONGEST_WAIT = timedelta(hours=1)
CHINA = "+86"

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_WORD = re.compile(r"[A-Za-z0-9_.:^-]{1,128}")
_IN_DOUBT = frozenset({504})  # a proxy gave up waiting; the gateway behind it may have gone on
_OUR_FAULT = frozenset(
    {401, 402, 403, 404, 405}
)  # of the account or the address of the gateway, not of one SMS


class SmsHttpChannel:
    """Sends each SMS with one request, or many with one where the gateway takes them together."""

    name = SMS
    provider = "http"
    address = AddressKind.PHONE

    def __init__(self, settings: SmsSettings) -> None:
        """Take the description; raise `WrongSettings` when it asks for something that cannot be filled in."""
        self._settings = settings
        self.batch, self.concurrency = settings.batch, settings.concurrency
        _check_places(settings.fields)
        _check_together(settings)
        self._pattern = _pattern(settings)
        self._session = requests.Session()
        self._session.trust_env = False
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=settings.concurrency, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def send(self, parcels: Sequence[Parcel]) -> Mapping[UUID, Outcome]:
        """Send the parcels; the outcome of one says nothing of the next."""
        usable = [parcel for parcel in parcels if _PHONE.fullmatch(parcel.address)]
        outcomes = {parcel.delivery_id: Outcome(Verdict.PERMANENT, "unusable_address") for parcel in parcels}
        calls = [usable] if self._settings.together and usable else [[parcel] for parcel in usable]
        for call in calls:
            outcomes |= zip((parcel.delivery_id for parcel in call), self._call(call), strict=True)
        return outcomes

    def parts(self, parcel: Parcel) -> int:
        """Return of how many parts the SMS consists, with its signature."""
        return sms_parts(self._words(parcel))

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    def _call(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Make one call; return the outcome of each of its parcels."""
        try:
            with self._ask(parcels) as answer:
                outcomes = self._read(answer, len(parcels))
        except requests.RequestException as fault:
            return [_without_answer(fault)] * len(parcels)
        return [_without_words(outcome, parcel) for outcome, parcel in zip(outcomes, parcels, strict=True)]

    def _ask(self, parcels: Sequence[Parcel]) -> requests.Response:
        settings = self._settings
        told = [_filled(settings.fields, self._places(parcel)) for parcel in parcels]
        fields = settings.shared | {settings.together: told} if settings.together else told[0]
        return self._session.request(
            settings.method,
            settings.url,
            headers=settings.headers,
            json=fields if settings.encoding == "json" else None,
            data=fields if settings.encoding == "form" else None,
            params=fields if settings.encoding == "query" else None,
            timeout=(settings.connect_timeout, settings.timeout),
            verify=settings.ca_file or True,
            allow_redirects=False,
            stream=True,
        )

    def _places(self, parcel: Parcel) -> dict[str, str]:
        return {
            "phone": parcel.address,
            "national": parcel.address.removeprefix(CHINA),
            "text": self._words(parcel),
            "id": str(parcel.delivery_id),
        }

    def _words(self, parcel: Parcel) -> str:
        return self._settings.signature + parcel.short

    def _read(self, answer: requests.Response, number: int) -> list[Outcome]:
        """Return what an answer means for each SMS of a call: first its status, then the codes."""
        refused = _by_status(answer)
        if refused is not None:
            return [refused] * number
        body = _body_of(answer, number)
        if self._settings.results_at is None:
            return [self._by_code(answer.status_code, body)]
        results = _find(body, self._settings.results_at)
        if not isinstance(results, list) or len(results) != number:
            return [self._by_code(answer.status_code, b"")] * number
        return [self._by_code(answer.status_code, msgspec.json.encode(result)) for result in results]

    def _by_code(self, status: int, body: bytes) -> Outcome:
        settings = self._settings
        if settings.code_at is None and self._pattern is None:
            return Outcome(
                Verdict.ACCEPTED if status < 300 else Verdict.PERMANENT, str(status), self._reference(body)
            )
        code = self._code(body)
        if code is None:  # not the answer that was described: it may have been accepted all the same
            return Outcome(Verdict.AMBIGUOUS if status < 300 else Verdict.PERMANENT, "unreadable")
        if code in settings.accepted and status < 300:
            return Outcome(Verdict.ACCEPTED, code, self._reference(body))
        for verdict, codes in self._classes():
            if code in codes:
                return Outcome(verdict, code)
        return Outcome(Verdict.RETRY if status < 300 else Verdict.PERMANENT, code)

    def _classes(self) -> list[tuple[Verdict, tuple[str, ...]]]:
        settings = self._settings
        return [
            (Verdict.PERMANENT, settings.permanent),
            (Verdict.WAIT, settings.wait),
            (Verdict.STOP, settings.stop),
        ]

    def _code(self, body: bytes) -> str | None:
        if self._pattern is not None:
            found = self._pattern.search(body.decode("utf-8", "replace"))
            return found["code"] if found else None
        return _at(body, self._settings.code_at)

    def _reference(self, body: bytes) -> str:
        return _at(body, self._settings.reference_at) or "" if self._settings.reference_at else ""


def _by_status(answer: requests.Response) -> Outcome | None:
    """Return what a status means that speaks for itself, or None when the body has to be read."""
    status = answer.status_code
    if status == 429:
        return Outcome(Verdict.WAIT, "429", after=_wait_of(answer.headers.get("Retry-After")))
    if status in _IN_DOUBT:
        return Outcome(Verdict.AMBIGUOUS, str(status))
    if status in _OUR_FAULT or 300 <= status < 400:
        return Outcome(Verdict.STOP, str(status))
    if status >= 500 or status == 408:
        return Outcome(Verdict.RETRY, str(status))
    return None


def _body_of(answer: requests.Response, number: int) -> bytes:
    """Return the answer's body about so many SMS, as far as it is of a decent size."""
    body = b""
    for chunk in answer.iter_content(LARGEST_ANSWER):
        body += chunk
        if len(body) >= LARGEST_ANSWER * number:
            break
    return body


def _without_words(outcome: Outcome, parcel: Parcel) -> Outcome:
    code, reference = _kept(outcome.code, parcel), _kept(outcome.reference, parcel)
    return Outcome(outcome.verdict, code, reference, outcome.after)


def _without_answer(fault: requests.RequestException) -> Outcome:
    """Return what it means that no answer came: doubt, unless the request cannot have left the house."""
    if isinstance(fault, requests.ConnectTimeout):
        return Outcome(Verdict.RETRY, "connect_timeout")
    if isinstance(fault, requests.exceptions.SSLError):
        return Outcome(Verdict.STOP, "tls")
    if isinstance(fault, requests.ConnectionError):
        reason = getattr(fault.args[0], "reason", None) if fault.args else None
        if isinstance(fault.args[0] if fault.args else None, MaxRetryError) and isinstance(
            reason, NewConnectionError | NameResolutionError
        ):
            return Outcome(Verdict.RETRY, "unreachable")
    return Outcome(Verdict.AMBIGUOUS, "timeout" if isinstance(fault, requests.Timeout) else "disconnected")


def _wait_of(header: str | None) -> timedelta | None:
    """Return how long a Retry-After asks to wait, at most an hour; both of its forms (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    if header.strip().isdigit():
        return min(timedelta(seconds=int(header.strip()[:9])), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    asked = (
        until.replace(tzinfo=until.tzinfo or UTC) - WallClock().now()
    )  # the gateway knows nothing of a rehearsal
    return max(timedelta(seconds=1), min(asked, LONGEST_WAIT))


def _pattern(settings: SmsSettings) -> re.Pattern[str] | None:
    if settings.code_pattern is None:
        return None
    try:
        pattern = re.compile(settings.code_pattern)
    except re.error as problem:
        raise WrongSettings(f"[services.notify.sms] code_pattern: {problem}") from None
    if "code" not in pattern.groupindex:
        raise WrongSettings("[services.notify.sms] code_pattern needs a group named code: (?P<code>…)")
    return pattern


def _check_places(value: Any) -> None:
    """Raise `WrongSettings` when a field asks for something that is not one of `PLACES`."""
    for inner in _parts_of(value):
        _check_places(inner)
    if isinstance(value, str):
        try:
            asked = {name for _, name, _, _ in Formatter().parse(value) if name is not None}
        except ValueError as problem:
            raise WrongSettings(f"[services.notify.sms] fields: {problem}") from None
        if asked - PLACES:
            raise WrongSettings(
                f"[services.notify.sms] fields: there is no {{{min(asked - PLACES)}}} to fill in."
            )


def _check_together(settings: SmsSettings) -> None:
    """Raise `WrongSettings` for a description of calls about many SMS that cannot be made or not be read."""
    is_readable = settings.results_at is not None and settings.code_at is not None
    if settings.together is not None and not (settings.encoding == "json" and is_readable):
        raise WrongSettings("[services.notify.sms] together needs encoding json, `results_at` and `code_at`.")


def _parts_of(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    """Return `value` with the words in their places; encoded afterwards, they cannot break out of them."""
    if isinstance(value, dict):
        return {name: _filled(inner, words) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, words) for inner in value]
    return value.format_map(words) if isinstance(value, str) else value


def _at(body: bytes, path: str | None) -> str | None:
    """Return the scalar at a dotted path of a JSON answer (`data.0.code`), or None."""
    found = _find(body, path or "")
    return str(found) if isinstance(found, str | int) else None


def _find(body: bytes, path: str) -> Any:
    """Return what is at a dotted path of a JSON answer, or None."""
    try:
        found: Any = msgspec.json.decode(body)
        for step in path.split("."):
            found = found[int(step)] if isinstance(found, list) else found[step]
    except (msgspec.DecodeError, KeyError, IndexError, TypeError, ValueError):
        return None
    return found


def _kept(word: str, parcel: Parcel) -> str:
    """Return a gateway's code or reference as it may be kept: not when it is prose, or quotes the number."""
    quotes = parcel.address[-8:] in word
    return word if word == "" or (_WORD.fullmatch(word) and not quotes) else "other"
