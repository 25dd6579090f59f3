"""The words: a template for each topic, kind of recipient and language, with the blocks sms, title and text.

Templates are filled in, nothing more: a sandbox without functions and methods, in which an unknown word is a
fault and the outcome has an end. A template that is no file of ours may only name words, compare and choose.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import cache, cached_property
from importlib import resources
from typing import Any

import structlog
from jinja2 import BaseLoader, Environment, StrictUndefined, Template, TemplateNotFound, nodes
from jinja2.exceptions import TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from services.chassis.words import say
from services.notify.domain import TOPICS, RecipientKind, Topic

log = structlog.get_logger(__name__)

LANGUAGES = ("zh", "en")
BLOCKS = ("sms", "title", "text")
STANDING = frozenset({"name", "site"})
"""Words every template may use: the recipient's name (may be empty) and the address of the site."""

LONGEST = 10_000
"""Characters after which a rendered block is refused."""


FOOT = "<!-- foot -->"
"""Where the foot of a letter goes; no words of anybody's can hold it, since they are escaped."""

MOST_KEPT = 500
"""Templates of areas' own that are kept ready; a city has few."""


class Unrenderable(Exception):
    """The template asks for what it may not have, or does not end; the text says where.

    `problem` names what is wrong in one word that the sentences for officers know, `line` where; 0: nowhere.
    """

    def __init__(self, said: str, problem: str = "misfit", line: int = 0) -> None:
        """Keep the word and the line."""
        super().__init__(said)
        self.problem, self.line = problem, line


class NoSuchWord(Unrenderable):
    """The template names a word that is not told; `word` is its name."""

    def __init__(self, said: str, word: str, line: int) -> None:
        """Keep the word."""
        super().__init__(said, "no_such_word", line)
        self.word = word


class _Packaged(BaseLoader):
    """Reads the templates that come with notify."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, None]:
        page = resources.files(__package__).joinpath(template)
        if "/" in template or not page.is_file():
            raise TemplateNotFound(template)
        return page.read_text(encoding="utf-8"), None, None


class Form(SandboxedEnvironment):
    """A sandbox in which no attribute is read and nothing is called."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        return False


def _day(value: str, language: str) -> str:
    """Return an ISO date as people write it: 12月5日, 5 December."""
    day = date.fromisoformat(value)
    return f"{day.month}月{day.day}日" if language == "zh" else f"{day.day} {day:%B}"


def _month(value: str, language: str) -> str:
    """Return a period `2026-12` as people write it: 2026年12月, December 2026."""
    day = date.fromisoformat(f"{value}-01")
    return f"{day.year}年{day.month}月" if language == "zh" else f"{day:%B} {day.year}"


def _half_year(value: str, language: str) -> str:
    """Return a period `2026H2` as people write it: 2026年下半年, the second half of 2026."""
    year, half = value.split("H")
    if language == "zh":
        return f"{year}年{'上' if half == '1' else '下'}半年"
    return f"the {'first' if half == '1' else 'second'} half of {year}"


def _brief(value: str) -> str:
    """Return words short enough for an SMS: at most 60 characters, on one line."""
    words = " ".join(value.split())
    return words if len(words) <= 60 else f"{words[:59]}…"


SHOWN_AS: Mapping[str, Callable[[str, str], str]] = {
    "day": _day,
    "month": _month,
    "half_year": _half_year,
    "brief": lambda value, language: _brief(value),
}
"""How words can be shown where there is no template of ours: by name, from the word and a language."""


