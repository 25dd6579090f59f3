"""What every part of a scenario file is made of: a field that is not known is a mistake."""

from collections.abc import Collection
from typing import Annotated, Self

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=2, max_length=60)]
Summary = Annotated[str, Meta(min_length=4, max_length=40)]  # seed 000: 以40字左右简要概括
Share = Annotated[float, Meta(ge=0, le=1)]
AtLeastOne = Annotated[int, Meta(ge=1)]


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a scenario file; a field it does not know is a mistake, not an extension."""

    def among(self, places: Collection[str]) -> Self | None:
        """Return as much of a road as can be taken where only these places are laid out; None if nothing."""
        return self


Places = tuple[Name, ...]
"""Where a road is taken: communities, streets or districts by name; everywhere when there are none."""


class Placed(Written, frozen=True, kw_only=True):
    """A road that is taken at some places only."""

    at: Places = ()

    def among(self, places: Collection[str]) -> Self | None:
        """Leave out the places that are not there; a road with no other is not taken."""
        there = tuple(place for place in self.at if place in places)
        return msgspec.structs.replace(self, at=there) if there or not self.at else None
