"""A scenario is one city written down in a TOML file: its sizes, its shares and the lists it draws from."""

from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import resources
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from services.chassis.calendar import next_period
from services.chassis.refusals import Refusal, RefusalKind
from services.console.rehearsal.people import PHONES_IN_ALL
from services.console.rehearsal.programme import Programme
from services.console.rehearsal.written import AtLeastOne, Name, Share, Summary, Written

if TYPE_CHECKING:
    from services.console.rehearsal.layout import Layout

UnitKind = Literal["organ", "institution", "enterprise", "company", "branch"]  # as the directory has them
WishKind = Literal["goods", "service", "spirit"]
Category = Literal[  # seed 004, its eight in its order
    "policy", "legal_aid", "health", "poverty_relief", "convenience", "culture", "mediation", "environment"
]
Sort = Literal["ordinary", "pressing", "dear"]  # dear: above the ceiling
Door = Literal["form_001_1", "form_000", "api", "staff"]

Age = Annotated[int, Meta(ge=0, le=120)]
AreaCode = Annotated[str, Meta(pattern=r"^[0-9]{6}$")]  # GB/T 2260
CalendarMonth = Annotated[int, Meta(ge=1, le=12)]

MOST_COMMUNITIES: Final = 10_000  # as many as the codes of invented districts hold; see `layout`


class UnusableScenario(Refusal):
    """The scenario file, or a size asked for, does not make a city.

    `problem` names the field, or is no_such_scenario or no_such_file.
    """

    code = "console.unusable_scenario"
    kind = RefusalKind.INVALID

    def __str__(self) -> str:
        """Return the file and the problem in one line, for a shell without the catalogue."""
        return f"{self.arguments['scenario']}: {self.arguments['problem']}"


# --- What the file says -------------------------------------------------------------------------------------


class Place(Written, frozen=True, kw_only=True):
    name: Name
    code: AreaCode
    telephone_code: Annotated[str, Meta(pattern=r"^0[0-9]{2,3}$")] | None = None


class ListedCommunity(Written, frozen=True, kw_only=True):
    name: Name
    street: Name
    district: Name | None = None  # the scenario's own when absent
    weight: AtLeastOne | None = None  # wishes and members, relative to the other communities
    members: AtLeastOne | None = None  # members alone, where they are not in proportion to the wishes
    stations: tuple[Name, ...] = ()  # 驿站


class ListedUnit(Written, frozen=True, kw_only=True):
    name: Name
    kind: UnitKind
    size: AtLeastOne  # members, relative to the other units


class Template(Written, frozen=True, kw_only=True):
    """A wish as residents word it, and the words of the seed document it is taken from."""

    text: Summary
    details: str = ""
    kind: WishKind
    category: Category
    value: Annotated[int, Meta(ge=0)]  # yuan
    skill: str | None = None
    pressing: bool = False
    said_by: Annotated[tuple[str, ...], Meta(min_length=1)]
    in_months: tuple[CalendarMonth, ...] = ()  # all the year when empty
    named: Name
    source: Literal["000", "001", "002", "003", "004"]


class Listed(Written, frozen=True, kw_only=True):
    districts: tuple[Place, ...] = ()  # besides the scenario's own
    communities: Annotated[tuple[ListedCommunity, ...], Meta(min_length=1)]
    units: Annotated[tuple[ListedUnit, ...], Meta(min_length=1)]
    templates: Annotated[tuple[Template, ...], Meta(min_length=1)]


class Hardship(Written, frozen=True, kw_only=True):
    name: Name
    share: Share
    ages: tuple[Age, Age]  # youngest, oldest
    evidence: str  # 申领证明材料

    def __post_init__(self) -> None:
        """Refuse ages the wrong way round."""
        if self.ages[0] > self.ages[1]:
            raise ValueError("ages: the youngest comes first")


class Behaviour(Written, frozen=True, kw_only=True):
    """Which share of wishes and claims leaves the straight way; the first three fates exclude each other."""

    declined: Share
    returned: Share
    withdrawn: Share
    lapsed: Share
    disputed: Share
    urgent: Share
    over_ceiling: Share
    wanted: Share = 1.0
    """Which share of what is on the board the crowd has hands for; the rest is left for later months."""
    satisfaction: Annotated[tuple[int, ...], Meta(min_length=5, max_length=5)] = (46, 38, 11, 4, 1)
    """How many of a hundred residents are how satisfied, from 非常满意 (5) to 非常不满意 (1)."""

    def __post_init__(self) -> None:
        """Refuse shares that promise more than all wishes."""
        if self.declined + self.returned + self.withdrawn > 1:
            raise ValueError("declined, returned and withdrawn come to more than all wishes")
        if self.urgent + self.over_ceiling > 1:
            raise ValueError("urgent and over_ceiling come to more than all wishes")


