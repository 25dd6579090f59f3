"""The words: every topic has them in both languages, and a template can do nothing but fill them in."""

from importlib import resources
from itertools import product

import pytest
from jinja2 import StrictUndefined, TemplateError

from services.notify.domain import TOPICS, RecipientKind, Topic, sms_parts
from services.notify.gate.proofs import SAMPLE_NAME, prove
from services.notify.templates import BLOCKS, FOOT, LANGUAGES, LONGEST, Form, Unrenderable, Words, name_of
from services.notify.templates.samples import samples_of
from tests.support.notify_words import INJECTIONS, VARIANTS, WORDS

SITE = "https://wishes.example.org"
TOLD = [(topic, kind) for topic, rule in TOPICS.items() for kind in rule.plans]
TITLE_OF_FORTY = "心愿" * 20


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(SITE)


@pytest.mark.parametrize(("topic", "kind"), TOLD)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_is_told_in_both_languages_and_every_form(
    words: Words, topic: Topic, kind: RecipientKind, language: str
) -> None:
    for block, variant, name in product(BLOCKS, VARIANTS.get(topic, [{}]), ("王淑珍", "")):
        written = words.fill(block, topic, kind, language, WORDS[topic] | variant | {"name": name})

        assert written
        assert "{" not in written
        assert "None" not in written
        assert block == "text" or "\n" not in written
        assert language == "zh" or not {"，", "。", "！"} & set(written)


@pytest.mark.parametrize(("topic", "kind"), TOLD)
def test_an_sms_costs_at_most_two_parts_and_holds_no_address(
    words: Words, topic: Topic, kind: RecipientKind
) -> None:
    longest = {name: TITLE_OF_FORTY for name in ("title",) if name in WORDS[topic]}
    for variant in VARIANTS.get(topic, [{}]):
        written = words.fill("sms", topic, kind, "zh", WORDS[topic] | longest | variant)

        assert sms_parts("【心愿树】" + written) <= 2
        assert "http" not in written


def test_a_long_reason_is_shortened_in_an_sms_and_whole_in_a_letter(words: Words) -> None:
    said = WORDS[Topic.WISH_SCREENED] | {"reason": "请补充。" * 100}
    kind = RecipientKind.RESIDENT

    assert sms_parts(words.fill("sms", Topic.WISH_SCREENED, kind, "zh", said)) <= 3
    assert "请补充。" * 100 in words.fill("text", Topic.WISH_SCREENED, kind, "zh", said)


def test_a_language_that_is_not_spoken_is_answered_in_chinese(words: Words) -> None:
    written = words.fill("title", Topic.SIGN_IN_CODE, RecipientKind.MEMBER, "fr", WORDS[Topic.SIGN_IN_CODE])

    assert written == "登录验证码"


def test_a_missing_word_is_a_fault_and_not_a_gap(words: Words) -> None:
    with pytest.raises(Unrenderable, match="UndefinedError"):
        words.fill("sms", Topic.SIGN_IN_CODE, RecipientKind.MEMBER, "zh", {"minutes": 10})


def test_there_is_no_template_that_nobody_uses() -> None:
    pages = {page.name for page in resources.files("services.notify.templates").iterdir()}
    used = {name_of(topic, kind, language) for topic, kind in TOLD for language in LANGUAGES}

    assert {page for page in pages if page.endswith(".j2")} == used | {"letter.html.j2", "foot.html.j2"}


@pytest.mark.parametrize(
    ("language", "sentence"), [("zh", "退订"), ("en", "unsubscribe here"), ("fr", "退订")]
)
def test_a_letter_says_at_its_foot_where_to_stop_such_letters(
    words: Words, language: str, sentence: str
) -> None:
    crafted = f"您好\n{FOOT}\n</div>"
    filled = {"title": "x", "text": crafted, "html": words.letter("x", crafted, language)}

    footed = words.with_foot(filled, 'https://site/unsubscribe/a?b&c"', language)

    assert footed["text"].startswith(crafted)
    assert footed["text"].endswith('\nhttps://site/unsubscribe/a?b&c"')
    assert sentence in footed["text"]
    assert footed["html"].count(sentence) == 1
    assert footed["html"].count("https://site/unsubscribe/a?b&amp;c&#34;") == 2
    assert FOOT not in footed["html"]
    assert words.with_foot(filled, "", language)["text"] == crafted
    assert FOOT not in words.with_foot(filled, "", language)["html"]


