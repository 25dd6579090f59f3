"""A scenario laid out: areas, units, members and wishes, drawn one after another from the seed.

Everything here is an iterator that keeps no more than the codes of communities and the names of units, so a
city of 2,800 communities and 279,000 members is streamed in the memory of a small one. Each call starts anew
and draws the same again.
"""

from collections.abc import Iterator
from itertools import accumulate, combinations, cycle
from random import Random
from typing import Final, Literal, TypeVar, get_args

import msgspec

from services.console.rehearsal import people
from services.console.rehearsal.people import Member, Resident, one_of
from services.console.rehearsal.scenario import (
    Category,
    Door,
    Scenario,
    Sort,
    Template,
    UnitKind,
    WishKind,
    pools,
    sorts,
    spread,
)

AreaKind = Literal["city", "district", "street", "community", "station"]
Urgency = Literal["ordinary", "urgent"]
Key = TypeVar("Key")

INVENTED_KINDS: Final[tuple[UnitKind, ...]] = ("organ", "institution", "enterprise")

COMMUNITIES_PER_STREET: Final = 20
COMMUNITIES_PER_DISTRICT: Final = 20 * COMMUNITIES_PER_STREET
FIRST_INVENTED_DISTRICT: Final = 71  # real districts of a city are numbered from 01 (GB/T 2260)
MEMBERS_PER_UNIT: Final = 93  # seed 002: 27.9万 members report from 3000 units
WEIGHTS: Final = (3, 9)  # the smallest and the largest community, relative to each other
SKILLS_EACH: Final = (0, 0, 0, 1, 1, 1, 1, 1, 2, 2)


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A place of the tree; `parent` is the code of the place above it."""

    kind: AreaKind
    name: str
    code: str  # 6 digits city and district, 9 street, 12 community, 15 station, like statistical codes
    parent: str | None


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """An employer; `street` is the code of the street that it reports to (双报到)."""

    number: int
    name: str
    kind: UnitKind
    street: str


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One wish as it comes in; `value` in yuan, 0 for what costs time only."""

    number: int
    community: str
    resident: Resident
    text: str
    details: str
    kind: WishKind
    category: Category
    value: int
    skill: str | None
    urgency: Urgency
    evidence: str  # 申领证明材料
    month: str  # in which it is submitted, such as 2025-11
    door: Door