def _form(*, autoescape: bool) -> Form:
    form = Form(
        loader=_Packaged(),
        undefined=StrictUndefined,
        autoescape=autoescape,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    form.globals.clear()
    form.filters = {"day": _day, "month": _month, "half_year": _half_year, "brief": _brief}
    return form


class Words:
    """Fills in templates; one for the house."""

    def __init__(self, site: str) -> None:
        """Take the address of the site."""
        self.site = site
        self._plain, self._html = _form(autoescape=False), _form(autoescape=True)
        self._made: dict[tuple[str, frozenset[str]], Template] = {}

    def fill(
        self,
        block: str,
        topic: Topic,
        kind: RecipientKind,
        language: str,
        words: Mapping[str, Any],
        own: Mapping[str, str] | None = None,
    ) -> str:
        """Return one block of a template; raise `Unrenderable` when a word is missing or it does not end.

        A language that is not spoken here is answered in Chinese. `own` are blocks to fill in instead; where
        one cannot be, in spite of its proof, the standing words are better than none.
        """
        if own and block in own:
            try:
                return self.fill_source(own[block], {"name": "", **words})
            except Unrenderable:
                log.warning("own_words_unrenderable", topic=topic, kind=kind, block=block)
        page = name_of(topic, kind, language if language in LANGUAGES else "zh")
        try:
            template = self._plain.get_template(page)
        except TemplateError as problem:
            raise Unrenderable(f"{page}: {type(problem).__name__}") from None
        return self._block(template, block, {"name": "", **words}, page)

    def fill_source(self, source: str, words: Mapping[str, Any]) -> str:
        """Return a template that is no file, filled in, for previews and overrides; raise `Unrenderable`."""
        template = self._made_of(source, frozenset({*words, *STANDING}))
        return self._until_end(template.root_render_func, template, words, "a template of one's own")

    def source(self, block: str, topic: Topic, kind: RecipientKind, language: str) -> str:
        """Return the standing words of one block with their blanks, as an officer reads and changes them."""
        page = resources.files(__package__).joinpath(name_of(topic, kind, language))
        found = re.search(
            rf"{{% block {block} %}}\n(.*?)\n{{% endblock %}}", page.read_text(encoding="utf-8"), re.DOTALL
        )
        return found[1] if found else ""

    def _made_of(self, source: str, known: frozenset[str]) -> Template:
        """Return a template that is no file, read and proved once."""
        if (source, known) not in self._made:
            try:
                refuse_all_but_words(self._plain.parse(source), known)
                template = self._plain.from_string(source)
            except (TemplateError, RecursionError) as problem:
                raise _unreadable(problem) from None
            if len(self._made) >= MOST_KEPT:
                self._made.clear()
            self._made[source, known] = template
        return self._made[source, known]

    def letter(self, title: str, text: str, language: str) -> str:
        """Return title and text as an HTML page, everything in them escaped."""
        paragraphs = [paragraph for paragraph in text.split("\n") if paragraph.strip()]
        template = self._html.get_template("letter.html.j2")
        words = {"title": title, "paragraphs": paragraphs, "language": "en" if language == "en" else "zh-CN"}
        return self._until_end(template.root_render_func, template, words, "letter.html.j2")

    def with_foot(self, filled: Mapping[str, str], link: str, language: str) -> dict[str, str]:
        """Return the blocks of a mail; where there is a link, they say at their foot what it is for."""
        if not link:
            return {**filled, "html": filled["html"].replace(FOOT, "")}
        sentence = say("notify.stop_mails", language if language in LANGUAGES else LANGUAGES[0])
        template = self._html.get_template("foot.html.j2")
        words = {"sentence": sentence, "link": link}
        foot = self._until_end(template.root_render_func, template, words, "foot.html.j2")
        text = f"{filled['text']}\n\n{sentence}\n{link}"
        return {**filled, "text": text, "html": filled["html"].replace(FOOT, foot)}

    def _block(self, template: Template, block: str, words: Mapping[str, Any], page: str) -> str:
        if block not in template.blocks:
            raise Unrenderable(f"{page} has no block {block}")
        return self._until_end(template.blocks[block], template, words, page)

    def _until_end(self, render: Any, template: Template, words: Mapping[str, Any], page: str) -> str:
        """Return what `render` yields, stripped of the line breaks of the file around it."""
        written, length = [], 0
        try:
            chunks: Iterable[str] = render(template.new_context({"site": self.site, **words}))
            for chunk in chunks:
                length += len(chunk)
                if length > LONGEST:
                    raise Unrenderable(f"{page} does not end", "endless")
                written.append(chunk)
        except Unrenderable:
            raise
        except Exception as problem:  # a word of the wrong kind is a fault of the template like any other
            raise Unrenderable(f"{page}: {type(problem).__name__}") from None
        return "".join(written).strip()

    @cached_property
    def versions(self) -> dict[Topic, str]:
        """Return the version of each topic's templates, as messages keep it: a hash of all of them."""
        return {topic: _version_of(topic) for topic in TOPICS}


_WORDS = (
    nodes.Template,
    nodes.Block,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Filter,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.Not,
    nodes.And,
    nodes.Or,
)
"""What a template of one's own may consist of: no loop, call, attribute, arithmetic or assignment."""


_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Getattr: "attribute",
    nodes.Getitem: "attribute",
    nodes.Call: "call",
    nodes.For: "loop",
    nodes.BinExpr: "arithmetic",
    nodes.UnaryExpr: "arithmetic",
    nodes.Concat: "arithmetic",
    nodes.Assign: "assignment",
    nodes.Include: "other_template",
    nodes.ImportedName: "other_template",
    nodes.Import: "other_template",
    nodes.FromImport: "other_template",
    nodes.Extends: "other_template",
}
"""What people write most of what is refused, by the word for it; all else is `other`."""


def _unreadable(problem: TemplateError | RecursionError) -> Unrenderable:
    """Return what is wrong with a template that cannot be read, and where."""
    if isinstance(problem, TemplateSyntaxError):
        said = str(problem.message)
        word = "filter" if said.startswith(("No filter", "No test")) else "syntax"
        return Unrenderable(f"line {problem.lineno}: {said}", word, problem.lineno)
    return Unrenderable(type(problem).__name__, "too_deep")


def refuse_all_but_words(page: nodes.Template, known: Collection[str]) -> None:
    """Raise `Unrenderable` when the template does anything but name known words, compare them and choose."""
    for node in page.find_all(nodes.Node):
        if not isinstance(node, _WORDS):
            said = f"line {node.lineno}: {type(node).__name__} is not for templates"
            word = next((word for kind, word in _REFUSED.items() if isinstance(node, kind)), "other")
            raise Unrenderable(said, word, node.lineno)
        if isinstance(node, nodes.Name) and node.name not in known:
            raise NoSuchWord(f"line {node.lineno}: there is no word {node.name}", node.name, node.lineno)


def name_of(topic: Topic, kind: RecipientKind, language: str) -> str:
    """Return the name of a template."""
    return f"{topic.value}.{kind.value}.{language}.j2"


@cache
def _version_of(topic: Topic) -> str:
    pages = [name_of(topic, kind, language) for kind in TOPICS[topic].plans for language in LANGUAGES]
    sources = "".join(
        resources.files(__package__).joinpath(page).read_text(encoding="utf-8") for page in pages
    )
    return hashlib.sha256(sources.encode()).hexdigest()[:12]
