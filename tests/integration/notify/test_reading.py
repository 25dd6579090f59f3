"""What is read of the messages: by whom they are for, by operators, and by nobody in the tables."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from services.chassis.contracts import new_id
from services.chassis.refusals import IllegalMove, Malformed, NotPermitted
from services.chassis.rights import Actor, Grant, Role
from services.chassis.work import Workshop
from services.claims.contracts import (
    ClaimsDueSoon,
    WishesClaimed,
)
from services.notify import queries, usecases
from services.notify.channels import AddressKind
from services.notify.contracts import (
    CountDeliveries,
    DeliveryView,
    ListDeliveries,
    MarkRead,
    MyInbox,
    RetryDelivery,
    UnknownDelivery,
    UnknownMessage,
)
from services.notify.models import Delivery, Message
from services.points.contracts import FeedbackIssued
from tests.support.notify import COMMUNITY, OPERATOR, STREET, TEMPLATES, House
from tests.support.notify_people import a_claim, a_code, a_member, a_reminder, a_resident, a_unit
from tests.support.notify_sending import a_release, numbers

pytestmark = pytest.mark.usefixtures("simulated_clock")

REACHABLE = {"sms": AddressKind.PHONE, "email": AddressKind.EMAIL}


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop]) -> House:
    return House(workshop_of("notify"), REACHABLE)


def test_an_inbox_is_read_page_by_page_and_marked_by_its_owner_only(house: House) -> None:
    member = a_member(house.seals)
    house.knows(members=[member])
    for _ in range(5):
        house.hear(ClaimsDueSoon(claims=[a_reminder(member.id, 3)]), usecases.tell_of_claims_due_soon)
    me, somebody = Actor(member_id=member.id), Actor(member_id=new_id())
    read = partial(queries.my_inbox, TEMPLATES)

    first = house.workshop.read(MyInbox(by=me, limit=2), read)
    second = house.workshop.read(MyInbox(by=me, limit=2, after=first.next), read)
    third = house.workshop.read(MyInbox(by=me, limit=2, after=second.next), read)

    ids = [item.id for page in (first, second, third) for item in page.items]
    assert (len(ids), ids, third.next) == (5, sorted(ids, reverse=True), None)
    with pytest.raises(UnknownMessage):
        house.workshop.run(MarkRead(by=somebody, item_id=ids[0]), usecases.mark_read)
    house.workshop.run(MarkRead(by=me, item_id=ids[0]), usecases.mark_read)
    assert [item.is_read for item in house.workshop.read(MyInbox(by=me), read).items] == [True] + [False] * 4
    with pytest.raises(NotPermitted):
        house.workshop.read(MyInbox(by=Actor(grants=(Grant(Role.OPERATOR, "/"),))), read)
    with pytest.raises(Malformed):
        house.workshop.read(MyInbox(by=me, after="' OR 1=1"), read)


def test_a_message_that_cannot_be_shown_does_not_hide_the_others(house: House) -> None:
    member = a_member(house.seals)
    house.knows(members=[member])
    for days_left in (3, 2):
        reminder = a_reminder(member.id, days_left)
        house.hear(ClaimsDueSoon(claims=[reminder]), usecases.tell_of_claims_due_soon)
    with house.workshop.open() as work:
        newest = select(Message).order_by(Message.id.desc()).limit(1)
        work.session.execute(newest).scalar_one().parameters = house.seals.seal('{"title": "棉被"}')

    assert [title for title, _ in house.inbox(member_id=member.id)] == [
        "这条消息暂时无法显示",
        "还有3天：“一床厚棉被”",
    ]


def test_an_operator_sees_deliveries_with_masked_addresses(house: House) -> None:
    member, unit = a_member(house.seals), a_unit(house.seals, email="office@example.org")
    house.knows(members=[member], units=[unit])
    claim = a_reminder(member.id, 3)
    house.hear(ClaimsDueSoon(claims=[claim]), usecases.tell_of_claims_due_soon)
    issued = FeedbackIssued(
        report_id=new_id(), unit_id=unit.id, period="2026H2", members=40, taking_part=12, fulfilled=15
    )
    house.hear(issued, usecases.tell_of_feedback)

    seen = house.workshop.read(ListDeliveries(by=OPERATOR), queries.list_deliveries).items
    about = ListDeliveries(by=OPERATOR, subject_id=claim.wish_id, state="planned")

    assert [item.address for item in seen] == ["o***@example.org", "***8000"]
    assert len(house.workshop.read(about, queries.list_deliveries).items) == 1
    with pytest.raises(Malformed):
        house.workshop.read(ListDeliveries(by=OPERATOR, state="lost"), queries.list_deliveries)
    with pytest.raises(NotPermitted):
        house.workshop.read(ListDeliveries(by=Actor(member_id=new_id())), queries.list_deliveries)


def test_deliveries_are_found_by_wish_by_burst_and_by_provider(house: House) -> None:
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 3)]
    house.knows(members=members)
    claims = [a_reminder(member.id, 3) for member in members]
    release = a_release()
    house.hear(ClaimsDueSoon(claims=claims), usecases.tell_of_claims_due_soon)
    house.hear(release, usecases.tell_of_release)
    with house.workshop.open() as work:
        planned = select(Delivery).join(Message).where(Message.subject_id == claims[0].wish_id)
        work.session.execute(planned).scalar_one().provider = "aliyun"

    def found(**wanted: Any) -> list[DeliveryView]:
        query = ListDeliveries(by=OPERATOR, **wanted)
        return house.workshop.read(query, queries.list_deliveries).items

    burst = found(subject_id=release.release_id)
    assert [len(found(subject_id=claim.wish_id)) for claim in claims] == [1, 1, 1]
    assert [item.occasion for item in burst] == [burst[0].occasion] * 3
    assert [item.id for item in found(occasion=burst[0].occasion)] == [item.id for item in burst]
    assert [item.subject_id for item in found(provider="aliyun")] == [claims[0].wish_id]
    assert len(found(topic="claim_due_soon", channel="sms")) == 3
    assert found(channel="email") == found(topic="weather") == found(occasion=new_id()) == []


def test_whoever_reads_the_records_of_an_area_sees_what_became_of_its_messages(house: House) -> None:
    member = a_member(house.seals)
    house.knows(members=[member])
    house.hear(ClaimsDueSoon(claims=[a_reminder(member.id, 3)]), usecases.tell_of_claims_due_soon)

    def seen(role: Role, scope: str) -> list[str]:
        by = Actor(account_id=new_id(), grants=(Grant(role, scope),))
        items = house.workshop.read(ListDeliveries(by=by), queries.list_deliveries).items
        return [item.address for item in items]

    assert seen(Role.OFFICER, STREET) == seen(Role.COMMUNITY_WORKER, COMMUNITY) == ["***8000"]
    assert seen(Role.OFFICER, "/zk/ch/s2/") == []
    with pytest.raises(NotPermitted):
        seen(Role.UNIT_OFFICER, "/u1/")
    officer = Actor(grants=(Grant(Role.OFFICER, "/zk/"),))
    retried = RetryDelivery(by=officer, delivery_id=new_id())
    with pytest.raises(NotPermitted):
        house.workshop.run(retried, usecases.retry_delivery)


def test_an_operator_of_one_district_sees_only_its_deliveries(house: House) -> None:
    member = a_member(house.seals)
    house.knows(members=[member])
    house.hear(ClaimsDueSoon(claims=[a_reminder(member.id, 3)]), usecases.tell_of_claims_due_soon)
    elsewhere = Actor(account_id=new_id(), grants=(Grant(Role.OPERATOR, "/zk/other/"),))
    here = Actor(account_id=new_id(), grants=(Grant(Role.OPERATOR, "/zk/ch/"),))

    assert len(house.workshop.read(ListDeliveries(by=here), queries.list_deliveries).items) == 1
    assert house.workshop.read(ListDeliveries(by=elsewhere), queries.list_deliveries).items == []
    with pytest.raises(NotPermitted):
        house.workshop.read(CountDeliveries(by=here), queries.count_deliveries)


def test_a_planned_delivery_is_not_retried_and_an_unknown_one_is_unknown(house: House) -> None:
    member = a_member(house.seals)
    house.knows(members=[member])
    house.hear(ClaimsDueSoon(claims=[a_reminder(member.id, 3)]), usecases.tell_of_claims_due_soon)
    (seen,) = house.workshop.read(ListDeliveries(by=OPERATOR), queries.list_deliveries).items

    with pytest.raises(IllegalMove):
        house.workshop.run(RetryDelivery(by=OPERATOR, delivery_id=seen.id), usecases.retry_delivery)
    with pytest.raises(UnknownDelivery):
        house.workshop.run(RetryDelivery(by=OPERATOR, delivery_id=new_id()), usecases.retry_delivery)


def test_deliveries_are_counted_by_channel_and_messages_by_how_they_stand(house: House) -> None:
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 3)]
    unit = a_unit(house.seals)
    house.knows(members=members, units=[unit])
    reminders = [a_reminder(member.id, 3) for member in members]
    house.hear(ClaimsDueSoon(claims=[*reminders, a_reminder(new_id(), 3)]), usecases.tell_of_claims_due_soon)
    issued = FeedbackIssued(
        report_id=new_id(), unit_id=unit.id, period="2026H2", members=40, taking_part=12, fulfilled=15
    )
    house.hear(issued, usecases.tell_of_feedback)

    counts = house.workshop.read(CountDeliveries(by=OPERATOR), queries.count_deliveries)

    assert counts.by_channel == {"sms": {"planned": 3}, "inbox": {"delivered": 1}}
    assert counts.messages is not None
    assert (counts.messages.due, counts.messages.under_way, counts.messages.accepted) == (5, 4, 1)
    assert (counts.messages.lost, counts.messages.duplicates) == (0, 0)
    assert (counts.messages.waiting, counts.messages.unreachable) == (1, 0)


# -- secrets


def test_nothing_in_the_tables_can_be_read_without_the_keys(house: House) -> None:
    member = a_member(house.seals, name="欧阳金丝雀", phone="+8613912345678", email="canary@example.org")
    resident = a_resident(house.seals, phone="+8613987654321")
    house.knows(members=[member], residents=[resident], units=[a_unit(house.seals, name="金丝雀公司")])
    house.hear(WishesClaimed(claims=[a_claim(member.id, resident.id)]), usecases.tell_of_claims)
    house.hear(a_code(house.seals, member.id, "canary code"), usecases.tell_of_sign_in_code)

    everything = house.dump()

    for canary in ("金丝雀", "13912345678", "canary@", "13987654321", "canary code", "一床厚棉被"):
        assert canary not in everything
