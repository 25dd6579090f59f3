"""When what was taken is enough: the places of a wish that nobody took are given up."""

from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Event
from services.chassis.refusals import Refusal
from services.chassis.rights import Right
from services.claims.contracts.events import Standing

__all__ = [
    "FreePlacesGivenUp",
    "GiveUpFreePlaces",
    "NobodyTookIt",
]


class GiveUpFreePlaces(Command, frozen=True, kw_only=True):
    """A worker who asked the resident says that what was taken is enough; the free places are given up."""

    right: ClassVar[Right] = Right.CONFIRM

    wish_id: UUID


class FreePlacesGivenUp(Event, frozen=True, kw_only=True):
    """The free places of a wish are wanted no more; it is as good as taken, or as come true, without them."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "free_places_given_up.v1"

    wish_id: UUID
    title: str
    wish_code: str
    area_path: str
    places: int  # that are left, all of them kept by somebody
    standing: Standing


class NobodyTookIt(Refusal):
    """No place of the wish is kept by anybody; who does not want it any more withdraws it."""

    code = "claims.nobody_took_it"
