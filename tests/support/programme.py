"""What tests of dispatch, call-backs, visits and projects begin with."""

from datetime import date
from uuid import UUID

from services.chassis import clock
from services.chassis.contracts import new_id
from services.chassis.rights import Actor, Grant, Role
from services.claims.contracts import Dispatched, DispatchWish
from services.scheduler.contracts import HourStruck, RemindersDue
from services.wishes.contracts import ReleasedWish
from tests.support.claims import ClaimsAtHand, as_worker

WORKER = as_worker()
ELSEWHERE = as_worker("/city/west/")
STREET_PATH = "/city/east/main-street/"


def as_officer(scope: str = STREET_PATH) -> Actor:
    """Return an officer of this area, signed in."""
    return Actor(account_id=new_id(), grants=(Grant(Role.OFFICER, scope),))


def dispatch(house: ClaimsAtHand, wish: ReleasedWish, *members: UUID, by: Actor = WORKER) -> Dispatched:
    """Return the dispatch of a wish to these members in turn, or raise the refusal."""
    answer: Dispatched = house.ask(DispatchWish(by=by, wish_id=wish.wish_id, member_ids=list(members)))
    return answer


def strike(house: ClaimsAtHand) -> None:
    """Let the service hear that an hour began."""
    house.hear(HourStruck(period=clock.now().strftime("%Y-%m-%d-%H")))


def remind(house: ClaimsAtHand, on: date) -> None:
    """Let the service hear that it is the morning of a day."""
    house.hear(RemindersDue(on=on))
