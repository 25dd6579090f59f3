"""Which festivals are near, and for whom on the roster each is (001 三); pure."""

from collections.abc import Mapping
from datetime import date, timedelta

from services.chassis.calendar import FESTIVAL_YEARS, Audience, Festival, festivals
from services.wishes.contracts import Hardship

LONGEST_AHEAD = 60
"""Days ahead that an area may ask for."""

HARDSHIP_OF: Mapping[Audience, frozenset[Hardship]] = {
    Audience.PEOPLE_IN_HARDSHIP: frozenset(Hardship),
    Audience.VOLUNTEERS: frozenset(),  # nobody is named to be cared for; the volunteers themselves act
    Audience.CHILDREN: frozenset({Hardship.LEFT_BEHIND_CHILD, Hardship.SPECIAL_CHILD}),
    Audience.ELDERS_ALONE: frozenset({Hardship.EMPTY_NEST, Hardship.LIVING_ALONE, Hardship.BEREAVED_PARENT}),
    Audience.VETERANS_AND_MEMBERS_IN_HARDSHIP: frozenset({Hardship.VETERAN, Hardship.PARTY_MEMBER_IN_NEED}),
}
"""For whom on the roster each audience of 001 is."""


def festivals_ahead(on: date, days: int = LONGEST_AHEAD) -> list[Festival]:
    """Return the festivals that fall today or within the next `days` days, the nearest first."""
    years = sorted({on.year, (on + timedelta(days=days)).year} & set(FESTIVAL_YEARS))
    known = [festival for year in years for festival in festivals(year)]
    return [festival for festival in known if on <= festival.on <= on + timedelta(days=days)]
