"""Messages into the rooms of a real Matrix homeserver, each once however often it is sent."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.rights import Actor
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.channels import Channel, brought_channels
from services.notify.contracts import NoteHandle
from services.notify.domain import Verdict
from tests.support.chat_accounts import reminder
from tests.support.homeserver import BURST, Homeserver, User, homeserver
from tests.support.notify import House
from tests.support.notify_sending import eventually, known, quick_settings, remind, sending, states


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeserver]:
    with homeserver(tmp_path_factory.mktemp("homeserver")) as running:
        yield running


@pytest.fixture(scope="module")
def people(server: Homeserver) -> tuple[User, User]:
    """The account of the community, and somebody who is told something."""
    return server.user("wishtree"), server.user("wangshuzhen")


@pytest.fixture
def room(server: Homeserver, people: tuple[User, User]) -> str:
    return server.room(*people)


def channel_of(server: Homeserver, user: User, **changes: str) -> Channel:
    (channel,) = brought_channels({"matrix": {"endpoint": server.url, "token": user.token} | changes})
    return channel


def test_a_member_reads_in_their_room_what_they_are_told(
    workshop_of: Callable[[str], Workshop],
    simulated_clock: SimulatedClock,
    server: Homeserver,
    people: tuple[User, User],
    room: str,
) -> None:
    house, (ours, theirs) = House(workshop_of("notify"), {}), people
    section = {"endpoint": server.url, "token": ours.token, "timeout": 60.0}
    settings = quick_settings(channels={"matrix": section}, plans={"claim_due_soon.member": ("matrix",)})

    with sending(house, settings) as sender:
        member = known(house)
        told = NoteHandle(by=Actor(member_id=member.id), channel="matrix", handle=room)
        house.workshop.run(told, partial(usecases.note_handle, house.ways))
        remind(house, member)
        sender.nudge()
        eventually(lambda: states(house, member.id) == ["matrix accepted"])

    ((_, text),) = server.read(theirs, room)
    assert text.startswith("还有3天：“一床厚棉被”")


def test_a_delivery_that_is_sent_twice_appears_once(
    server: Homeserver, people: tuple[User, User], room: str
) -> None:
    ours, theirs = people
    parcel, other = reminder("matrix", address=room), reminder("matrix", address=room)
    channel = channel_of(server, ours)

    first, second, third = (channel.send([sent])[sent.delivery_id] for sent in (parcel, parcel, other))
    channel.close()

    assert first == second
    assert [outcome.verdict for outcome in (first, third)] == [Verdict.ACCEPTED] * 2
    assert [event for event, _ in server.read(theirs, room)] == [first.reference, third.reference]


def test_a_room_that_is_closed_to_us_ends_the_delivery_and_a_wrong_key_stops_the_account(
    server: Homeserver, people: tuple[User, User], room: str
) -> None:
    stranger = server.user("stranger")
    parcel = reminder("matrix", address=room)

    barred = channel_of(server, stranger).send([parcel])[parcel.delivery_id]
    keyless = channel_of(server, stranger, token="syt_wrong").send([parcel])[parcel.delivery_id]

    assert (barred.verdict, barred.code) == (Verdict.PERMANENT, "M_FORBIDDEN")
    assert (keyless.verdict, keyless.code) == (Verdict.STOP, "M_UNKNOWN_TOKEN")
    assert server.read(people[1], room) == []


def test_who_writes_too_much_waits_as_long_as_the_homeserver_says(server: Homeserver) -> None:
    hasty = server.user("hasty")
    room = server.room(hasty)
    channel = channel_of(server, hasty)

    outcomes = [
        channel.send([parcel])[parcel.delivery_id]
        for parcel in (reminder("matrix", address=room) for _ in range(BURST + 1))
    ]
    channel.close()

    assert [outcome.verdict for outcome in outcomes[:5]] == [Verdict.ACCEPTED] * 5
    last = outcomes[-1]
    assert (last.verdict, last.code) == (Verdict.WAIT, "M_LIMIT_EXCEEDED")
    assert last.after is not None
    assert 1 <= last.after.total_seconds() <= 3600
