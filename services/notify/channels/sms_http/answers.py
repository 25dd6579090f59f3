"""How a described gateway answers: where its codes stand, and what the settings say that they mean."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from services.chassis.settings import WrongSettings
from services.notify.channels.registered_sms import digits_of
from services.notify.channels.sms_http.paths import found_at, word_at
from services.notify.channels.web import Answer, by_status
from services.notify.domain import Outcome, Verdict
from services.notify.settings import SmsSettings


class Answers:
    """Reads the answers of one gateway."""

    def __init__(self, settings: SmsSettings) -> None:
        """Take the description; raise `WrongSettings` when it says nothing clear."""
        self._settings = settings
        self._pattern = _pattern(settings)
        self._meanings = _meanings(settings)
        receipts = settings.receipts
        if receipts and receipts.mark is None and not self._has_reference():
            raise WrongSettings(
                "receipts name their SMS by reference: say with reference_at, or with a group reference of "
                "code_pattern, where the gateway tells it."
            )

    def outcomes(self, answer: Answer, told: Sequence[Mapping[str, str]]) -> Outcome | list[Outcome]:
        """Return what an answer means for each SMS of a call, or for all: first its status, then codes."""
        refused = by_status(answer.status, answer.retry_after)
        if refused is not None and refused.verdict is not Verdict.STOP:
            return refused
        body = answer.body
        if refused is not None:  # of the account, unless the gateway says in its words what it is about
            return self._described(body) or refused
        if self._settings.results_at is None:
            return self._by_code(answer.status, body)
        results = self._results(_decoded(body), told)
        if results is None:  # of its words only a no may be about them all
            return self._described(body) or self._by_code(answer.status, b"")
        return [self._by_code(answer.status, msgspec.json.encode(result)) for result in results]

    def _results(self, said: Any, told: Sequence[Mapping[str, str]]) -> list[Any] | None:
        """Return the result for each SMS, None for whom the gateway left out; or None for all."""
        results = found_at(said, self._settings.results_at or "")
        path = self._settings.result_phone_at
        if not isinstance(results, list) or (path is None and len(results) != len(told)):
            return None
        if path is None:
            return results
        by_phone = {digits_of(word_at(result, path)): result for result in results}
        return [by_phone.get(digits_of(message["phone"])) for message in told]

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

    def _has_reference(self) -> bool:
        in_pattern = self._pattern is not None and "reference" in self._pattern.groupindex
        return in_pattern or self._settings.reference_at is not None

    def _described(self, body: bytes) -> Outcome | None:
        """Return what an answer means whose code says no in words that the settings know."""
        code = self._code(body) or ""
        verdict = self._meanings.get(code)
        return Outcome(verdict, code) if verdict else None

    def _code(self, body: bytes) -> str | None:
        if self._pattern is not None:
            found = self._pattern.search(self._as_text(body))
            return found["code"] if found else None
        return word_at(_decoded(body), self._settings.code_at) if self._settings.code_at else None

    def _reference(self, body: bytes) -> str:
        if self._pattern is not None and "reference" in self._pattern.groupindex:
            found = self._pattern.search(self._as_text(body))
            return (found["reference"] or "") if found else ""
        path = self._settings.reference_at
        return word_at(_decoded(body), path) or "" if path else ""

    def _as_text(self, body: bytes) -> str:
        return body.decode(self._settings.charset, "replace")


def _pattern(settings: SmsSettings) -> re.Pattern[str] | None:
    if settings.code_pattern is None:
        return None
    if settings.code_at is not None:
        raise WrongSettings("code_at is for JSON, code_pattern for anything else: leave one of them out.")
    try:
        pattern = re.compile(settings.code_pattern)
    except re.error as problem:
        raise WrongSettings(f"code_pattern is no expression: {problem}.") from None
    if "code" not in pattern.groupindex:
        raise WrongSettings("code_pattern needs a group named code: (?P<code>…)")
    return pattern


def _meanings(settings: SmsSettings) -> dict[str, Verdict]:
    """Return what each code means; raise `WrongSettings` for one that means two things, or stands nowhere."""
    lists = {
        Verdict.PERMANENT: settings.permanent,
        Verdict.OPTED_OUT: settings.opted_out,
        Verdict.WAIT: settings.wait,
        Verdict.STOP: settings.stop,
    }
    meanings: dict[str, Verdict] = {}
    for verdict, codes in lists.items():
        for code in codes:
            if code in meanings or code in settings.accepted:
                raise WrongSettings(f"the code {code} stands in two lists: it can mean one thing only.")
            meanings[code] = verdict
    if meanings and settings.code_at is None and settings.code_pattern is None:
        raise WrongSettings(
            "permanent, opted_out, wait and stop list codes: "
            "say with code_at or code_pattern where they stand."
        )
    return meanings


def _decoded(body: bytes) -> Any:
    """Return what a JSON answer says, or None when it is none."""
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None