class Layout:
    """The city of one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        """Keep the scenario; nothing is drawn yet."""
        self.scenario = scenario

    def areas(self) -> Iterator[Area]:
        """Yield every area, parents before children, communities in the order of the list."""
        city, district = self.scenario.city, self.scenario.district
        yield Area(kind="city", name=city.name, code=city.code, parent=None)
        for place in (district, *self.scenario.listed.districts):
            yield Area(kind="district", name=place.name, code=place.code, parent=city.code)
        yield from self._listed_areas()
        yield from self._invented_areas()

    def units(self) -> Iterator[Unit]:
        """Yield every unit: the listed ones, and invented ones where members would crowd them."""
        listed = self.scenario.listed.units
        kinds = cycle(INVENTED_KINDS)
        streets = cycle([area.code for area in self.areas() if area.kind == "street"])
        for number in range(1, self._units_in_all() + 1):
            if number <= len(listed):
                name, kind = listed[number - 1].name, listed[number - 1].kind
            else:
                name, kind = f"演练第 {number} 单位", next(kinds)
            yield Unit(number=number, name=name, kind=kind, street=next(streets))

    def members(self) -> Iterator[Member]:
        """Yield the members; they live in the communities that take part (双报到), as in seed 004."""
        scenario, chance = self.scenario, self._chance("members")
        homes, home_weights = self._taking_part()
        units = [unit.name for unit in self.units()]
        for number, community in enumerate(scenario.listed.communities[: len(homes)]):
            home_weights[number] = community.members or home_weights[number]
        home_marks, unit_marks = list(accumulate(home_weights)), list(accumulate(self._unit_sizes()))
        skill_sets = {some: list(combinations(scenario.skills, some)) for some in set(SKILLS_EACH)}
        willing = [some for size in (1, 2, 3) for some in combinations(get_args(Category), size)]
        for number in range(1, scenario.members + 1):
            gender = people.gender(chance)
            yield Member(
                number=number,
                name=people.name(chance, gender),
                gender=gender,
                phone=people.phone(scenario.seed, number - 1),
                unit=chance.choices(units, cum_weights=unit_marks)[0],
                community=chance.choices(homes, cum_weights=home_marks)[0],
                skills=one_of(chance, skill_sets[one_of(chance, SKILLS_EACH)]),
                willingness=one_of(chance, willing),
            )

    def residents(self) -> Iterator[Resident]:
        """Yield who wishes; each writes one card (seed 004: 写下各自的一个小心愿)."""
        return (wish.resident for wish in self.wishes())

    def wishes(self) -> Iterator[Wish]:
        """Yield the wishes, month after month, within a month community after community."""
        scenario, chance, number = self.scenario, self._chance("wishes"), 0
        codes, weights = self._taking_part()
        for month, (period, in_month) in enumerate(
            zip(scenario.periods(), scenario.wishes_by_month(), strict=True), start=1
        ):
            desk = _Desk(scenario, period)
            joined = scenario.taking_part(month)
            parts = spread(in_month, weights[:joined])
            for community, part in zip(codes[:joined], parts, strict=True):
                for _ in range(part):
                    number += 1
                    yield desk.wish(chance, number, community)

    def _listed_areas(self) -> Iterator[Area]:
        """Streets are numbered over the whole list, so that a smaller city keeps the same codes."""
        listed = self.scenario.listed.communities
        districts = {place.name: place.code for place in self.scenario.listed.districts}
        home = {one.street: districts.get(one.district or "", self.scenario.district.code) for one in listed}
        streets = {name: f"{home[name]}{number:03d}" for number, name in enumerate(home, start=1)}
        present = listed[: self.scenario.communities]
        for name in dict.fromkeys(community.street for community in present):
            yield Area(kind="street", name=name, code=streets[name], parent=home[name])
        in_street = dict.fromkeys(streets, 0)
        for community in present:
            in_street[community.street] += 1
            street = streets[community.street]
            code = f"{street}{in_street[community.street]:03d}"
            yield Area(kind="community", name=community.name, code=code, parent=street)
            for number, station in enumerate(community.stations, start=1):
                yield Area(kind="station", name=station, code=f"{code}{number:03d}", parent=code)

    def _invented_areas(self) -> Iterator[Area]:
        """Beyond the list, twenty communities make a street and twenty streets a district."""
        city, listed = self.scenario.city.code, len(self.scenario.listed.communities)
        for position in range(self.scenario.communities - listed):
            nth_district, in_district = divmod(position, COMMUNITIES_PER_DISTRICT)
            nth_street, in_street = divmod(in_district, COMMUNITIES_PER_STREET)
            district = f"{city[:4]}{FIRST_INVENTED_DISTRICT + nth_district}"
            street = f"{district}{nth_street + 1:03d}"
            if in_district == 0:
                yield Area(kind="district", name=f"演练第 {nth_district + 1} 区", code=district, parent=city)
            if in_street == 0:
                name = f"演练第 {position // COMMUNITIES_PER_STREET + 1} 办事处"
                yield Area(kind="street", name=name, code=street, parent=district)
            name, code = f"演练第 {listed + position + 1} 社区", f"{street}{in_street + 1:03d}"
            yield Area(kind="community", name=name, code=code, parent=street)

    def _taking_part(self) -> tuple[list[str], list[int]]:
        """Return code and weight of every community that takes part by the last month."""
        joined = self.scenario.taking_part(self.scenario.months)
        codes = [area.code for area in self.areas() if area.kind == "community"][:joined]
        chance = self._chance("communities")
        drawn = [chance.randint(*WEIGHTS) for _ in codes]
        said = [community.weight for community in self.scenario.listed.communities]
        said += [None] * (len(drawn) - len(said))
        return codes, [of_file or of_dice for of_file, of_dice in zip(said, drawn, strict=False)]

    def _units_in_all(self) -> int:
        return max(len(self.scenario.listed.units), self.scenario.members // MEMBERS_PER_UNIT)

    def _unit_sizes(self) -> list[int]:
        """Return how large the units are beside each other; an invented one is as large as the average."""
        sizes = [unit.size for unit in self.scenario.listed.units]
        average = max(1, sum(sizes) // len(sizes))
        return sizes + [average] * (self._units_in_all() - len(sizes))

    def _chance(self, stream: str) -> Random:
        """Return the dice of one stream, so that more members do not change the wishes."""
        return Random(f"{self.scenario.seed}/{stream}")  # noqa: S311 - a rehearsal must come out the same again


class _Desk:
    """Where wishes of one month are written: what may be wished, by whom, through which door."""

    def __init__(self, scenario: Scenario, period: str) -> None:
        self.scenario, self.period = scenario, period
        self.pools = pools(scenario, period)
        self.sorts = sorts(scenario)
        self.hardships = {key: hardship.share for key, hardship in scenario.hardships.items()}
        self.quick_doors: dict[Door, float] = {
            door: share for door, share in scenario.doors.items() if door in ("api", "staff")
        }

    def wish(self, chance: Random, number: int, community: str) -> Wish:
        """Draw the wish `number` and the resident who says it."""
        sort: Sort = _by_share(chance, self.sorts)
        hardship = _by_share(chance, self.hardships)
        template: Template = one_of(chance, self.pools[sort, hardship])
        doors = self.quick_doors if sort == "pressing" else self.scenario.doors
        return Wish(
            number=number,
            community=community,
            resident=self._resident(chance, number, community, hardship),
            text=template.text,
            details=template.details + one_of(chance, self.scenario.remarks),
            kind=template.kind,
            category=template.category,
            value=template.value,
            skill=template.skill,
            urgency="urgent" if sort == "pressing" else "ordinary",
            evidence=self.scenario.hardships[hardship].evidence,
            month=self.period,
            door=_by_share(chance, doors),
        )

    def _resident(self, chance: Random, number: int, community: str, hardship: str) -> Resident:
        """Draw a resident; their phones come after those of the members, so that none is given twice."""
        return people.resident(
            chance,
            number=number,
            phone=people.phone(self.scenario.seed, self.scenario.members + number - 1),
            community=community,
            hardship=hardship,
            ages=self.scenario.hardships[hardship].ages,
            home=people.address(chance, self.scenario.roads),
        )


def _by_share(chance: Random, shares: dict[Key, float]) -> Key:
    return chance.choices(list(shares), list(shares.values()))[0]
