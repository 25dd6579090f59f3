"""Who is told what: once per person, event and topic."""

import inspect
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import Any
from uuid import UUID

import eventlet
import pytest
from sqlalchemy import select

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.rights import Role
from services.chassis.work import Workshop
from services.claims.contracts import (
    ClaimDelivered,
    ClaimsDueSoon,
    ClaimsEnded,
    ClaimsOverdue,
    FulfilmentConfirmed,
    WishesClaimed,
)
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.domain import Topic
from services.notify.models import Message
from services.points.contracts import FeedbackAnswered, FeedbackIssued, Threshold, ThresholdReached
from services.wishes.contracts import (
    Urgency,
    WishesSubmitted,
    WishKind,
    WishScreened,
    WishTaken,
)
from tests.support.notify import COMMUNITY, NOON, STANDING, STREET, House
from tests.support.notify_people import (
    a_claim,
    a_code,
    a_member,
    a_reminder,
    a_resident,
    a_unit,
    an_account,
    an_ended_claim,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")

REACHABLE = {"sms": AddressKind.PHONE, "email": AddressKind.EMAIL}


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop]) -> House:
    return House(workshop_of("notify"), REACHABLE)


@pytest.fixture
def bare_house(workshop_of: Callable[[str], Workshop]) -> House:
    """A house without SMS and e-mail, as the demonstration is."""
    return House(workshop_of("notify"), {})


def test_a_claim_tells_its_doer_and_the_resident_by_sms(house: House) -> None:
    member, resident = a_member(house.seals), a_resident(house.seals)
    house.knows(members=[member], residents=[resident])

    house.hear(WishesClaimed(claims=[a_claim(member.id, resident.id)]), usecases.tell_of_claims)

    assert house.told(member.id) == [("wish_claimed", "planned", "sms planned")]
    assert house.told(resident.id) == [("wish_claimed", "planned", "sms planned")]


def test_a_member_finds_the_message_in_the_inbox_at_once_and_in_their_own_language(house: House) -> None:
    member, resident = a_member(house.seals), a_resident(house.seals)
    house.knows(members=[member], residents=[resident])

    house.hear(WishesClaimed(claims=[a_claim(member.id, resident.id)]), usecases.tell_of_claims)

    ((title, body),) = house.inbox(member_id=member.id)
    assert title == "您认领了心愿“一床厚棉被”"
    assert "王淑珍，感谢您认领" in body
    assert "12月19日" in body
    ((title, _),) = house.inbox(member_id=member.id, language="en")
    assert title == "You took on “一床厚棉被”"
    assert house.inbox(member_id=resident.id) == []


def test_where_no_channel_is_set_up_the_inbox_is_the_delivery(bare_house: House) -> None:
    member, resident = a_member(bare_house.seals), a_resident(bare_house.seals)
    bare_house.knows(members=[member], residents=[resident])

    bare_house.hear(WishesClaimed(claims=[a_claim(member.id, resident.id)]), usecases.tell_of_claims)

    assert bare_house.told(member.id) == [("wish_claimed", "planned", "inbox delivered")]
    assert bare_house.told(resident.id) == [("wish_claimed", "unreachable", None)]


def test_the_same_event_heard_twice_tells_once(house: House) -> None:
    member, resident = a_member(house.seals), a_resident(house.seals)
    house.knows(members=[member], residents=[resident])
    event = WishesClaimed(claims=[a_claim(member.id, resident.id)])

    assert house.hear(event, usecases.tell_of_claims)
    assert not house.hear(event, usecases.tell_of_claims)

    assert len(house.told()) == 2


def test_even_a_handler_that_forgot_what_it_heard_tells_once(house: House) -> None:
    member, resident = a_member(house.seals), a_resident(house.seals)
    house.knows(members=[member], residents=[resident])
    event = WishesClaimed(claims=[a_claim(member.id, resident.id)])

    for handler in ("first", "second", "third"):
        house.workshop.once(event, handler, partial(usecases.tell_of_claims, house.ways))

    assert len(house.told()) == 2


def test_many_who_hear_the_same_event_at_once_tell_once(house: House) -> None:
    member, resident = a_member(house.seals), a_resident(house.seals)
    house.knows(members=[member], residents=[resident])
    event = WishesClaimed(claims=[a_claim(member.id, resident.id) for _ in range(20)])
    pool = eventlet.GreenPool(8)

    for number in range(8):
        usecase = partial(usecases.tell_of_claims, house.ways)
        pool.spawn(house.workshop.once, event, f"handler {number % 4}", usecase)
    pool.waitall()

    assert len(house.told(member.id)) == 20
    assert len(house.told(resident.id)) == 20