class Scenario(Written, frozen=True, kw_only=True):
    """One city to rehearse: its sizes, its shares and the lists it draws from."""

    key: Name
    title: Name
    seed: int
    communities: Annotated[int, Meta(ge=1, le=MOST_COMMUNITIES)]
    members: AtLeastOne
    wishes: AtLeastOne
    first_month: Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
    months: Annotated[int, Meta(ge=1, le=120)]
    month_weights: Annotated[tuple[AtLeastOne, ...], Meta(min_length=1)]
    ceiling: AtLeastOne  # yuan
    first_batch: AtLeastOne
    others_join: bool
    roads: Annotated[tuple[Name, ...], Meta(min_length=1)]
    remarks: Annotated[tuple[str, ...], Meta(min_length=1)]
    city: Place
    district: Place
    behaviour: Behaviour
    doors: dict[Door, Share]
    hardships: Annotated[dict[str, Hardship], Meta(min_length=1)]
    skills: Annotated[dict[str, Name], Meta(min_length=2)]
    listed: Listed
    programme: Programme = Programme()
    targets: dict[str, int] = {}
    """What the document reports, by a name of the programme's figures: the play must reach as much."""
    targets_at: dict[Name, dict[str, int]] = {}
    """The same of a community, street or district alone, by its name; see `figures.AT_PLACES`."""

    def __post_init__(self) -> None:
        """Refuse what each field alone could not see."""
        for problem in problems_of(self):
            raise ValueError(problem)

    def periods(self) -> list[str]:
        """Return the months that are played, such as `2025-11`."""
        periods = [self.first_month]
        while len(periods) < self.months:
            periods.append(next_period(periods[-1]))
        return periods

    def wishes_by_month(self) -> list[int]:
        """Return how many wishes come in each month; beyond the file's weights the last one goes on."""
        weights = self.month_weights[: self.months]
        return spread(self.wishes, [*weights, *weights[-1:] * (self.months - len(weights))])

    def taking_part(self, month: int) -> int:
        """Return how many communities, in their order, take part in `month` (1 … months).

        The first batch begins; in a city larger than the list it keeps the list's proportion. Where others
        join, they do so evenly from the second month, and in the last month all take part (seed 004:
        今后会向其他社区全面推进). A rehearsal of a single month has all of them at once.
        """
        in_proportion = round(self.communities * self.first_batch / len(self.listed.communities))
        first = min(self.communities, max(self.first_batch, in_proportion))
        if not self.others_join:
            return first
        if self.months == 1:
            return self.communities
        return first + (self.communities - first) * (month - 1) // (self.months - 1)

    def lay_out(self) -> "Layout":
        """Return the city of this scenario; the same scenario and seed give the same city."""
        from services.console.rehearsal.layout import Layout  # the layout is drawn from scenarios

        return Layout(self)


# --- Reading ------------------------------------------------------------------------------------------------


def load(
    name_or_path: str | Path,
    *,
    communities: int | None = None,
    members: int | None = None,
    wishes: int | None = None,
    months: int | None = None,
    seed: int | None = None,
) -> Scenario:
    """Return a scenario that comes with Wishtree (`chuanhui`) or that of a `.toml` file, resized where asked.

    Giving `communities` also lets those beyond the first batch join; see `Scenario.taking_part`.
    Raise `UnusableScenario`, naming the field, for a file or a size that makes no city.
    """
    asked = {
        "communities": communities,
        "members": members,
        "wishes": wishes,
        "months": months,
        "seed": seed,
        "others_join": None if communities is None else True,
    }
    try:
        document = _document(name_or_path)
        sizes = {field: size for field, size in asked.items() if size is not None}
        return msgspec.convert(document | sizes, Scenario)
    except OSError:
        raise UnusableScenario(scenario=str(name_or_path), problem="no_such_file") from None
    except (UnicodeDecodeError, msgspec.MsgspecError) as problem:
        raise UnusableScenario(scenario=str(name_or_path), problem=str(problem)) from None


def _document(name_or_path: str | Path) -> dict[str, Any]:
    """Return what a file says; where it is `like` another scenario, what it does not say is said there."""
    document: dict[str, Any] = msgspec.toml.decode(_written_at(name_or_path))
    pattern = document.pop("like", None)
    return document if pattern is None else _laid_over(_document(pattern), document)


