"""The catalogue of sentences: what a user reads for a code, in zh-CN or en."""

import tomllib
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any

from services.chassis.refusals import Refusal

LANGUAGES = ("zh", "en")
ROOMS_WITH_WORDS = (
    "chassis",
    "directory",
    "wishes",
    "claims",
    "points",
    "notify",
    "scheduler",
    "gateway",
    "console",
)


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every sentence by code and language, read from each service's `words.toml`."""
    sentences: dict[str, dict[str, str]] = {}
    for room in ROOMS_WITH_WORDS:
        page = resources.files("services").joinpath(room, "words.toml")
        if page.is_file():
            sentences |= tomllib.loads(page.read_text(encoding="utf-8"))
    return sentences


def language_of(header: str | None) -> str:
    """Return `zh` or `en` for an Accept-Language header or a locale; Chinese when in doubt."""
    wanted = (header or "").lower()
    english, chinese = wanted.find("en"), wanted.find("zh")
    return "en" if english >= 0 and (chinese < 0 or english < chinese) else "zh"


def say(code: str, language: str = "zh", **arguments: Any) -> str:
    """Return the sentence for `code`; an unknown code is returned itself, so that nothing is hidden.

    An argument with a sentence of its own, as a code or as a word of this code (`code.word`), is said too.
    """
    sentence = catalogue().get(code, {}).get(language)
    if not sentence:
        return code
    worded = {name: worded for name, value in arguments.items() if (worded := _worded(code, value))}
    plain = {name: value for name, value in arguments.items() if name not in worded}
    said = {name: say(inner, language, **plain) for name, inner in worded.items()}
    return _Lenient().vformat(sentence, (), plain | said)


def _worded(code: str, value: Any) -> str | None:
    """Return the code under which an argument has its own sentence."""
    if not isinstance(value, str):
        return None
    return next((known for known in (f"{code}.{value}", value) if known in catalogue()), None)


def say_refusal(refusal: Refusal, language: str = "zh") -> str:
    """Return the sentence that a user reads for `refusal`."""
    return say(refusal.code, language, **refusal.arguments)


class _Lenient(Formatter):
    """Fills what it is given and leaves the rest visible instead of failing in front of a user."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        return kwargs.get(str(key), f"{{{key}}}")
