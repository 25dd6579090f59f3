"""Whom to call: workers of the area see the number, nobody else does, and every look is recorded."""

from typing import Any

import pytest

from services.chassis.contracts import Command, new_id
from services.chassis.refusals import NotPermitted, Refusal
from services.chassis.rights import Actor, Role
from services.wishes import usecases
from services.wishes.contracts import (
    LookUpResident,
    LookUpWisher,
    ResidentContact,
    UnknownResident,
    UnknownWish,
)
from tests.support.wishes import ADDRESS, COMMUNITY, FAR_COMMUNITY, NAME, PHONE, Desk, a_resident, a_worker

pytestmark = pytest.mark.usefixtures("simulated_clock")

WORKER = a_worker()


def _look(desk: Desk, command: Command) -> ResidentContact:
    is_about_a_wish = isinstance(command, LookUpWisher)
    look: Any = usecases.look_up_wisher if is_about_a_wish else usecases.look_up_resident
    found: ResidentContact = desk.do(command, look)
    return found


def test_a_worker_looks_up_whom_to_call_and_every_look_is_recorded(desk: Desk) -> None:
    wish_id = desk.submit().wish_id
    ((resident_id,),) = desk.rows("SELECT resident_id FROM wishes.wish")
    for command in (
        LookUpResident(by=WORKER, resident_id=resident_id),
        LookUpWisher(by=WORKER, wish_id=wish_id),
    ):
        found = _look(desk, command)
        assert (found.name, found.phone, found.address) == (NAME, "+86" + PHONE, ADDRESS)
    looks = desk.rows("SELECT actor, action, subject FROM wishes.audit ORDER BY id")
    assert [tuple(look) for look in looks] == [
        (str(WORKER.account_id), "look_up_resident", str(resident_id)),
        (str(WORKER.account_id), "look_up_wisher", str(wish_id)),
    ]


def test_the_number_given_with_a_wish_is_the_one_to_call_about_it(desk: Desk) -> None:
    wish_id = desk.submit(resident=a_resident(address="别处")).wish_id
    assert _look(desk, LookUpWisher(by=WORKER, wish_id=wish_id)).address == "别处"


@pytest.mark.parametrize("by", [a_worker(FAR_COMMUNITY), a_worker(COMMUNITY, Role.GRID_WORKER)])
def test_whom_to_call_is_for_those_of_the_area_who_may_open_a_seal(desk: Desk, by: Actor) -> None:
    wish_id = desk.submit().wish_id
    ((resident_id,),) = desk.rows("SELECT resident_id FROM wishes.wish")
    commands: list[tuple[Command, type[Refusal]]] = [
        (LookUpWisher(by=by, wish_id=wish_id), NotPermitted),
        (LookUpResident(by=by, resident_id=resident_id), NotPermitted),
        (LookUpWisher(by=WORKER, wish_id=new_id()), UnknownWish),
        (LookUpResident(by=WORKER, resident_id=new_id()), UnknownResident),
    ]
    for command, refusal in commands:
        with pytest.raises(refusal):
            _look(desk, command)
    assert desk.rows("SELECT * FROM wishes.audit") == []
