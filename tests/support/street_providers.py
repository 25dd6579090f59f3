"""The providers of the street: what they truly took and what became of it, whatever the house believes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import strategies as some

from services.notify.channels.asking import UNSAID, Known, Word
from services.notify.channels.receipts import Receipt
from services.notify.domain import Outcome, Verdict
from services.notify.usecases.asking import Doubt

TOKEN = "of-the-tests"

CRASHES = ("crash_uncalled", "crash_before", "crash_after")
OUTCOMES = {
    "accepted": Outcome(Verdict.ACCEPTED, "ok"),
    "refused": Outcome(Verdict.PERMANENT, "no"),
    "busy": Outcome(Verdict.RETRY, "busy"),
    "patience": Outcome(Verdict.WAIT, "later"),
    "opted_out": Outcome(Verdict.OPTED_OUT, "leave me alone"),
    "mute": Outcome(Verdict.AMBIGUOUS, "timeout"),
    "lost": Outcome(Verdict.AMBIGUOUS, "timeout"),
    "elsewhere": Outcome(Verdict.ELSEWHERE, "no_template"),
}
REACHES = frozenset({"accepted", "mute", "crash_after"})
"""In which of these the provider took the message."""

fates = some.sampled_from([*OUTCOMES, *CRASHES])
late_fates = some.sampled_from(["accepted", "mute", "lost", "busy", "refused", "elsewhere"])
ends = some.sampled_from(["arrived", "failed"])


@dataclass
class Taken:
    """A message in the books of a provider: under way, arrived or failed."""

    delivery: UUID
    message: UUID
    attempt: int
    phone: str
    how: str = "under way"

    @property
    def reference(self) -> str:
        """Return what the provider calls it in its answer, when asked, and in receipts."""
        return named(self.delivery, self.attempt)

    def become(self, how: str) -> str:
        """Let it come to this end, if it has come to none; return how it stands."""
        self.how = how if self.how == "under way" else self.how
        return self.how


def named(delivery: UUID, attempt: int) -> str:
    """Return what every provider calls a try of a delivery."""
    return f"sid-{delivery}-{attempt}"


@dataclass
class Provider:
    """One account: it takes messages, pushes receipts, and can be asked."""

    name: str
    receipt_token: str | None = TOKEN
    taken: list[Taken] = field(default_factory=list)
    under_way: set[UUID] = field(default_factory=set)  # calls of ours that have not come to it yet
    is_silent: bool = False  # its books say nothing of what is not in them
    is_credulous: bool = False  # says never of what may be on its way

    def read(self, reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
        """Return what its receipts say."""
        return [
            Receipt(Known(one["known"]), one["phone"], one["mark"], one["reference"], code="x")
            for one in reports
        ]

    def word(self, doubt: Doubt) -> Word:
        """Tell what is in the books; of a call on its way nobody can say that it will never come."""
        found = [one for one in self.taken if one.delivery == doubt.delivery_id]
        if found:
            known = {"under way": Known.WAITING}.get(found[-1].how) or Known(found[-1].how)
            return Word(known, reference=found[-1].reference)
        may_come = doubt.delivery_id in self.under_way and not self.is_credulous
        return UNSAID if self.is_silent or may_come else Word(Known.NEVER)
