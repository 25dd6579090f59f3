"""The registered templates of an SMS account: in mainland China an SMS is an approved id and short variables.

An operator writes down what the provider approved. A message goes out in the first approved entry for its
topic, kind of recipient and language that is meant for it (`when`) and into which its words fit; a last entry
without variables fits always. What fits nowhere is refused before anything is sent. Providers let templates
lapse that nobody used for half a year, so the last use of each is kept, and a lapsed one is left out.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Protocol, runtime_checkable

import msgspec
from msgspec import Meta

from services.chassis.settings import WrongSettings
from services.chassis.showing import Shown
from services.notify.channels import Parcel
from services.notify.channels.harmless import is_harmless
from services.notify.domain import TOPICS, Outcome, RecipientKind, Topic, Verdict, sms_parts
from services.notify.templates import LANGUAGES, SHOWN_AS

NAMED = re.compile(r"\$\{(\w+)\}")  # Aliyun: ${title}
NUMBERED = re.compile(r"\{(\d+)\}")  # Tencent: {1}

LAPSES_AFTER = timedelta(days=183)
"""Disuse after which a template lapses at Aliyun and Tencent (NOTIFY 7)."""


class Standing(StrEnum):
    """How a signature or template stands with the provider; operators copy it from the provider's console."""

    APPROVED = "approved"
    PENDING = "pending"  # handed in; nobody decided yet
    REJECTED = "rejected"
    LAPSED = "lapsed"  # unused for too long; it has to be handed in again


class RegisteredSignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One signature of an account beside its usual one, and how it stands with the provider."""

    name: Shown  # without 【】
    state: Standing = Standing.APPROVED


class RegisteredTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One template as the provider approved it.

    `variables` fills its blanks with our words, each shown as one of our templates would: `"due_on|day"`. By
    name where the provider has names, in their order where it has numbers.
    """

    told: Shown  # claim_due_soon.member
    language: Shown = "zh"
    when: dict[str, Shown | int | bool] = {}  # only for messages whose words are these: { how = "lapsed" }
    id: Shown
    state: Standing = Standing.APPROVED  # any other is left out: the next that fits goes out instead
    approved_on: date | None = None  # from when its disuse counts, until it is used through us
    signature: Shown | None = None  # another than that of the account, and one of its `signatures`
    text: Shown  # as approved, with its blanks: for the number of parts, and to check the variables against
    variables: dict[str, Shown] | list[Shown] = {}
    longest: Annotated[int, Meta(ge=1, le=500)] = 35  # characters of one variable


@dataclass(frozen=True)
class Wording:
    """What is sent instead of words; messages with the same wording can go in one call."""

    template: str
    signature: str
    variables: tuple[tuple[str, str], ...]
    text: str

    @cached_property
    def parts(self) -> int:
        """Return of how many parts the SMS will consist."""
        return sms_parts(f"【{self.signature}】{self.text}")


KEPT = 64
"""Messages whose wordings are kept at hand."""

NO_TEMPLATE = Outcome(Verdict.ELSEWHERE, "no_template")
LAPSED = Outcome(Verdict.ELSEWHERE, "template_lapsed")
NOT_APPROVED = Outcome(Verdict.ELSEWHERE, "template_not_approved")
DOES_NOT_FIT = Outcome(Verdict.ELSEWHERE, "words_do_not_fit")


class Registry:
    """The approved templates of one account."""

    def __init__(
        self,
        signature: str,
        templates: Sequence[RegisteredTemplate],
        blank: re.Pattern[str],
        signatures: Sequence[RegisteredSignature] = (),
    ) -> None:
        """Take them; raise `WrongSettings` naming the entry that cannot be used."""
        self.templates, self.signature = tuple(templates), signature
        self._uses: dict[str, datetime] = {}
        self._rested_since: dict[str, datetime] = {}
        self._lapsed: frozenset[str] = frozenset()
        self._entries: dict[tuple[str, str], list[_Entry]] = {}
        self._fitted: OrderedDict[tuple[Any, ...], tuple[Mapping[str, Any], Wording | Outcome]] = (
            OrderedDict()
        )
        for template in templates:
            check_signature(template.signature or signature, signature, signatures)
            entry = _Entry(template, signature, blank)
            self._entries.setdefault((template.told, template.language), []).append(entry)

    def fit_into(self, template: RegisteredTemplate, parcel: Parcel) -> Wording | Outcome:
        """Return the wording of a parcel in one certain template, approved or not, or why there is none."""
        entries = self._entries.get((template.told, template.language), ())
        meant = [entry for entry in entries if entry.holds(template) and entry.is_meant_for(parcel)]
        if not meant:
            return NO_TEMPLATE
        return meant[0].fit(parcel) or DOES_NOT_FIT

    def note_use(self, template: str, at: datetime) -> None:
        """Note that a template went out."""
        self._uses[template] = at

    def take_uses(self) -> dict[str, datetime]:
        """Return when each template went out last, of those that did since the last asking."""
        taken, self._uses = self._uses, {}
        return taken

    def know_uses(self, used: Mapping[str, datetime], now: datetime) -> None:
        """Take when each template went out last, whoever sent it: what has lapsed is left out from now on."""
        rested = dict(used)
        for template in self.templates:
            if template.approved_on:
                approved_at = datetime.combine(template.approved_on, time(), UTC)
                rested[template.id] = max(approved_at, rested.get(template.id, approved_at))
        lapsed = frozenset(name for name, since in rested.items() if since + LAPSES_AFTER <= now)
        if lapsed != self._lapsed:
            self._fitted.clear()
        self._rested_since, self._lapsed = rested, lapsed

    def lapses_at(self, template: RegisteredTemplate) -> datetime | None:
        """Return when a template lapses unless somebody uses it; None while nobody knows."""
        since = self._rested_since.get(template.id)
        return since + LAPSES_AFTER if since else None

    def fit(self, parcel: Parcel) -> Wording | Outcome:
        """Return the wording for a parcel, or why there is none; Chinese stands in where English lacks.

        Parcels of one release share their words, as one object: the wording of such is kept at hand.
        """
        key = (parcel.topic, parcel.kind, parcel.language, str(id(parcel.values)))
        found = self._fitted.get(key)
        if found is None:
            found = self._fitted[key] = (parcel.values, self._fit(parcel))
            if len(self._fitted) > KEPT:
                self._fitted.popitem(last=False)
        return found[1]

    def _fit(self, parcel: Parcel) -> Wording | Outcome:
        told = f"{parcel.topic}.{parcel.kind}"
        meant = [
            entry
            for language in dict.fromkeys((parcel.language, "zh"))
            for entry in self._entries.get((told, language), ())
            if entry.is_meant_for(parcel)
        ]
        if not meant:
            return NO_TEMPLATE
        approved = [entry for entry in meant if entry.is_approved]
        if not approved:
            return NOT_APPROVED
        alive = [entry for entry in approved if entry.id not in self._lapsed]
        if not alive:
            return LAPSED
        return next((wording for entry in alive if (wording := entry.fit(parcel))), DOES_NOT_FIT)


