"""Channels of their own kind: people say where they are found, groups are where the settings say."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from uuid import UUID

import pytest

from services.chassis.rights import Actor, Role
from services.claims.contracts import ClaimsDueSoon, ClaimsOverdue
from services.directory.contracts import MemberCopy, MembersChanged
from services.notify import queries, usecases
from services.notify.contracts import MyChannels, NoteHandle, UnknownChannel, UnusableHandle
from services.notify.settings import NotifySettings
from tests.support.notify import COMMUNITY, House
from tests.support.notify_people import a_member, a_reminder, an_account
from tests.support.notify_sending import eventually, quick_settings, sending
from tests.support.vendor_chats import SECRET, TOKEN
from tests.support.vendors import Vendor, vendor


@pytest.fixture(scope="module")
def processes() -> Iterator[dict[str, Vendor]]:
    with ExitStack() as stack:
        yield {kind: stack.enter_context(vendor(kind)) for kind in ("telegram", "dingtalk")}


def settings(vendors: dict[str, Vendor]) -> NotifySettings:
    robot = {"token": TOKEN, "secret": SECRET, "endpoint": vendors["dingtalk"].url}
    telegram = {"token": TOKEN, "endpoint": vendors["telegram"].url}
    return quick_settings(
        channels={"telegram": telegram, "dingtalk": robot},
        plans={"claim_due_soon.member": ("telegram",), "claim_overdue.account": ("dingtalk",)},
    )


def remind(house: House, member: MemberCopy) -> None:
    house.hear(ClaimsDueSoon(claims=[a_reminder(member.id, 3)]), usecases.tell_of_claims_due_soon)


def note(house: House, member_id: UUID, channel: str, address: str | None) -> None:
    told = NoteHandle(by=Actor(member_id=member_id), channel=channel, handle=address)
    house.workshop.run(told, partial(usecases.note_handle, house.ways))


def noted(house: House, member_id: UUID) -> dict[str, bool]:
    asked = MyChannels(by=Actor(member_id=member_id))
    channels = house.workshop.read(asked, partial(queries.my_channels, house.ways.addresses))
    return {channel.channel: channel.is_noted for channel in channels.items}


def test_whoever_says_where_they_are_found_is_told_there(house: House, vendors: dict[str, Vendor]) -> None:
    with sending(house, settings(vendors)):
        found, silent = a_member(house.seals), a_member(house.seals, phone="+8613900000001")
        house.knows(members=[found, silent])
        note(house, found.id, "telegram", " 4711 ")
        note(house, found.id, "telegram", "9217004712")
        remind(house, found)
        remind(house, silent)
        eventually(lambda: house.told(found.id)[0][2] == "telegram accepted")

        assert noted(house, found.id) == {"telegram": True}
        assert noted(house, silent.id) == {"telegram": False}

    (message,) = vendors["telegram"].accepted()
    assert message["to"] == 9217004712
    assert house.told(silent.id)[0][2] == "inbox delivered"
    assert "9217004712" not in house.dump()


def test_what_was_said_can_be_taken_back_and_goes_with_whoever_leaves(
    house: House, vendors: dict[str, Vendor]
) -> None:
    with sending(house, settings(vendors)):
        one, other = a_member(house.seals), a_member(house.seals, phone="+8613900000001")
        house.knows(members=[one, other])
        note(house, one.id, "telegram", "1")
        note(house, other.id, "telegram", "2")

        note(house, one.id, "telegram", None)
        gone = a_member(house.seals, id=other.id, is_active=False, version=2)
        house.hear(MembersChanged(members=[gone]), usecases.note_members)

        assert noted(house, one.id) == noted(house, other.id) == {"telegram": False}


@pytest.mark.parametrize("channel", ["dingtalk", "sms", "pigeon", ""])
def test_only_a_channel_that_wants_to_be_told_is_told(
    house: House, vendors: dict[str, Vendor], channel: str
) -> None:
    with sending(house, settings(vendors)), pytest.raises(UnknownChannel):
        note(house, a_member(house.seals).id, channel, "4711")


@pytest.mark.parametrize("address", ["", "  ", "a\nb", "x" * 251, "a\x00", "@somebody"])
def test_a_place_that_cannot_be_one_is_refused(
    house: House, vendors: dict[str, Vendor], address: str
) -> None:
    with sending(house, settings(vendors)), pytest.raises(UnusableHandle):
        note(house, a_member(house.seals).id, "telegram", address)


@pytest.mark.parametrize("everybody", ["@all", "@ALL", "Wang|Li"])
def test_nobody_is_found_where_everybody_is(house: House, everybody: str) -> None:
    wecom = {"corp_id": "ww1", "corp_secret": SECRET, "agent_id": 1000002}
    with sending(house, quick_settings(channels={"wecom": wecom})):
        member = a_member(house.seals)
        house.knows(members=[member])
        with pytest.raises(UnusableHandle):
            note(house, member.id, "wecom", everybody)

        note(house, member.id, "wecom", "WangShuzhen")
        assert noted(house, member.id) == {"wecom": True}


def test_a_group_of_workers_hears_of_an_overdue_claim_once_and_without_names(
    house: House, vendors: dict[str, Vendor]
) -> None:
    with sending(house, settings(vendors)) as sender:
        member = a_member(house.seals)
        workers = [an_account(house.seals, Role.COMMUNITY_WORKER, COMMUNITY) for _ in range(3)]
        house.knows(members=[member], accounts=workers)
        house.hear(ClaimsOverdue(claims=[a_reminder(member.id, -2)]), usecases.tell_of_overdue_claims)
        sender.nudge()
        eventually(lambda: [how for _, _, how in house.told()].count("dingtalk accepted") == 3)

    (said,) = vendors["dingtalk"].accepted()
    assert "赵工" not in said["words"]
