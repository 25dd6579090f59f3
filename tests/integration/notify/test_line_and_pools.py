"""Who is told of places kept in a line, of pooled pledges, and of claims that a unit made."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.work import Workshop
from services.claims.contracts import (
    ClaimantKind,
    ClaimsEnded,
    PoolMoved,
    TurnMoved,
    WaitingMoved,
    WishesClaimed,
)
from services.notify import usecases
from services.notify.channels import AddressKind
from tests.support.notify import COMMUNITY, NOON, STANDING, House
from tests.support.notify_people import a_claim, a_member, a_resident, a_unit, an_ended_claim

WISH: dict[str, Any] = {"title": "一床厚棉被", "wish_code": "XY-1234", "area_path": COMMUNITY}


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return House(workshop_of("notify"), {"sms": AddressKind.PHONE})


def test_the_next_in_line_hears_until_when_and_who_declined_hears_nothing(house: House) -> None:
    member, other = a_member(house.seals), a_member(house.seals, phone=house.seals.seal("13900000009"))
    house.knows(members=[member, other])
    until = NOON + timedelta(hours=24)
    turns = [
        TurnMoved(
            **WISH,
            waiting_id=new_id(),
            wish_id=new_id(),
            member_id=who,
            how=how,
            offered_until=until if how == "offered" else None,
            standing=STANDING,
        )
        for who, how in ((member.id, "offered"), (other.id, "declined"))
    ]
    house.hear(WaitingMoved(turns=turns), usecases.tell_of_waiting)
    ((title, text),) = house.inbox(member_id=member.id)
    assert title.startswith("候补到了")
    assert until.astimezone(house.workshop.zone).strftime("%m-%d %H:%M") in text
    assert house.inbox(member_id=other.id) == []


@pytest.mark.parametrize(
    ("how", "told"), [("opened", None), ("reached", "凑满了"), ("lapsed", "凑单结束"), ("closed", "凑单结束")]
)
def test_everybody_who_pledged_hears_how_it_went(house: House, how: str, told: str | None) -> None:
    members = [a_member(house.seals, phone=house.seals.seal(f"1390000000{one}")) for one in range(2)]
    house.knows(members=members)
    moved = PoolMoved(
        **WISH,
        pool_id=new_id(),
        wish_id=new_id(),
        how=how,
        target=900,
        pledged=900,
        pledgers=[member.id for member in members],
        standing=STANDING,
    )
    house.hear(moved, usecases.tell_of_pool)
    for member in members:
        titles = [title for title, _ in house.inbox(member_id=member.id)]
        assert len(titles) == (told is not None)
        assert all(title.startswith(str(told)) for title in titles)


def test_a_unit_that_claimed_without_a_member_is_told_itself(house: House) -> None:
    unit, resident = a_unit(house.seals), a_resident(house.seals)
    house.knows(units=[unit], residents=[resident])
    changes: dict[str, Any] = {
        "member_id": None,
        "claimant_kind": ClaimantKind.COMPANY,
        "claimant_id": unit.id,
    }
    made = msgspec.structs.replace(a_claim(new_id(), resident.id), **changes)
    ended = msgspec.structs.replace(an_ended_claim(new_id(), resident.id, "lapsed"), **changes)
    house.hear(WishesClaimed(claims=[made]), usecases.tell_of_claims)
    house.hear(ClaimsEnded(claims=[ended]), usecases.tell_of_ended_claims)
    told = [title for title, _ in house.inbox(unit_id=unit.id)]
    assert house.inbox(member_id=new_id(), unit_id=unit.id, grants=()) == []  # whoever merely works there
    assert len(told) == 2
