"""Who wants to be left alone: what people answer to a message, and which messages are sent all the same."""

import re
import unicodedata
from enum import StrEnum

from services.notify.domain.plans import TOPICS
from services.notify.domain.topics import Topic, TopicClass


class Source(StrEnum):
    """Who put an address on the list."""

    PROVIDER = "provider"  # nothing gets through there: its own list holds the address, or it finds nobody
    REPLY = "reply"  # the recipient answered a message
    UNSUBSCRIBE = "unsubscribe"  # the recipient used the link of a mail, or told its provider that it is spam
    OFFICER = "officer"  # somebody asked the office


STOPPING_WORDS = frozenset(
    {"R", "T", "TD", "N", "QX", "STOP", "UNSUBSCRIBE", "退订", "拒收", "取消", "取消订阅", "停止", "回TD退订"}
)
"""What people answer to be left alone. Source: NOTIFY 9; the words that the vendors themselves listen to."""

_CERTAIN = ("退订", "拒收")
"""Words that mean it wherever they stand in a short answer."""

_AROUND = re.compile(r"^\W+|\W+$")

LONGEST = 12
"""Characters of an answer in which such a word is looked for: a longer one is somebody's letter."""


def asks_to_stop(answer: str) -> bool:
    """Say whether an answer to a message means that no more are wanted."""
    words = _AROUND.sub("", unicodedata.normalize("NFKC", answer)).upper()
    return words in STOPPING_WORDS or (len(words) <= LONGEST and any(word in words for word in _CERTAIN))


UNAVOIDABLE_TOPICS = frozenset(
    topic
    for topic, rule in TOPICS.items()
    if not rule.may_be_switched_off or rule.is_secret or rule.topic_class is TopicClass.URGENT
)
"""What is sent although somebody wants to be left alone: awaited answers, codes, what is urgent."""


def is_unavoidable(topic: Topic) -> bool:
    """Say whether only a provider's own list keeps a topic from an address."""
    return topic in UNAVOIDABLE_TOPICS
