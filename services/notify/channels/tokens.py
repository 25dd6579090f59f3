"""The access token that WeCom and WeChat want with every call: asked for once, kept almost to its end."""

from collections.abc import Callable
from time import monotonic

from services.notify.channels.codes import Codes
from services.notify.channels.web import Answer, read_code
from services.notify.domain import Outcome, Verdict

SPARE = 300.0
"""Seconds before its end from which a token is not used any more."""

Ask = Callable[[], Answer | Outcome]


class AccessToken:
    """A token and when it ends."""

    def __init__(self, ask: Ask, codes: Codes) -> None:
        """Take how to ask for one, and what the codes of a refusal mean."""
        self._ask, self._codes = ask, codes
        self._token, self._ends_at = "", 0.0

    def get(self) -> str | Outcome:
        """Return a token that is good for a while, or why there is none; nothing has gone out then."""
        if monotonic() < self._ends_at:
            return self._token
        answer = self._ask()
        said = answer.json() if isinstance(answer, Answer) else {}
        token, seconds = said.get("access_token"), said.get("expires_in")
        if not isinstance(token, str) or not isinstance(seconds, int):
            return _not_sent(read_code(answer, "errcode", self._codes))
        self._token, self._ends_at = token, monotonic() + max(seconds - SPARE, 1.0)
        return token

    def forget(self) -> None:
        """Ask anew next time: the provider says that this one is no good."""
        self._ends_at = 0.0


def _not_sent(outcome: Outcome) -> Outcome:
    """Return the outcome of a message for which there was no token: whatever happened, it did not go out."""
    if outcome.verdict in {Verdict.AMBIGUOUS, Verdict.ACCEPTED, Verdict.PERMANENT}:
        return Outcome(Verdict.RETRY, f"token_{outcome.code}")
    return outcome
