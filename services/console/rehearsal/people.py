"""Synthetic people: every name grows in an orchard and every phone lies where nobody is called.

A rehearsal runs beside real registers, so whoever meets one of these people must see that they are
invented: the last character of each name is a tree or a fruit, and the phones share one prefix.
"""

from collections.abc import Sequence
from random import Random
from typing import Final, Literal, TypeVar

import msgspec

Gender = Literal["female", "male"]
Thing = TypeVar("Thing")

SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
    "程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
)
SEASONS: Final = "初晴朝晚青雨云雪霜露月星春夏秋冬山溪原田"
TREES: Final[dict[Gender, str]] = {
    "female": "柚樱桃杏梨橙莓榴苹橘棠枇",
    "male": "榆槐桐柏枫杉樟桦栎椿楷榕",
}

# 1349 was set aside for satellite terminals; phonenumbers holds it valid and knows no operator behind it,
# so a message that escapes a rehearsal reaches no household.
PHONE_PREFIX: Final = "1349"
PHONES_IN_ALL: Final = 10_000_000
ADULT_AT: Final = 18

_PHONE_STRIDE: Final = 6_180_339  # shares no factor with PHONES_IN_ALL, so no phone comes round twice


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A party member with the entries of the member register (004: 个人资料、职业特长、服务意愿)."""

    number: int  # from 1, unique within the city
    name: str
    gender: Gender
    phone: str
    unit: str  # the name of a laid-out unit
    community: str  # the code of the community where the member lives
    skills: tuple[str, ...]  # keys of `Scenario.skills`, none to two
    willingness: tuple[str, ...]  # categories of wishes, one to three


class Resident(msgspec.Struct, frozen=True, kw_only=True):
    """A person in hardship with the columns of form 001-1."""

    number: int  # from 1, unique within the city
    name: str
    gender: Gender
    age: int
    phone: str  # the guardian's, where there is one
    address: str
    community: str  # code
    hardship: str  # a key of `Scenario.hardships`
    guardian: str | None  # the name of an adult, for whoever is under eighteen


def one_of(chance: Random, several: Sequence[Thing]) -> Thing:
    """Draw one of `several`, each equally often; quicker than `Random.choice`, which long streams feel."""
    return several[int(chance.random() * len(several))]


def gender(chance: Random) -> Gender:
    """Draw a gender, either equally often."""
    return "female" if chance.random() < 0.5 else "male"


def name(chance: Random, of: Gender) -> str:
    """Draw a three-character name: a common surname, a season, a tree or a fruit."""
    return one_of(chance, SURNAMES) + one_of(chance, SEASONS) + one_of(chance, TREES[of])


def phone(seed: int, number: int) -> str:
    """Give the eleven digits that belong to person `number` (0 … PHONES_IN_ALL - 1) of the city `seed`.

    Different numbers give different phones within one seed, without a record of those given.
    """
    return f"{PHONE_PREFIX}{(seed * 1_000_003 + number * _PHONE_STRIDE) % PHONES_IN_ALL:07d}"


def address(chance: Random, roads: tuple[str, ...]) -> str:
    """Draw a home such as `八一大道 17 号院 3 号楼 2 单元 402 室`."""
    road = one_of(chance, roads)
    yard, building, entrance = chance.randint(1, 180), chance.randint(1, 18), chance.randint(1, 4)
    room = chance.randint(1, 6) * 100 + chance.randint(1, 4)
    return f"{road} {yard} 号院 {building} 号楼 {entrance} 单元 {room} 室"


def resident(
    chance: Random,
    *,
    number: int,
    phone: str,
    community: str,
    hardship: str,
    ages: tuple[int, int],
    home: str,
) -> Resident:
    """Draw who lives at `home`, between the youngest and the oldest of `ages`."""
    of, age = gender(chance), chance.randint(*ages)
    called = name(chance, of)
    guardian = called[0] + name(chance, gender(chance))[1:] if age < ADULT_AT else None
    return Resident(
        number=number,
        name=called,
        gender=of,
        age=age,
        phone=phone,
        address=home,
        community=community,
        hardship=hardship,
        guardian=guardian,
    )
