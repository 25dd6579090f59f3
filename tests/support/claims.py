"""Builders for claims, and the service at hand: its own doors on a test's database, without a broker."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import msgspec

from services.chassis import clock
from services.chassis.contracts import Request, new_id
from services.chassis.migrations import metadata_of
from services.chassis.refusals import Refusal
from services.chassis.rights import Actor, Grant, Role
from services.chassis.sealing import Seals
from services.chassis.work import Workshop
from services.claims.contracts import Claimed, ClaimWish
from services.claims.service import ClaimsService
from services.directory.contracts import (
    AreaCopy,
    AreaKind,
    AreasChanged,
    AreaSettings,
    MemberCopy,
    MemberKind,
    MembersChanged,
)
from services.wishes.contracts import (
    Category,
    ReleasedWish,
    Urgency,
    WishesReleased,
    WishKind,
    confirmation_index,
)
from tests.support.at_hand import AtHand
from tests.support.database import fresh_database, settings_for

COMMUNITY = UUID("01890000-0000-7000-8000-00000000c001")
COMMUNITY_PATH = "/city/east/main-street/garden/"
CONTACT = {"name": "林阿婆", "phone": "13900000001", "address": "花园路 1 号 301", "details": "44 码"}
CONFIRMATION_CODE = "314159"

_numbers = count(1)


def a_wish(seals: Seals, **changes: Any) -> ReleasedWish:
    """Return a wish fit for release: one place, fourteen days, in the garden community."""
    wish_id = new_id()
    code = f"W{next(_numbers):06}"
    wish = ReleasedWish(
        wish_id=wish_id,
        code=code,
        title="一把轮椅",
        kind=WishKind.GOODS,
        category=Category.POVERTY_RELIEF,
        urgency=Urgency.ORDINARY,
        value=280,
        places=1,
        service_days=14,
        skill=None,
        community_id=COMMUNITY,
        community_name="花园社区",
        area_path=COMMUNITY_PATH,
        resident_id=new_id(),
        contact=seals.seal(msgspec.json.encode(CONTACT).decode()),
        confirmation_index=confirmation_index(seals, changes.get("code", code), CONFIRMATION_CODE),
        period="2026-11",
        version=3,
    )
    return msgspec.structs.replace(wish, **changes)


def a_member_copy(seals: Seals, **changes: Any) -> MemberCopy:
    """Return an active member who lives in the garden community."""
    member = MemberCopy(
        id=new_id(),
        kind=MemberKind.PARTY_MEMBER,
        name=seals.seal("周明"),
        phone=seals.seal("13900000002"),
        email=None,
        unit_id=None,
        community_id=COMMUNITY,
        area_path=COMMUNITY_PATH,
        skills=(),
        willingness=(),
        language="zh",
        is_active=True,
        version=1,
    )
    return msgspec.structs.replace(member, **changes)


def an_area_copy(settings: AreaSettings | None = None, **changes: Any) -> AreaCopy:
    """Return the garden community with these settings."""
    area = AreaCopy(
        id=COMMUNITY,
        parent_id=new_id(),
        kind=AreaKind.COMMUNITY,
        name="花园社区",
        path=COMMUNITY_PATH,
        version=1,
        settings=settings or AreaSettings(),
        release_scope_id=COMMUNITY,
    )
    return msgspec.structs.replace(area, **changes)


def as_member(member_id: UUID, account_id: UUID | None = None) -> Actor:
    """Return this member, signed in."""
    return Actor(member_id=member_id, account_id=account_id, grants=(Grant(Role.MEMBER, "/"),))


def as_worker(scope: str = COMMUNITY_PATH, **who: Any) -> Actor:
    """Return a community worker of this area, signed in."""
    return Actor(**({"account_id": new_id()} | who), grants=(Grant(Role.COMMUNITY_WORKER, scope),))


class ClaimsAtHand(AtHand):
    """The claims service on one database: ask it, tell it, and read what it told."""

    serves = ClaimsService

    def ask(self, request: Request) -> Any:
        """Return the answer to one request, or raise its refusal, as the door would."""
        if not isinstance(request, ClaimWish):
            return super().ask(request)
        (answer,) = self.claim_all(request)
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def claim_all(self, *commands: ClaimWish) -> list[Claimed | Refusal]:
        """Return the answers to a batch of claims."""
        answers: list[Claimed | Refusal] = self.service("claim_wish").claim_wish(commands)
        return answers

    # -- what most tests begin with

    def release(self, *wishes: ReleasedWish) -> None:
        """Let the service hear of a release."""
        self.hear(WishesReleased(wishes=list(wishes)))

    def a_released_wish(self, **changes: Any) -> ReleasedWish:
        """Release one wish and return it."""
        wish = a_wish(self.seals, **changes)
        self.release(wish)
        return wish

    def some_members(self, number: int) -> list[UUID]:
        """Let the service hear of so many members and return their ids."""
        members = [a_member_copy(self.seals) for _ in range(number)]
        for start in range(0, number, 500):
            self.hear(MembersChanged(members=members[start : start + 500]))
        return [member.id for member in members]

    def a_member(self) -> UUID:
        """Let the service hear of a member and return their id."""
        return self.some_members(1)[0]

    def settle_area(self, version: int = 1, **settings: Any) -> None:
        """Let the service hear of the garden community with these settings."""
        self.hear(AreasChanged(areas=[an_area_copy(AreaSettings(**settings), version=version)]))

    def claim(self, member_id: UUID, wish: ReleasedWish, key: str | None = None) -> Claimed:
        """Return the place that this member takes, or raise the refusal."""
        answer: Claimed = self.ask(ClaimWish(by=as_member(member_id), wish_id=wish.wish_id, key=key))
        return answer


@contextmanager
def claims_on_a_database(server_url: str) -> Iterator[ClaimsAtHand]:
    """Yield the claims service on a database of its own, for the tests of one module."""
    with fresh_database(server_url) as url:
        yield ClaimsAtHand(Workshop(settings_for(url), metadata_of("claims")))


def later(simulated: clock.SimulatedClock, **time: float) -> None:
    """Let time pass on the clock of a test."""
    simulated.set(simulated.now() + timedelta(**time))


NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
"""Where the clock of a test stands at first: noon in Shanghai."""
