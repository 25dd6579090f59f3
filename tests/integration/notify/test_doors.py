"""The doors for where people are found and for receipts, through the broker as the gateway uses them."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from services.chassis.contracts import new_id
from services.chassis.hosting import House
from services.chassis.refusals import Refusal
from services.chassis.rights import Actor
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.claims.contracts import ClaimsDueSoon
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.contracts import (
    ChannelSwitch,
    CheckSuppression,
    LiftSuppression,
    MyChannels,
    MyPreferences,
    NoteHandle,
    OwnChannels,
    Preferences,
    ReceiptsTaken,
    SetPreferences,
    SuppressAddress,
    TakeReceipts,
    TakeReplies,
    Unsubscribe,
)
from services.notify.models import Delivery
from services.notify.service import NotifyService
from tests.support.database import settings_for
from tests.support.notify import OPERATOR
from tests.support.notify import House as Told
from tests.support.notify_people import a_member, a_reminder
from tests.support.notify_sending import AT_ANY_HOUR, eventually
from tests.support.sms_accounts import aliyun_section
from tests.support.vendor_chats import TOKEN
from tests.support.vendors import Vendor, vendor

RECEIPTS = "a-token-that-nobody-can-guess"


@pytest.fixture
def aliyun() -> Iterator[Vendor]:
    with vendor("aliyun") as running:
        yield running


@pytest.fixture
def settings(database_url: str, aliyun: Vendor) -> Settings:
    sections = {
        "aliyun": aliyun_section(aliyun, receipt_token=RECEIPTS),
        "telegram": {"token": TOKEN, "endpoint": aliyun.url},
    }
    return settings_for(database_url, services={"notify": {"channels": sections} | AT_ANY_HOUR})


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    hosted = House(settings, [NotifyService])
    hosted.start()
    yield hosted
    hosted.stop()


def test_somebody_says_where_they_are_found_and_takes_it_back(house: House) -> None:
    caller, me = house.caller("tests"), Actor(member_id=new_id())
    caller.start()

    def seen() -> list[tuple[str, bool]]:
        answer = caller.ask(MyChannels(by=me))
        assert isinstance(answer, OwnChannels)
        return [(channel.channel, channel.is_noted) for channel in answer.items]

    assert seen() == [("telegram", False)]
    caller.ask(NoteHandle(by=me, channel="telegram", handle="4711"))
    assert seen() == [("telegram", True)]
    caller.ask(NoteHandle(by=me, channel="telegram", handle=None))
    assert seen() == [("telegram", False)]
    caller.stop()


def test_somebody_decides_how_they_are_told_and_an_answer_has_them_left_alone(
    house: House, workshop_of: Callable[[str], Workshop]
) -> None:
    notify = Told(workshop_of("notify"), {"sms": AddressKind.PHONE})
    member = a_member(notify.seals, phone="+8613900000000")
    notify.knows(members=[member])
    caller, me = house.caller("tests"), Actor(member_id=member.id)
    caller.start()

    off = ChannelSwitch(topic="claim_overdue", channel="sms", is_on=False)
    caller.ask(SetPreferences(by=me, switches=[off], quiet_from="22:30", quiet_to="07:00"))
    seen: Preferences = caller.ask(MyPreferences(by=me))
    assert (seen.quiet_from, seen.quiet_to, seen.suppressed) == ("22:30", "07:00", [])
    assert off in [switch for choice in seen.topics for switch in choice.channels]

    reply = {"phone_number": "13900000000", "content": "TD"}
    caller.ask(TakeReplies(provider="aliyun", token=RECEIPTS, replies=[reply]))
    assert caller.ask(MyPreferences(by=me)).suppressed == ["phone"]
    asked = CheckSuppression(by=OPERATOR, contact="+8613900000000")
    assert [entry.source for entry in caller.ask(asked).items] == ["reply"]
    caller.ask(LiftSuppression(by=OPERATOR, contact="+8613900000000"))
    assert caller.ask(MyPreferences(by=me)).suppressed == []
    caller.ask(SuppressAddress(by=OPERATOR, contact="+8613900000000"))
    caller.ask(SetPreferences(by=me, resumes=True))
    assert caller.ask(asked).items == []
    with pytest.raises(Refusal, match="unknown_letter"):
        caller.ask(Unsubscribe(token="guessed"))
    caller.stop()


def test_a_push_of_the_provider_reaches_the_delivery(
    house: House, workshop_of: Callable[[str], Workshop]
) -> None:
    notify = Told(workshop_of("notify"), {"sms": AddressKind.PHONE})
    member = a_member(notify.seals, phone="+8613900000000")
    notify.knows(members=[member])
    notify.hear(ClaimsDueSoon(claims=[a_reminder(member.id, 3)]), usecases.tell_of_claims_due_soon)
    eventually(lambda: [how for _, _, how in notify.told()] == ["sms accepted"])
    with notify.workshop.open() as work:
        reference = work.session.execute(select(Delivery.reference)).scalar_one()
    caller = house.caller("tests")
    caller.start()
    report = {"phone_number": "13900000000", "success": True, "err_code": "DELIVERED", "biz_id": reference}

    with pytest.raises(Refusal, match="unknown_receiver"):
        caller.ask(TakeReceipts(provider="aliyun", token="guessed", reports=[report]))
    answer = caller.ask(TakeReceipts(provider="aliyun", token=RECEIPTS, reports=[report]))

    assert answer == ReceiptsTaken()
    assert [how for _, _, how in notify.told()] == ["sms delivered"]
    caller.stop()
