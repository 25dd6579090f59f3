"""The registered templates of an SMS account: in mainland China an SMS is an approved id and short variables.

An operator writes down what the provider approved. A message goes out in the first entry for its topic, kind
of recipient and language that is meant for it (`when`) and into which its words fit; a last entry without
variables fits always. What fits nowhere is refused before anything is sent.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from services.chassis.settings import WrongSettings
from services.notify.channels import Parcel
from services.notify.domain import TOPICS, Outcome, RecipientKind, Topic, Verdict, sms_parts
from services.notify.templates import LANGUAGES, SHOWN_AS

NAMED = re.compile(r"\$\{(\w+)\}")  # Aliyun: ${title}
NUMBERED = re.compile(r"\{(\d+)\}")  # Tencent: {1}

_ADDRESS_OF_A_SITE = re.compile(r"(?i)https?:|www\.|[a-z0-9-]+\.(?:com|cn|net|org|gov|edu|top|vip|io|cc)\b")
_FORGES_A_SIGNATURE = re.compile(r"[【】]")


class RegisteredTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One template as the provider approved it.

    `variables` fills its blanks with our words, each shown as one of our templates would: `"due_on|day"`. By
    name where the provider has names, in their order where it has numbers.
    """

    told: str  # claim_due_soon.member
    language: str = "zh"
    when: dict[str, str | int | bool] = {}  # only for messages whose words are these: { how = "lapsed" }
    id: str
    signature: str | None = None  # another than that of the account
    text: str  # as approved, with its blanks: for the number of parts, and to check the variables against
    variables: dict[str, str] | list[str] = {}
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

NO_TEMPLATE = Outcome(Verdict.PERMANENT, "no_template")
DOES_NOT_FIT = Outcome(Verdict.PERMANENT, "words_do_not_fit")


class Registry:
    """The approved templates of one account."""

    def __init__(
        self, signature: str, templates: Sequence[RegisteredTemplate], blank: re.Pattern[str]
    ) -> None:
        """Take them; raise `WrongSettings` naming the entry that cannot be used."""
        self._entries: dict[tuple[str, str], list[_Entry]] = {}
        self._fitted: OrderedDict[tuple[Any, ...], tuple[Mapping[str, Any], Wording | Outcome]] = (
            OrderedDict()
        )
        for template in templates:
            entry = _Entry(template, signature, blank)
            self._entries.setdefault((template.told, template.language), []).append(entry)

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
        return next((wording for entry in meant if (wording := entry.fit(parcel))), DOES_NOT_FIT)


class _Entry:
    """A template whose variables have been checked against its text and against the words of its topic."""

    def __init__(self, template: RegisteredTemplate, signature: str, blank: re.Pattern[str]) -> None:
        self._template, self._blank = template, blank
        self._signature = template.signature or signature
        self._variables = list(_named(template.variables))
        if not self._signature:
            raise _wrong(template, "there is no signature, neither its own nor that of the account")
        if isinstance(template.variables, list) is not (blank is NUMBERED) and template.variables:
            raise _wrong(template, "variables are a list where blanks are numbers, and a table otherwise")
        self._check_words()

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
        is_clean = not (_ADDRESS_OF_A_SITE.search(value) or _FORGES_A_SIGNATURE.search(value))
        return is_clean and 0 < len(value) <= self._template.longest

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
