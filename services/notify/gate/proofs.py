"""The proof of words of an area's own: filled in with every sample, and refused before anybody reads them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from services.chassis.refusals import Refusal
from services.notify.channels.harmless import FORGES_A_SIGNATURE, NAMES_A_SITE
from services.notify.contracts import (
    ForbiddenContent,
    ForbiddenSyntax,
    NobodyIsTold,
    UnknownWord,
    WordsMissing,
    WordsShown,
    WordsTooLong,
)
from services.notify.domain import TOPICS, RecipientKind, Topic, sms_parts
from services.notify.templates import (
    BLOCKS,
    LANGUAGES,
    LONGEST,
    SHOWN_AS,
    STANDING,
    NoSuchWord,
    Unrenderable,
    Words,
)
from services.notify.templates.samples import samples_of

LONGEST_SOURCE = {"sms": 2000, "title": 1000, "text": 5000}
"""Characters that an officer may write, blanks included."""

LONGEST_TITLE = 80
"""Characters of a title with its blanks filled in: more are cut off by screens and mail programs."""

MOST_PARTS = 3
"""Parts of an SMS with its blanks filled in."""

SAMPLE_NAME = "王淑珍"
SIGNATURE = "【心愿树】"

INDISPENSABLE: Mapping[Topic, frozenset[str]] = {
    Topic.SIGN_IN_CODE: frozenset({"code"}),
    Topic.WISH_RECEIVED: frozenset({"code", "confirmation_code"}),
    Topic.COMPLAINT_ANSWERED: frozenset({"code"}),
}
"""Words without which nobody gets further; they stay in the SMS and in the letter."""

_BRACES = re.compile(r"[{}]|%}|{%")
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of writing: not all that is read is meant then."""


def told(topic: str, kind: str, language: str) -> tuple[Topic, RecipientKind]:
    """Return topic and kind by their names; raise `NobodyIsTold` when nobody is told that so."""
    if topic not in set(Topic) or kind not in set(RecipientKind) or language not in LANGUAGES:
        raise NobodyIsTold()
    if RecipientKind(kind) not in TOPICS[Topic(topic)].plans:
        raise NobodyIsTold()
    return Topic(topic), RecipientKind(kind)


def prove(
    words: Words, topic: Topic, kind: RecipientKind, language: str, own: Mapping[str, str]
) -> list[WordsShown]:
    """Return how the words look in every form of their topic; raise the refusal that says what is wrong.

    `own` are the blocks that the area writes; the others are told in the standing words.
    """
    for block, source in own.items():
        _prove_source(block, source)
    return [_shown(words, topic, kind, language, own, *sample) for sample in samples_of(topic)]


def _prove_source(block: str, source: str) -> None:
    if not source.strip():
        raise WordsMissing(block=block, word="words")
    if len(source) > LONGEST_SOURCE[block]:
        raise WordsTooLong(block=block, most=LONGEST_SOURCE[block], unit="written")
    if found := _CONTROLS.search(source):
        raise ForbiddenContent(block=block, found=f"U+{ord(found[0]):04X}")


def _shown(
    words: Words,
    topic: Topic,
    kind: RecipientKind,
    language: str,
    own: Mapping[str, str],
    form: str,
    said: Mapping[str, Any],
) -> WordsShown:
    written: dict[str, str] = {}
    for block in BLOCKS:
        for name in ("", SAMPLE_NAME):  # a name may be missing; that form is filled in as well
            if block in own:
                written[block] = _filled(words, block, own[block], {**said, "name": name})
                _prove_written(block, written[block])
                _prove_complete(block, written[block], topic, said)
            else:
                written[block] = words.fill(block, topic, kind, language, {**said, "name": name})
    parts = sms_parts(SIGNATURE + written["sms"])
    return WordsShown(
        sample=form, sms=written["sms"], parts=parts, title=written["title"], text=written["text"]
    )


def _filled(words: Words, block: str, source: str, said: Mapping[str, Any]) -> str:
    try:
        return words.fill_source(source, said)
    except NoSuchWord as missing:
        known = ", ".join(sorted({*said, *STANDING}))
        raise UnknownWord(block=block, word=missing.word[:60], words=known) from None
    except Unrenderable as problem:
        raise _forbidden(block, problem) from None


def _forbidden(block: str, found: Unrenderable) -> Refusal:
    """Return the refusal that says to an officer what cannot be filled in, and what may be."""
    if found.problem == "endless":
        return WordsTooLong(block=block, most=LONGEST, unit="characters")
    where = "at_line" if found.line else ""
    known = ", ".join(sorted(SHOWN_AS))
    return ForbiddenSyntax(block=block, problem=found.problem, where=where, line=found.line, shown_as=known)


def _prove_written(block: str, written: str) -> None:
    if not written:
        raise WordsMissing(block=block, word="words")
    for found in _forbidden_in(block, written):
        raise ForbiddenContent(block=block, found=found[:60])
    if block == "sms" and sms_parts(SIGNATURE + written) > MOST_PARTS:
        raise WordsTooLong(block=block, most=MOST_PARTS, unit="parts")
    if block == "title" and len(written) > LONGEST_TITLE:
        raise WordsTooLong(block=block, most=LONGEST_TITLE, unit="characters")


def _forbidden_in(block: str, written: str) -> Iterator[str]:
    """Yield what may not stand in a block; carriers refuse an SMS for it, or it was meant to be a blank."""
    patterns = [_BRACES, *([NAMES_A_SITE, FORGES_A_SIGNATURE] if block == "sms" else [])]
    for pattern in patterns:
        if found := pattern.search(written):
            yield found[0]
    if block != "text" and "\n" in written:
        yield "line_break"


def _prove_complete(block: str, written: str, topic: Topic, said: Mapping[str, Any]) -> None:
    if block == "title":
        return
    for word in sorted(INDISPENSABLE.get(topic, ())):
        if str(said[word]) not in written:
            raise WordsMissing(block=block, word=word)
