"""The rules about units and members: how names are compared, how a tree of units is written."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from uuid import UUID

from services.chassis.rights import EVERYWHERE

MOST_SKILLS = 20
LONGEST_SKILL = 40

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})  # control, format, surrogate, and blanks
_HOURS = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)_(morning|afternoon|evening)")
_MOBILE = re.compile(r"\+861[3-9][0-9]{9}|\+(?!86)[0-9]+")


@lru_cache(maxsize=10_000)
def name_key(name: str) -> str:
    """Return what two spellings of one name share, such as 人社局（本级） and 人社局(本级)."""
    signs = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in signs if unicodedata.category(sign) not in _UNSEEN)


def can_receive_messages(phone: str) -> bool:
    """Say whether an E.164 number can receive a one-time code: a Chinese landline cannot, others may."""
    return _MOBILE.fullmatch(phone) is not None


def unit_path(unit_id: UUID, parents: Mapping[UUID, UUID | None]) -> str | None:
    """Return `/unit/unit/` from the topmost unit down, or None when the units above form a ring."""
    steps: list[UUID] = []
    above: UUID | None = unit_id
    while above is not None:
        if above in steps:
            return None
        steps.append(above)
        above = parents[above]
    return EVERYWHERE + "".join(f"{step}/" for step in reversed(steps))


def are_hours(words: Iterable[str]) -> bool:
    """Say whether each of these is a day of the week and a part of the day, such as sat_morning."""
    return all(_HOURS.fullmatch(word) for word in words)


def fitting_skills(words: Iterable[str]) -> tuple[str, ...] | None:
    """Return skills or wishes to help, each once, without blanks around; None when too many or too long."""
    fitting = tuple(dict.fromkeys(" ".join(word.split()) for word in words if word.strip()))
    is_fitting = len(fitting) <= MOST_SKILLS and all(len(word) <= LONGEST_SKILL for word in fitting)
    return fitting if is_fitting else None
