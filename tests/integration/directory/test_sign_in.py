"""Members signing in with a one-time code: the limits, the same answer for everybody, one use."""

from datetime import timedelta
from functools import partial

import pytest
from eventlet import GreenPool

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import Done
from services.chassis.refusals import SignInNeeded
from services.chassis.rights import EVERYWHERE, Actor, Grant, Role
from services.chassis.work import Workshop
from services.directory import queries, usecases
from services.directory.contracts import (
    MembersChanged,
    NewUnit,
    RemoveMember,
    RequestSignInCode,
    SignedIn,
    SignInCodeIssued,
    SignInWithCode,
    TooManyCodes,
    UnusablePhone,
    WhoAmI,
    WrongCode,
)
from services.directory.settings import DirectorySettings
from tests.support.directory import (
    CITY,
    OPERATOR,
    WENMING,
    a_city,
    a_member,
    announced,
    count,
    empty,
    refused,
    register,
    register_units,
    stored_texts,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")

PHONE = "13812345678"
UNKNOWN = "13912345678"
DEFAULTS = DirectorySettings()


@pytest.fixture
def workshop(directory: Workshop) -> Workshop:
    """The workshop of a directory with one member."""
    areas = a_city(empty(directory))
    register_units(directory, areas[CITY], NewUnit(name="人社局"))
    register(directory, areas[WENMING], a_member(phone=PHONE, unit_name="人社局"))
    return directory


def ask(
    workshop: Workshop, phone: str = PHONE, address: str = "", settings: DirectorySettings = DEFAULTS
) -> Done:
    """Ask for a code."""
    command = RequestSignInCode(phone=phone, address=address)
    answer: Done = workshop.run(command, partial(usecases.request_sign_in_code, settings=settings))
    return answer


def code_sent(workshop: Workshop) -> str:
    """Return the code that was sent last."""
    return workshop.seals.open(announced(workshop, SignInCodeIssued)[-1].code)


def enter(workshop: Workshop, code: str, phone: str = PHONE) -> SignedIn:
    """Sign in with a code, as the door does: what is returned as a refusal is raised after the commit."""
    command = SignInWithCode(phone=phone, code=code)
    outcome = workshop.run(command, partial(usecases.sign_in_with_code, settings=DEFAULTS))
    if isinstance(outcome, WrongCode):
        raise outcome
    assert isinstance(outcome, SignedIn)
    return outcome


def other_than(code: str) -> str:
    """Return a wrong code."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def later(clock: SimulatedClock, **span: float) -> None:
    """Let time pass."""
    clock.set(clock.now() + timedelta(**span))


def test_a_member_signs_in_with_the_code_that_was_sent(
    workshop: Workshop, simulated_clock: SimulatedClock
) -> None:
    (member,) = announced(workshop, MembersChanged)[-1].members
    assert ask(workshop, "138 1234 5678") == Done()
    (event,) = announced(workshop, SignInCodeIssued)
    assert (event.member_id, event.expires_at) == (member.id, simulated_clock.now() + timedelta(minutes=10))
    assert workshop.seals.open(event.phone) == "+8613812345678"
    assert len(code_sent(workshop)) == 6
    signed_in = enter(workshop, code_sent(workshop))
    assert signed_in.name == "彭彤"
    assert signed_in.actor == Actor(
        member_id=member.id, unit_id=member.unit_id, grants=(Grant(Role.MEMBER, EVERYWHERE),), language="zh"
    )
    assert workshop.read(WhoAmI(by=signed_in.actor), queries.who_am_i) == signed_in


def test_a_code_typed_with_a_chinese_keyboard_is_the_same_code(workshop: Workshop) -> None:
    ask(workshop)
    wide = code_sent(workshop).translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    assert enter(workshop, f" {wide[:3]} {wide[3:]}").name == "彭彤"


def test_a_code_is_used_once(workshop: Workshop) -> None:
    ask(workshop)
    enter(workshop, code_sent(workshop))
    with refused(WrongCode):
        enter(workshop, code_sent(workshop))


def test_a_code_holds_ten_minutes(workshop: Workshop, simulated_clock: SimulatedClock) -> None:
    ask(workshop)
    later(simulated_clock, minutes=10)
    with refused(WrongCode):
        enter(workshop, code_sent(workshop))


def test_the_newest_code_counts(workshop: Workshop, simulated_clock: SimulatedClock) -> None:
    ask(workshop)
    first = code_sent(workshop)
    later(simulated_clock, minutes=1)
    ask(workshop)
    second = code_sent(workshop)
    if first != second:
        with refused(WrongCode):
            enter(workshop, first)
    assert enter(workshop, second).name == "彭彤"


def test_five_wrong_tries_are_counted_although_refused_and_end_the_code(workshop: Workshop) -> None:
    ask(workshop)
    right = code_sent(workshop)
    for tries in range(1, 6):
        with refused(WrongCode):
            enter(workshop, other_than(right))
        assert count(workshop, "sign_in_code", f"wrong_tries = {tries}") == 1
    with refused(WrongCode):
        enter(workshop, right)


def test_four_wrong_tries_do_not_end_the_code(workshop: Workshop) -> None:
    ask(workshop)
    for _ in range(4):
        with refused(WrongCode):
            enter(workshop, other_than(code_sent(workshop)))
    assert enter(workshop, code_sent(workshop)).name == "彭彤"


def test_an_unknown_phone_gets_the_same_answer_the_same_rows_and_no_message(workshop: Workshop) -> None:
    assert ask(workshop, UNKNOWN) == ask(workshop, PHONE)
    assert count(workshop, "sign_in_code") == 2
    assert count(workshop, "sign_in_code", "member_id IS NULL") == 1
    assert len(announced(workshop, SignInCodeIssued)) == 1
    for phone in (UNKNOWN, "13711112222", "no phone"):
        with refused(WrongCode):
            enter(workshop, "000000", phone)


@pytest.mark.parametrize("phone", [PHONE, UNKNOWN])
def test_a_phone_asks_once_a_minute_five_times_an_hour_ten_times_a_day(
    workshop: Workshop, simulated_clock: SimulatedClock, phone: str
) -> None:
    start = simulated_clock.now()

    def ask_five_times() -> None:
        ask(workshop, phone)
        for _ in range(4):
            later(simulated_clock, seconds=59)
            with refused(TooManyCodes, retry_after=1):
                ask(workshop, phone)
            later(simulated_clock, seconds=1)
            ask(workshop, phone)
        later(simulated_clock, minutes=1)

    ask_five_times()
    with refused(TooManyCodes, retry_after=55 * 60):
        ask(workshop, phone)
    simulated_clock.set(start + timedelta(hours=2))
    ask_five_times()
    simulated_clock.set(start + timedelta(hours=23))
    with refused(TooManyCodes, retry_after=60 * 60):
        ask(workshop, phone)
    simulated_clock.set(start + timedelta(days=1))
    ask(workshop, phone)


def test_neighbouring_addresses_share_a_limit_a_day(
    workshop: Workshop, simulated_clock: SimulatedClock
) -> None:
    few = DirectorySettings(codes_per_network_and_day=2)
    for networks in (("203.0.113.7", "203.0.113.200"), ("2001:db8:1::7", "2001:db8:1:ffff::1")):
        for number, address in enumerate(networks):
            ask(workshop, f"1370000000{number}", address, few)
        with refused(TooManyCodes):
            ask(workshop, "13700000009", networks[0], few)
        ask(workshop, "13700000009", "198.51.100.1", few)
        later(simulated_clock, days=1)
    ask(workshop, "13700000009", "203.0.113.7", few)


def test_the_house_sends_no_more_codes_than_its_budget_and_unknown_phones_cost_nothing(
    workshop: Workshop,
) -> None:
    one = DirectorySettings(codes_per_day=1)
    for number in range(3):
        ask(workshop, f"1370000000{number}", settings=one)
    ask(workshop, PHONE, settings=one)
    with refused(TooManyCodes):
        ask(workshop, UNKNOWN, settings=one)


def test_a_refused_request_sends_and_keeps_nothing(
    workshop: Workshop, simulated_clock: SimulatedClock
) -> None:
    ask(workshop, address="203.0.113.7")
    before = stored_texts(workshop)
    with refused(TooManyCodes):
        ask(workshop, address="203.0.113.7")
    assert stored_texts(workshop) == before


@pytest.mark.parametrize("phone", ["", "12345", "0394-8123456", "no phone", "1" * 500])
def test_what_cannot_receive_a_code_is_refused(workshop: Workshop, phone: str) -> None:
    with refused(UnusablePhone):
        ask(workshop, phone)


def test_who_left_neither_gets_a_code_nor_stays_signed_in(
    workshop: Workshop, simulated_clock: SimulatedClock
) -> None:
    (member,) = announced(workshop, MembersChanged)[-1].members
    ask(workshop)
    actor = enter(workshop, code_sent(workshop)).actor
    later(simulated_clock, minutes=2)
    ask(workshop)
    workshop.run(RemoveMember(by=OPERATOR, member_id=member.id), usecases.remove_member)
    with refused(WrongCode):
        enter(workshop, code_sent(workshop))
    with refused(SignInNeeded):
        workshop.read(WhoAmI(by=actor), queries.who_am_i)
    later(simulated_clock, minutes=2)
    ask(workshop)
    assert len(announced(workshop, SignInCodeIssued)) == 2


def test_old_codes_and_counts_are_forgotten(workshop: Workshop, simulated_clock: SimulatedClock) -> None:
    ask(workshop, address="203.0.113.7")
    later(simulated_clock, days=3)
    ask(workshop)
    assert count(workshop, "sign_in_code") == 1
    assert count(workshop, "allowance") == 1


def test_two_requests_at_once_send_one_code(workshop: Workshop) -> None:
    outcomes = []

    def ask_once() -> None:
        try:
            outcomes.append(ask(workshop))
        except TooManyCodes as refusal:
            outcomes.append(refusal)  # type: ignore[arg-type]

    pool = GreenPool()
    for _ in range(4):
        pool.spawn(ask_once)
    pool.waitall()
    assert [type(outcome) for outcome in outcomes].count(Done) == 1
    assert len(announced(workshop, SignInCodeIssued)) == 1