def test_two_events_of_the_same_kind_are_two_messages(house: House) -> None:
    member = a_member(house.seals)
    house.knows(members=[member])

    for days_left in (3, 0):
        reminder = a_reminder(member.id, days_left)
        house.hear(ClaimsDueSoon(claims=[reminder]), usecases.tell_of_claims_due_soon)

    assert [title for title, _ in house.inbox(member_id=member.id)] == [
        "今天到期：“一床厚棉被”",
        "还有3天：“一床厚棉被”",
    ]


def test_a_resident_gets_both_codes_of_each_wish(house: House) -> None:
    resident = a_resident(house.seals)
    house.knows(residents=[resident])
    wishes = [
        WishTaken(
            wish_id=new_id(),
            code=f"XY-{number}",
            resident_id=resident.id,
            community_id=resident.community_id,
            area_path=COMMUNITY,
            title=house.seals.seal("棉被"),
            confirmation_code=house.seals.seal("830461"),
        )
        for number in range(2)
    ]

    house.hear(WishesSubmitted(wishes=wishes), usecases.tell_of_wishes_submitted)

    assert house.told(resident.id) == [("wish_received", "planned", "sms planned")] * 2


@pytest.mark.parametrize(
    ("how", "tells_doer", "tells_resident"),
    [
        ("undone", False, False),
        ("returned", False, True),
        ("lapsed", True, True),
        ("not_done", True, False),
        ("withdrawn", True, False),
    ],
)
def test_the_end_of_a_claim_is_told_to_whoever_does_not_know_it(
    house: House, how: str, tells_doer: bool, tells_resident: bool
) -> None:
    member, resident = a_member(house.seals), a_resident(house.seals)
    house.knows(members=[member], residents=[resident])

    ended = an_ended_claim(member.id, resident.id, how)
    house.hear(ClaimsEnded(claims=[ended]), usecases.tell_of_ended_claims)

    assert bool(house.told(member.id)) is tells_doer
    assert bool(house.told(resident.id)) is tells_resident


def test_workers_of_the_nearest_place_are_asked_to_confirm(house: House) -> None:
    member, resident = a_member(house.seals), a_resident(house.seals)
    near = [an_account(house.seals, Role.COMMUNITY_WORKER, COMMUNITY) for _ in range(2)]
    others = [
        an_account(house.seals, Role.COMMUNITY_WORKER, "/zk/ch/s1/c2/"),
        an_account(house.seals, Role.COMMUNITY_WORKER, STREET),
        an_account(house.seals, Role.OFFICER, COMMUNITY),
        an_account(house.seals, Role.COMMUNITY_WORKER, COMMUNITY, is_active=False),
    ]
    house.knows(members=[member], residents=[resident], accounts=near + others)

    house.hear(delivered(member.id, resident.id), usecases.tell_of_delivery)

    assert all(
        house.told(worker.id) == [("claim_delivered", "planned", "inbox delivered")] for worker in near
    )
    assert not any(house.told(other.id) for other in others)
    ((title, _),) = house.inbox(account_id=near[0].id)
    assert title == "待确认：“一床厚棉被”"


def test_where_nobody_works_the_street_is_asked_instead(house: House) -> None:
    member, resident = a_member(house.seals), a_resident(house.seals)
    worker = an_account(house.seals, Role.COMMUNITY_WORKER, STREET)
    house.knows(members=[member], residents=[resident], accounts=[worker])

    house.hear(delivered(member.id, resident.id), usecases.tell_of_delivery)

    assert len(house.told(worker.id)) == 1


def test_a_worker_who_moved_is_asked_at_the_new_place_only(house: House) -> None:
    member, resident = a_member(house.seals), a_resident(house.seals)
    worker = an_account(house.seals, Role.COMMUNITY_WORKER, COMMUNITY)
    moved = an_account(house.seals, Role.COMMUNITY_WORKER, "/zk/ch/s2/c9/", id=worker.id, version=2)
    house.knows(members=[member], residents=[resident], accounts=[worker])
    house.knows(accounts=[moved])

    house.hear(delivered(member.id, resident.id), usecases.tell_of_delivery)

    assert house.told(worker.id) == []


def test_overdue_claims_are_told_to_doers_and_workers(house: House) -> None:
    member = a_member(house.seals)
    worker = an_account(house.seals, Role.COMMUNITY_WORKER, COMMUNITY)
    house.knows(members=[member], accounts=[worker])

    claims = [a_reminder(member.id, -2), a_reminder(member.id, -4)]
    house.hear(ClaimsOverdue(claims=claims), usecases.tell_of_overdue_claims)

    assert len(house.told(member.id)) == 2
    assert sorted(title for title, _ in house.inbox(account_id=worker.id)) == [
        "认领过期2天：“一床厚棉被”",
        "认领过期4天：“一床厚棉被”",
    ]


