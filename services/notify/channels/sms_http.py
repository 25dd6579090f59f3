"""SMS through any gateway that speaks HTTP: the settings describe what it is told and how it answers."""

import re
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any
from uuid import UUID

import msgspec
import requests

from services.chassis.settings import WrongSettings
from services.notify.channels import AddressKind, Parcel, described_as
from services.notify.channels.described_receipts import check_receipts, described_receipts, found_at
from services.notify.channels.receipts import Receipt
from services.notify.channels.replies import Reply, replies_in
from services.notify.channels.web import (
    body_of,
    by_status,
    session_for,
    wait_of,
    without_answer,
    without_words,
)
from services.notify.domain import SMS, Outcome, Verdict, sms_parts
from services.notify.settings import SmsSettings

PLACES = frozenset({"phone", "national", "text", "id", "receipt_token"})
CHINA = "+86"

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


class SmsHttpChannel:
    """Sends each SMS with one request, or many with one where the gateway takes them together."""

    name = SMS
    provider = "http"
    address = AddressKind.PHONE
    blocks = ("sms",)

    def __init__(self, settings: SmsSettings) -> None:
        """Take the description; raise `WrongSettings` when it asks for something that cannot be filled in."""
        self._settings = settings
        self.batch, self.concurrency = settings.batch, settings.concurrency
        _check_places(settings.fields)
        _check_together(settings)
        check_receipts(settings)
        self.receipt_token = settings.receipt_token
        self._pattern = _pattern(settings)
        self._session = session_for(settings.concurrency)

    def send(self, parcels: Sequence[Parcel]) -> Mapping[UUID, Outcome]:
        """Send the parcels; the outcome of one says nothing of the next."""
        usable = [parcel for parcel in parcels if _PHONE.fullmatch(parcel.address)]
        outcomes = {parcel.delivery_id: Outcome(Verdict.PERMANENT, "unusable_address") for parcel in parcels}
        calls = [usable] if self._settings.together and usable else [[parcel] for parcel in usable]
        for call in calls:
            outcomes |= zip((parcel.delivery_id for parcel in call), self._call(call), strict=True)
        return outcomes

    def read_replies(self, replies: Sequence[Mapping[str, Any]]) -> list[Reply]:
        """Return the answers in a push, found where the settings say."""
        return replies_in(replies, self._settings.reply_phone, self._settings.reply_text)

    def parts(self, parcel: Parcel) -> int:
        """Return of how many parts the SMS consists, with its signature."""
        return sms_parts(self._words(parcel))

    def read(self, reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
        """Return the receipts of a push, as the settings describe them."""
        described = self._settings.receipts
        return described_receipts(described, reports) if described else []

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    def _call(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Make one call; return the outcome of each of its parcels."""
        try:
            with self._ask(parcels) as answer:
                outcomes = self._read(answer, len(parcels))
        except requests.RequestException as fault:
            return [without_answer(fault)] * len(parcels)
        return [without_words(outcome, parcel) for outcome, parcel in zip(outcomes, parcels, strict=True)]

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
            "receipt_token": self._settings.receipt_token or "",
        }

    def _words(self, parcel: Parcel) -> str:
        return self._settings.signature + parcel.short

    def _read(self, answer: requests.Response, number: int) -> list[Outcome]:
        """Return what an answer means for each SMS of a call: first its status, then the codes."""
        refused = by_status(answer.status_code, wait_of(answer.headers.get("Retry-After")))
        if refused is not None and refused.verdict is not Verdict.STOP:
            return [refused] * number
        body = body_of(answer, number)
        if refused is not None:  # of the account, unless the gateway says in its words what it is about
            return [self._described(body) or refused] * number
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
        unknown = Outcome(Verdict.RETRY if status < 300 else Verdict.PERMANENT, code)
        return self._described(body) or unknown

    def _described(self, body: bytes) -> Outcome | None:
        """Return what an answer means whose code says no in words that the settings know."""
        code = self._code(body)
        classes = (verdict for verdict, codes in self._classes() if code in codes)
        verdict = next(classes, None)
        return Outcome(verdict, code) if verdict and code else None

    def _classes(self) -> list[tuple[Verdict, tuple[str, ...]]]:
        settings = self._settings
        return [
            (Verdict.PERMANENT, settings.permanent),
            (Verdict.OPTED_OUT, settings.opted_out),
            (Verdict.WAIT, settings.wait),
            (Verdict.STOP, settings.stop),
        ]

    def _code(self, body: bytes) -> str | None:
        if self._pattern is not None:
            found = self._pattern.search(body.decode("utf-8", "replace"))
            return found["code"] if found else None
        return _at(body, self._settings.code_at) if self._settings.code_at else None

    def _reference(self, body: bytes) -> str:
        return _at(body, self._settings.reference_at) or "" if self._settings.reference_at else ""


def channel(described: dict[str, Any]) -> SmsHttpChannel:
    """Return the channel of a section `[services.notify.channels.NAME]` with `kind = "sms_http"`."""
    return SmsHttpChannel(described_as(SmsSettings, described))


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
        return found_at(msgspec.json.decode(body), path)
    except (msgspec.DecodeError, ValueError):
        return None