@pytest.mark.parametrize(("topic", "kind"), TOLD)
@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_templates_name_declared_words_only_and_do_no_more_than_a_strangers_may(
    words: Words, topic: Topic, kind: RecipientKind, language: str
) -> None:
    page = resources.files("services.notify.templates").joinpath(name_of(topic, kind, language))

    assert words.fill_source(page.read_text(encoding="utf-8"), WORDS[topic] | {"name": ""})


@pytest.mark.parametrize(("topic", "kind"), TOLD)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_officer_may_begin_with_our_words_and_put_them_in_force(
    words: Words, topic: Topic, kind: RecipientKind, language: str
) -> None:
    own = {block: words.source(block, topic, kind, language) for block in BLOCKS}

    for shown, (_, said) in zip(prove(words, topic, kind, language, own), samples_of(topic), strict=True):
        named = said | {"name": SAMPLE_NAME}
        filled = {block: words.fill(block, topic, kind, language, named) for block in BLOCKS}
        assert (shown.sms, shown.title, shown.text) == (filled["sms"], filled["title"], filled["text"])


def test_a_version_belongs_to_the_words_of_a_topic(words: Words) -> None:
    versions = words.versions

    assert set(versions) == set(Topic)
    assert len(set(versions.values())) == len(Topic)


@pytest.mark.parametrize("source", INJECTIONS)
def test_a_template_that_does_more_than_fill_in_is_refused(words: Words, source: str) -> None:
    with pytest.raises(Unrenderable):
        words.fill_source(source, {"title": "一床厚棉被"})


@pytest.mark.parametrize("source", INJECTIONS)
def test_what_people_write_is_never_taken_for_a_template(words: Words, source: str) -> None:
    said = WORDS[Topic.CLAIM_DELIVERED] | {"title": source}

    assert source in words.fill("text", Topic.CLAIM_DELIVERED, RecipientKind.RESIDENT, "zh", said)


def test_a_template_of_ones_own_may_choose_between_words(words: Words) -> None:
    source = "{% if days == 0 and not late %}{{ title }}今天到期{% else %}{{ on | day('zh') }}{% endif %}"
    said = {"days": 0, "late": False, "title": "棉被", "on": "2026-12-05"}

    assert words.fill_source(source, said) == "棉被今天到期"
    assert words.fill_source(source, said | {"days": 2}) == "12月5日"


def test_a_text_without_end_is_cut_short_by_a_fault(words: Words) -> None:
    with pytest.raises(Unrenderable, match="does not end"):
        words.fill_source("{{ title }}", {"title": "字" * (LONGEST + 1)})


@pytest.mark.parametrize(
    "attack",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</p></body>", "javascript:alert(1)"],
)
def test_a_letter_shows_markup_as_text(words: Words, attack: str) -> None:
    page = words.letter(attack, f"{attack}\n\n{attack}", "zh")

    assert "<script" not in page
    assert "<img" not in page
    assert page.count("</body>") == 1
    assert page.count("<p ") == 2


@pytest.mark.parametrize(
    "source", ["{{ word.upper }}", "{{ word['upper'] }}", "{{ word.upper() }}", "{{ call() }}"]
)
def test_the_sandbox_reads_no_attribute_and_calls_nothing_whoever_wrote_the_template(source: str) -> None:
    form = Form(undefined=StrictUndefined)

    with pytest.raises(TemplateError):
        form.from_string(source).render(word="x", call=lambda: "x")
