"""Words of an area's own: read, tried with samples, put in force and withdrawn by its officers."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Page, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "ForbiddenContent",
    "ForbiddenSyntax",
    "ListOverrides",
    "NobodyIsTold",
    "OverrideList",
    "OverrideView",
    "OverrideWords",
    "PreviewWords",
    "ReadWords",
    "UnknownArea",
    "UnknownOverride",
    "UnknownWord",
    "WithdrawOverride",
    "WordsMissing",
    "WordsPreview",
    "WordsShown",
    "WordsTooLong",
    "WordsView",
]


class WordsView(View, frozen=True, kw_only=True):
    """The words in which a kind of recipient is told of a topic in an area, with their blanks."""

    topic: str
    kind: str
    language: str
    sms: str
    title: str
    text: str
    words: list[str]  # that may stand in a blank, `{{ title }}`
    shown_as: list[str]  # how a word may be shown, `{{ due_on | day("zh") }}`
    override_id: UUID | None = None  # whose words they are; None for those that come with Wishtree
    override_of: UUID | None = None  # the area that put them in force


class ReadWords(Query, frozen=True, kw_only=True):
    """The words that are in force in an area for a topic, a kind of recipient and a language."""

    right: ClassVar[Right] = Right.MANAGE_AREAS
    answer: ClassVar[type[View]] = WordsView

    area_id: UUID
    topic: str
    kind: str
    language: str = "zh"


class WordsShown(View, frozen=True, kw_only=True):
    """The words filled in with one sample."""

    sample: str  # which form of the topic it is: `how: lapsed`
    sms: str
    parts: int  # of which the SMS consists, with a signature of three characters
    title: str
    text: str


class WordsPreview(View, frozen=True, kw_only=True):
    """How words would look, in every form of their topic; and what else to know."""

    shown: list[WordsShown]
    notes: list[str]


class PreviewWords(Query, frozen=True, kw_only=True):
    """Try words of one's own with samples; blocks that are left out stay as they are in force.

    What an officer types stands in no address, so it is asked like something personal.
    """

    right: ClassVar[Right] = Right.MANAGE_AREAS
    answer: ClassVar[type[View]] = WordsPreview
    is_personal: ClassVar[bool] = True

    area_id: UUID
    topic: str
    kind: str
    language: str = "zh"
    sms: str | None = None
    title: str | None = None
    text: str | None = None


class OverrideView(View, frozen=True, kw_only=True):
    """Words of an area's own, in force or withdrawn."""

    id: UUID
    area_id: UUID
    topic: str
    kind: str
    language: str
    sms: str | None
    title: str | None
    text: str | None
    in_force_since: datetime
    withdrawn_at: datetime | None


class OverrideList(View, frozen=True, kw_only=True):
    """A page of words of areas' own."""

    items: list[OverrideView]
    next: str | None = None


class ListOverrides(Page, frozen=True, kw_only=True):
    """Words of an area's own and of the areas below it, the newest first, withdrawn ones on request."""

    right: ClassVar[Right] = Right.MANAGE_AREAS
    answer: ClassVar[type[View]] = OverrideList

    area_id: UUID
    with_withdrawn: bool = False


class OverrideWords(Command, frozen=True, kw_only=True):
    """Put words of one's own in force in an area and below, instead of those that were.

    They hold for what is planned from now on; a message is told in the words that were in force when it was
    planned. SMS through accounts with registered templates stay as they were approved.
    """

    right: ClassVar[Right] = Right.MANAGE_AREAS
    answer: ClassVar[type[View]] = OverrideView

    area_id: UUID
    topic: str
    kind: str
    language: str = "zh"
    sms: str | None = None
    title: str | None = None
    text: str | None = None


class WithdrawOverride(Command, frozen=True, kw_only=True):
    """Take words of an area's own out of force; those of the area above hold again, or the standing ones."""

    right: ClassVar[Right] = Right.MANAGE_AREAS

    override_id: UUID


class UnknownArea(Refusal):
    """No such area is known here."""

    code = "notify.unknown_area"
    kind = RefusalKind.UNKNOWN


class UnknownOverride(Refusal):
    """There are no such words of an area's own, or they were withdrawn already."""

    code = "notify.unknown_override"
    kind = RefusalKind.UNKNOWN


class NobodyIsTold(Refusal):
    """There is no such topic, or not for this kind of recipient or in this language."""

    code = "notify.nobody_is_told"
    kind = RefusalKind.INVALID


class UnknownWord(Refusal):
    """A blank asks for a word that there is not for this topic."""

    code = "notify.unknown_word"
    kind = RefusalKind.INVALID


class ForbiddenSyntax(Refusal):
    """Words of an area's own may name words, compare and choose, nothing else."""

    code = "notify.forbidden_syntax"
    kind = RefusalKind.INVALID


class ForbiddenContent(Refusal):
    """A web address in an SMS, brackets of a signature, a control character, a brace that fills nothing."""

    code = "notify.forbidden_content"
    kind = RefusalKind.INVALID


class WordsTooLong(Refusal):
    """A block is longer than it may be."""

    code = "notify.words_too_long"
    kind = RefusalKind.INVALID


class WordsMissing(Refusal):
    """Nothing was written, or a code is left out without which nobody gets further."""

    code = "notify.words_missing"
    kind = RefusalKind.INVALID