OWN_OR_NONE = ("programme", "targets", "targets_at")


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return a document laid over another; programme and targets are its own or none.

    Its templates come to those below; of a hardship it may say only what is different.
    """
    merged = {name: said for name, said in below.items() if name not in OWN_OR_NONE} | above
    for name in ("behaviour", "city", "district", "listed", "skills", "hardships"):
        merged[name] = below.get(name, {}) | above.get(name, {})
    for key, hardship in merged["hardships"].items():
        merged["hardships"][key] = below.get("hardships", {}).get(key, {}) | hardship
    both = (below.get("listed", {}), above.get("listed", {}))
    merged["listed"]["templates"] = [template for listed in both for template in listed.get("templates", [])]
    return merged


def names() -> list[str]:
    """Return the names of the scenarios that come with Wishtree."""
    shelf = resources.files("services").joinpath("console", "rehearsal", "scenarios")
    return sorted(page.name.removesuffix(".toml") for page in shelf.iterdir() if page.name.endswith(".toml"))


def _written_at(name_or_path: str | Path) -> bytes:
    if isinstance(name_or_path, Path) or name_or_path.endswith(".toml"):
        return Path(name_or_path).read_bytes()
    if name_or_path not in names():
        there_are = ", ".join(names())
        raise UnusableScenario(scenario=str(name_or_path), problem="no_such_scenario", names=there_are)
    shelf = resources.files("services").joinpath("console", "rehearsal", "scenarios")
    return shelf.joinpath(f"{name_or_path}.toml").read_bytes()


def problems_of(scenario: Scenario) -> Iterator[str]:
    """Yield what does not fit together, each problem opening with its field."""
    yield from _sums(scenario)
    for field, words in _words_said_once(scenario).items():
        for word, times in Counter(words).items():
            if times > 1:
                yield f"{field}: `{word}` is there {times} times"
    yield from _loose_ends(scenario)
    for period in scenario.periods()[:12]:
        for (sort, key), templates in pools(scenario, period).items():
            if not templates and sorts(scenario)[sort] > 0:
                yield f"listed.templates: no {sort} wish is said by `{key}` in {period}"


def _loose_ends(scenario: Scenario) -> Iterator[str]:
    districts = {scenario.district.name, *(district.name for district in scenario.listed.districts)}
    for community in scenario.listed.communities:
        if community.district is not None and community.district not in districts:
            yield f"listed.communities: `{community.district}` is not among the districts"
    for number, template in enumerate(scenario.listed.templates):
        if template.skill is not None and template.skill not in scenario.skills:
            yield f"listed.templates[{number}].skill: `{template.skill}` is not among the skills"
        for key in template.said_by:
            if key not in scenario.hardships:
                yield f"listed.templates[{number}].said_by: `{key}` is not among the hardships"


def _sums(scenario: Scenario) -> Iterator[str]:
    shares = {
        "doors": scenario.doors.values(),
        "hardships": [hardship.share for hardship in scenario.hardships.values()],
    }
    for field, parts in shares.items():
        if abs(sum(parts) - 1) > 1e-9:
            yield f"{field}: the shares come to {sum(parts):g} instead of 1"
    if not (scenario.doors.get("api") or scenario.doors.get("staff")):
        yield "doors: an urgent wish needs `api` or `staff`"
    if scenario.members + scenario.wishes > PHONES_IN_ALL:
        yield f"members and wishes: there are {PHONES_IN_ALL:,} synthetic phones, no more"


def _words_said_once(scenario: Scenario) -> dict[str, list[str]]:
    return {
        "listed.communities": [community.name for community in scenario.listed.communities],
        "listed.units": [unit.name for unit in scenario.listed.units],
        "listed.templates": [template.text for template in scenario.listed.templates],
    }


# --- Drawing ------------------------------------------------------------------------------------------------


def sorts(scenario: Scenario) -> dict[Sort, float]:
    """Return the share of each sort of wish."""
    behaviour = scenario.behaviour
    ordinary = max(0.0, 1 - behaviour.urgent - behaviour.over_ceiling)
    return {"ordinary": ordinary, "pressing": behaviour.urgent, "dear": behaviour.over_ceiling}


def pools(scenario: Scenario, period: str) -> dict[tuple[Sort, str], tuple[Template, ...]]:
    """Return the templates that fit the month `period`, by sort of wish and hardship of who says it.

    A wish that may be pressing also stands among the ordinary ones, where it can wait.
    """
    month = int(period[-2:])
    found: dict[tuple[Sort, str], list[Template]] = {
        (sort, key): [] for sort in sorts(scenario) for key in scenario.hardships
    }
    for template in scenario.listed.templates:
        if template.in_months and month not in template.in_months:
            continue
        for key in template.said_by:
            if template.value > scenario.ceiling:
                found["dear", key].append(template)
                continue
            found["ordinary", key].append(template)
            if template.pressing:
                found["pressing", key].append(template)
    return {place: tuple(templates) for place, templates in found.items()}


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in whole numbers close to the proportion of `weights`; the parts sum to `total`."""
    whole = sum(weights)
    marks = [0, *(total * weight // whole for weight in accumulate(weights))]
    return [upper - lower for lower, upper in pairwise(marks)]