def test_a_doer_is_thanked(house: House) -> None:
    member = a_member(house.seals)
    house.knows(members=[member])
    ids: dict[str, Any] = {name: new_id() for name in ("claim_id", "wish_id", "resident_id", "community_id")}
    confirmed = FulfilmentConfirmed(
        **ids,
        member_id=member.id,
        area_path=COMMUNITY,
        title="一床厚棉被",
        wish_code="XY-1234",
        kind=WishKind.GOODS,
        urgency=Urgency.ORDINARY,
        confirmed_at=NOON,
        by_resident=True,
        standing=STANDING,
    )

    house.hear(confirmed, usecases.tell_of_fulfilment)

    ((title, body),) = house.inbox(member_id=member.id)
    assert title == "心愿“一床厚棉被”因您而实现"
    assert "居民本人已确认" in body


def test_a_threshold_is_told_to_the_member_and_without_a_name_to_the_unit(house: House) -> None:
    member, unit = a_member(house.seals), a_unit(house.seals, email="office@example.org")
    house.knows(members=[member], units=[unit])
    reached = ThresholdReached(
        recognition_id=new_id(),
        member_id=member.id,
        unit_id=unit.id,
        community_id=new_id(),
        area_path=COMMUNITY,
        year=2026,
        threshold=Threshold.STAR,
        points=30,
    )

    house.hear(reached, usecases.tell_of_threshold)

    assert house.told(unit.id) == [("threshold_reached", "planned", "email planned")]
    ((_, body),) = house.inbox(account_id=new_id(), unit_id=unit.id)
    assert "王" not in body


def test_feedback_goes_to_the_unit_and_its_reply_to_the_officers_of_the_street(house: House) -> None:
    unit = a_unit(house.seals)
    officer = an_account(house.seals, Role.OFFICER, STREET)
    house.knows(units=[unit], accounts=[officer])
    report: dict[str, Any] = {"report_id": new_id(), "unit_id": unit.id, "period": "2026H2"}

    issued = FeedbackIssued(**report, members=40, taking_part=12, fulfilled=15)
    house.hear(issued, usecases.tell_of_feedback)
    house.hear(FeedbackAnswered(**report, street_path=STREET), usecases.tell_of_reply)

    ((title, body),) = house.inbox(account_id=new_id(), unit_id=unit.id)
    assert title == "2026年下半年双向反馈"
    assert "参与12人" in body
    ((title, _),) = house.inbox(account_id=officer.id)
    assert title == "区档案馆已回复双向反馈"


def test_a_screening_answer_reaches_the_resident(house: House) -> None:
    resident = a_resident(house.seals)
    house.knows(residents=[resident])
    screened = WishScreened(
        wish_id=new_id(),
        code="XY-1234",
        resident_id=resident.id,
        area_path=COMMUNITY,
        outcome="returned",
        reason="请写明尺寸",
        title=house.seals.seal("棉被"),
    )

    house.hear(screened, usecases.tell_of_wish_screened)

    assert house.told(resident.id) == [("wish_screened", "planned", "sms planned")]


def test_a_sign_in_code_goes_to_the_phone_that_asked_even_of_somebody_unknown(house: House) -> None:
    member_id = new_id()

    house.hear(a_code(house.seals, member_id), usecases.tell_of_sign_in_code)

    assert house.told(member_id) == [("sign_in_code", "planned", "sms planned")]
    assert house.inbox(member_id=member_id) == []


def test_an_expired_code_is_forgotten(house: House, simulated_clock: SimulatedClock) -> None:
    house.hear(a_code(house.seals, new_id()), usecases.tell_of_sign_in_code)

    simulated_clock.set(simulated_clock.now() + timedelta(minutes=11))
    house.keep()

    with house.workshop.open() as work:
        message = work.session.execute(select(Message)).scalar_one()
        assert (message.parameters, message.address) == ("", None)


def delivered(member_id: UUID, resident_id: UUID) -> ClaimDelivered:
    ids: dict[str, Any] = {"member_id": member_id, "resident_id": resident_id}
    return ClaimDelivered(
        claim_id=new_id(),
        wish_id=new_id(),
        **ids,
        title="一床厚棉被",
        wish_code="XY-1234",
        area_path=COMMUNITY,
    )


def test_every_topic_that_can_be_told_is_told_by_some_event() -> None:
    telling = {_module(name) for name in dir(usecases) if name.startswith("tell_of_")}
    source = "".join(inspect.getsource(module) for module in telling)

    of_our_own = {Topic.DAILY_DIGEST, Topic.BUDGET_NEAR}  # which no event tells
    assert {topic for topic in Topic if f"Topic.{topic.name}" not in source} == of_our_own


def _module(name: str) -> ModuleType:
    return sys.modules[getattr(usecases, name).__module__]
