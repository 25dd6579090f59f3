"""Texts with blanks in the settings, `{{ phone }}`: read by Jinja in its sandbox, filled in fit for a place.

They may name words and choose between them, as the templates of areas do, and nothing else. What stands in a
blank is escaped for the place of the text, so that no word of anybody breaks out of it.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from jinja2 import StrictUndefined, Template, nodes
from jinja2.exceptions import TemplateError, TemplateSyntaxError
from markupsafe import escape

from services.chassis.settings import WrongSettings
from services.notify.templates import Form, NoSuchWord, Unrenderable, refuse_all_but_words

Escape = Callable[[str], str]

_ONE_BRACE = re.compile(r"(?<!\{)\{ *([a-z_]+) *\}(?!\})")
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(value: str) -> str:
    """Return a word as it is."""
    return value


def for_xml(value: str) -> str:
    """Return a word as it may stand in XML, in a text or in quotes; what no XML can hold is left out."""
    return str(escape(_NO_XML.sub("", value)))


def for_json(value: str) -> str:
    """Return a word as it may stand in the quotes of a JSON text."""
    return json.dumps(value, ensure_ascii=False)[1:-1]


def for_address(charset: str) -> Escape:
    """Return what makes words fit for a path or a query."""
    return lambda value: quote(value, safe="", encoding=charset, errors="replace")


def for_form(charset: str) -> Escape:
    """Return what makes words fit for a form."""
    return lambda value: quote_plus(value, encoding=charset, errors="replace")


class Blank:
    """A text with blanks."""

    def __init__(self, place: str, source: str, known: Collection[str], fit: Escape = plain) -> None:
        """Take where it stands, its text, the words there are and how they are made fit.

        Raises `WrongSettings` for what can never be filled in; the text is not quoted, it may hold a secret.
        """
        self._fit = fit
        self._form = Form(
            undefined=StrictUndefined, finalize=lambda value: fit(str(value)), keep_trailing_newline=True
        )
        self._form.globals.clear()
        if (single := _ONE_BRACE.search(source)) and single[1] in known:
            raise WrongSettings(f"{place}: write {{{{ {single[1]} }}}}, with two braces on either side.")
        try:
            page = self._form.parse(source)
            refuse_all_but_words(page, known)
            self._template: Template = self._form.from_string(source)
        except NoSuchWord as unknown:
            raise WrongSettings(
                f"{place}: there is no {unknown.word} to fill in here; there are {sorted(known)}."
            ) from None
        except (TemplateError, Unrenderable, RecursionError) as problem:
            raise WrongSettings(f"{place} cannot be filled in: {_where(problem)}.") from None
        self.names = frozenset(node.name for node in page.find_all(nodes.Name))
        self._pieces = _pieces(page)

    def fill(self, words: Mapping[str, str]) -> str:
        """Return the text with the words in its blanks."""
        if self._pieces is not None:
            return "".join(self._fit(words[piece]) if is_word else piece for is_word, piece in self._pieces)
        return "".join(self._template.root_render_func(self._template.new_context(dict(words))))


class Blanks:
    """A table or list of the settings with texts in it, however deep, each with its blanks."""

    def __init__(self, place: str, described: Any, known: Collection[str], fit: Escape = plain) -> None:
        """Take it; raise `WrongSettings` naming the place of what can never be filled in."""
        self.names: frozenset[str] = frozenset()
        self._tree = self._read(place, described, known, fit)

    def fill(self, words: Mapping[str, str]) -> Any:
        """Return it with the words in its blanks."""
        return _filled(self._tree, words)

    def _read(self, place: str, described: Any, known: Collection[str], fit: Escape) -> Any:
        if isinstance(described, dict):
            return {name: self._read(f"{place}.{name}", one, known, fit) for name, one in described.items()}
        if isinstance(described, list):
            return [self._read(place, one, known, fit) for one in described]
        if not isinstance(described, str):
            return described
        blank = Blank(place, described, known, fit)
        self.names |= blank.names
        return blank


def _filled(tree: Any, words: Mapping[str, str]) -> Any:
    if isinstance(tree, Blank):
        return tree.fill(words)
    if isinstance(tree, dict):
        return {name: _filled(one, words) for name, one in tree.items()}
    return [_filled(one, words) for one in tree] if isinstance(tree, list) else tree


def _pieces(page: nodes.Template) -> list[tuple[bool, str]] | None:
    """Return the parts of a text that only names words, as nearly all do, or None.

    These are put together here: Jinja takes twenty times as long, and there are some for each of 279,000 SMS.
    """
    pieces: list[tuple[bool, str]] = []
    for output in page.body:
        for node in output.nodes if isinstance(output, nodes.Output) else [output]:
            if isinstance(node, nodes.TemplateData):
                pieces.append((False, node.data))
            elif isinstance(node, nodes.Name):
                pieces.append((True, node.name))
            else:
                return None
    return pieces


def _where(problem: Exception) -> str:
    """Return what is wrong, without a word of the text."""
    if isinstance(problem, TemplateSyntaxError):
        return f"line {problem.lineno} is no template of Jinja"
    return str(problem) if isinstance(problem, Unrenderable) else type(problem).__name__