class _Entry:
    """A template whose variables have been checked against its text and against the words of its topic."""

    def __init__(self, template: RegisteredTemplate, signature: str, blank: re.Pattern[str]) -> None:
        self._template, self._blank, self.id = template, blank, template.id
        self._signature = template.signature or signature
        self._variables = list(_named(template.variables))
        if not self._signature:
            raise _wrong(template, "there is no signature, neither its own nor that of the account")
        if isinstance(template.variables, list) is not (blank is NUMBERED) and template.variables:
            raise _wrong(template, "variables are a list where blanks are numbers, and a table otherwise")
        self._check_words()

    def holds(self, template: RegisteredTemplate) -> bool:
        return self._template is template

    @property
    def is_approved(self) -> bool:
        return self._template.state is Standing.APPROVED

    def is_meant_for(self, parcel: Parcel) -> bool:
        return all(parcel.values.get(word) == value for word, value in self._template.when.items())

    def fit(self, parcel: Parcel) -> Wording | None:
        filled = []
        for name, word, shown_as in self._variables:
            shown = _shown(parcel.values.get(word, ""), shown_as, self._template.language)
            if shown is None or not self._fits(shown):
                return None
            filled.append((name, shown))
        values = dict(filled)
        text = self._blank.sub(lambda found: values[found[1]], self._template.text)
        return Wording(self._template.id, self._signature, tuple(filled), text)

    def _fits(self, value: str) -> bool:
        return is_harmless(value) and 0 < len(value) <= self._template.longest

    def _check_words(self) -> None:
        template = self._template
        topic, _, kind = template.told.partition(".")
        if topic not in set(Topic) or kind not in set(RecipientKind) or template.language not in LANGUAGES:
            raise _wrong(template, f"nobody is told {template.told} in {template.language}")
        words = TOPICS[Topic(topic)].parameters
        asked = {word for _, word, _ in self._variables} | set(template.when)
        if asked - words:
            raise _wrong(template, f"there is no word {min(asked - words)}; there are {sorted(words)}")
        unknown = {shown_as for _, _, shown_as in self._variables if shown_as} - set(SHOWN_AS)
        if unknown:
            raise _wrong(template, f"nothing is shown as {min(unknown)}; there are {sorted(SHOWN_AS)}")
        blanks = set(self._blank.findall(template.text))
        if blanks != {name for name, _, _ in self._variables}:
            raise _wrong(template, f"its text has the blanks {sorted(blanks)}, and variables fill others")


@runtime_checkable
class HasRegistry(Protocol):
    """A channel that only takes registered templates."""

    provider: str
    registry: Registry


def check_signature(used: str, usual: str, registered: Sequence[RegisteredSignature]) -> None:
    """Raise `WrongSettings` for a signature that is not registered with the account, or not approved yet."""
    states = {usual: Standing.APPROVED} | {signature.name: signature.state for signature in registered}
    if used not in states:
        raise WrongSettings(
            f"the signature {used} is not registered with this account. Register it with the provider "
            f"and add it to `signatures`, or use one of {sorted(filter(None, states))}."
        )
    if states[used] is not Standing.APPROVED:
        raise WrongSettings(
            f"the signature {used} is {states[used]}. Use an approved one until the provider approves it."
        )


def _named(variables: Mapping[str, str] | Sequence[str]) -> Iterable[tuple[str, str, str]]:
    """Return name of the blank, our word and how it is shown, of each variable."""
    named = (
        variables.items()
        if isinstance(variables, Mapping)
        else ((str(number), word) for number, word in enumerate(variables, start=1))
    )
    for name, word in named:
        said, _, shown_as = word.partition("|")
        yield name, said, shown_as


def _shown(value: Any, shown_as: str, language: str) -> str | None:
    """Return a word as it stands in an SMS, on one line, or None when it cannot be shown as was asked."""
    try:
        words = SHOWN_AS[shown_as](str(value), language) if shown_as else str(value)
    except ValueError:
        return None
    return " ".join(words.split())


def _wrong(template: RegisteredTemplate, why: str) -> WrongSettings:
    return WrongSettings(f"templates: {template.told}, {template.id}: {why}.")
