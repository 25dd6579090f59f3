"""Every refusal has its sentence, in both languages, and whoever raises it fills the sentence."""

import ast
import inspect
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest

import services
from services.chassis.refusals import Refusal
from services.chassis.words import LANGUAGES, ROOMS_WITH_WORDS, catalogue
from tests.structure.census import ROOMS, modules, refusals, room_of

CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]+")
"""Chinese writing; an English sentence quotes it where somebody must write it into a form."""
HOUSE = Path(services.__path__[0])
PAGES = {room: page for room in ROOMS if (page := HOUSE / room / "words.toml").exists()}
SNAKE = re.compile(r"(?<!^)(?=[A-Z])")


def blanks_of(sentence: str) -> set[str]:
    """Return the names of the blanks in a sentence."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("refusal", refusals(), ids=lambda refusal: f"{room_of(refusal)}.{refusal.__name__}")
def test_a_refusal_is_named_after_its_reason_and_said_in_both_languages(refusal: type[Refusal]) -> None:
    assert refusal.code == f"{room_of(refusal)}.{SNAKE.sub('_', refusal.__name__).lower()}"
    sentences = catalogue().get(refusal.code, {})
    assert set(sentences) == set(LANGUAGES), f"{refusal.code} has no sentence in words.toml"


def test_no_two_refusals_share_a_code() -> None:
    codes = Counter(refusal.code for refusal in refusals())
    assert [code for code, count in codes.items() if count > 1] == []


def test_every_page_of_words_is_read() -> None:
    assert set(PAGES) <= set(ROOMS_WITH_WORDS)


def test_no_sentence_stands_on_two_pages() -> None:
    codes = Counter(
        code for page in PAGES.values() for code in tomllib.loads(page.read_text(encoding="utf-8"))
    )
    assert [code for code, count in codes.items() if count > 1] == []


def test_a_sentence_is_written_in_its_language_and_both_have_the_same_blanks() -> None:
    wrong = [
        code
        for code, sentences in catalogue().items()
        if set(sentences) != set(LANGUAGES)
        or not CHINESE.search(sentences["zh"])
        or any(quoted not in sentences["zh"] for quoted in CHINESE.findall(sentences["en"]))
        or blanks_of(sentences["zh"]) != blanks_of(sentences["en"])
    ]
    assert wrong == []


def made_in(module: ModuleType) -> Iterator[tuple[type[Refusal], set[str]]]:
    """Yield the refusals that are made in a module, each with the names of the arguments it is given."""
    for call in ast.walk(ast.parse(inspect.getsource(module) or "")):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            made = vars(module).get(call.func.id)
            names = [keyword.arg for keyword in call.keywords]
            if isinstance(made, type) and issubclass(made, Refusal) and None not in names:
                yield made, set(map(str, names))


def test_whoever_raises_a_refusal_fills_every_blank_of_its_sentence() -> None:
    unfilled = set()
    for module in modules():
        for refusal, given in made_in(module):
            missing = blanks_of(catalogue().get(refusal.code, {}).get("zh", "")) - given
            if missing:
                unfilled.add((module.__name__, refusal.code, *sorted(missing)))
    assert sorted(unfilled) == []
