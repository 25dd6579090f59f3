"""Sample words for everything that notify tells."""

from services.notify.domain import TOPICS
from services.notify.samples import FORMS as VARIANTS
from services.notify.samples import SAMPLES as WORDS

__all__ = ["VARIANTS", "WORDS"]

assert {topic: rule.parameters for topic, rule in TOPICS.items()} == {
    topic: frozenset(words) for topic, words in WORDS.items()
}
