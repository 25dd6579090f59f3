"""A parcel with sample words, as a channel would be given it: to look whether they fit, or to try it out."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.chassis.contracts import new_id
from services.notify.channels import Parcel
from services.notify.domain import RecipientKind, TopicClass


def a_parcel(
    receiver: str, told: str, said: Mapping[str, Any], language: str, words: Sequence[str] = ("", "")
) -> Parcel:
    """Return a parcel with sample words; `words` are its title and text, where any may be sent."""
    topic, _, kind = told.partition(".")
    title, text = words
    return Parcel(
        delivery_id=new_id(),
        address=receiver,
        topic=topic,
        kind=RecipientKind(kind),
        topic_class=TopicClass.SERVICE,
        language=language,
        title=title,
        text=text,
        html=f"<p>{text}</p>" if text else "",
        short=text,
        values=said,
    )
