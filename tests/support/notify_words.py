"""Sample words for everything that notify tells, and templates that want to do more than fill them in."""

from services.notify.domain import TOPICS
from services.notify.templates.samples import FORMS as VARIANTS
from services.notify.templates.samples import SAMPLES as WORDS

__all__ = ["INJECTIONS", "VARIANTS", "WORDS"]

INJECTIONS = [
    "{{ 7 * 7 }}",
    "{{ config }}",
    "{{ self }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ title.__init__.__globals__ }}",
    "{{ title|attr('__class__') }}",
    "{{ title['__class__'] }}",
    "{{ request.application.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'] }}",
    "{{ namespace() }}",
    "{{ range(10) }}",
    "{{ title.format() }}",
    "{{ '%s' % title }}",
    "{{ title ~ title }}",
    "{{ 'a' * 10**8 }}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ title | center(100000000) }}",
    "{{ title | map('upper') }}",
    "{{ title | safe }}",
    "{% for letter in title %}{{ letter }}{% endfor %}",
    "{% set title = title ~ title %}{{ title }}",
    "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
    "{% include 'letter.html.j2' %}",
    "{% import 'os' as os %}{{ os }}",
    "{% extends 'letter.html.j2' %}",
    "{{ title[::-1] }}",
    "{{ [title, title] }}",
    "{{ nobody }}",
    "{{ title",
    "{{ (" + "not " * 800 + "title) }}",
]


assert {topic: rule.parameters for topic, rule in TOPICS.items()} == {
    topic: frozenset(words) for topic, words in WORDS.items()
}
