"""What a provider's codes mean: a table, so that whoever reads the vendor's page can hold it beside ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache

from services.notify.domain import Outcome, Verdict

KEPT = 256
"""Codes whose meaning is kept at hand; a provider has more of them, and says few."""


@dataclass(frozen=True, kw_only=True)
class Codes:
    """The codes of one provider by class; `AuthFailure.*` stands for every code that begins so.

    The longest entry that fits decides. A code that nobody wrote down was a no of the provider all the same:
    nothing went out, so it is tried again, as often as the policy allows.
    """

    accepted: tuple[str, ...]
    wait: tuple[str, ...] = ()  # not now: patience, which is no failure
    retry: tuple[str, ...] = ()
    permanent: tuple[str, ...] = ()  # never to this address, or never in these words
    elsewhere: tuple[str, ...] = ()  # not through this provider: it does not know the template or the name
    opted_out: tuple[str, ...] = ()  # the recipient is to be left alone, said when sending or afterwards
    stop: tuple[str, ...] = ()  # nothing of this account will go out until somebody looks
    ambiguous: tuple[str, ...] = ()  # it may have gone out all the same
    rests: Mapping[str, timedelta] = field(default_factory=dict)  # how long the whole account waits
    changed: Mapping[str, Verdict] = field(default_factory=dict)  # by the operator

    def outcome(self, code: str, reference: str = "", after: timedelta | None = None) -> Outcome:
        """Return what `code` means; `after` is how long the provider asks to wait, when it says so."""
        verdict, rest = self._meant(code)
        return Outcome(verdict, code, reference, after or rest)

    def verdict(self, code: str) -> Verdict:
        """Return the class of `code`."""
        return self._meant(code)[0]

    @cached_property
    def _meant(self) -> Callable[[str], tuple[Verdict, timedelta | None]]:
        """What a code means and how long the account rests, kept at hand: in a burst it is one code."""
        return lru_cache(maxsize=KEPT)(self._look_up)

    def _look_up(self, code: str) -> tuple[Verdict, timedelta | None]:
        rest = self.rests.get(_best(code, self.rests) or "")
        for table in (self.changed, self._classes):
            entry = _best(code, table)
            if entry is not None:
                return table[entry], rest
        return Verdict.RETRY, rest

    def opts_out(self, code: str) -> bool:
        """Say whether `code`, of an answer or of a receipt, means that the recipient is to be left alone."""
        return self.verdict(code) is Verdict.OPTED_OUT

    @cached_property
    def _classes(self) -> Mapping[str, Verdict]:
        return {entry: verdict for verdict in Verdict for entry in getattr(self, verdict.value)}


def _best(code: str, table: Mapping[str, object]) -> str | None:
    """Return the entry that is `code`, else the longest one ending in a star that `code` begins with."""
    if code in table:
        return code
    fitting = [entry for entry in table if entry.endswith("*") and code.startswith(entry[:-1])]
    return max(fitting, key=len, default=None)
