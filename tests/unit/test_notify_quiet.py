"""The hours in which people are left alone, and the words by which they ask for it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.settings import WrongSettings
from services.notify.domain import Hours, Manners, TopicClass, asks_to_stop, is_unavoidable
from services.notify.domain.quiet import SHANGHAI, minute_of, said_as
from services.notify.domain.topics import Topic
from services.notify.settings import NotifySettings
from tests.support.database import settings_for
from tests.support.notify_gate import POLITE, local

SERVICE, URGENT, INVITATION = TopicClass.SERVICE, TopicClass.URGENT, TopicClass.MARKETING
MINUTES = st.integers(0, 24 * 60 - 1)
INSTANTS = st.datetimes(datetime(2024, 2, 27), datetime(2028, 3, 2)).map(lambda at: at.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("said", "goes_at", "day"),
    [
        ("20:59", "20:59", 2),
        ("21:00", "08:00", 3),
        ("23:59", "08:00", 3),
        ("00:00", "08:00", 2),
        ("07:59", "08:00", 2),
        ("08:00", "08:00", 2),
        ("12:00", "12:00", 2),
    ],
)
def test_what_rings_waits_for_the_morning(said: str, goes_at: str, day: int) -> None:
    assert POLITE.opens_at(SERVICE, True, local(said)) == local(goes_at, day)
    assert POLITE.opens_at(SERVICE, False, local(said)) == local(said)
    assert POLITE.opens_at(URGENT, True, local(said)) == local(said)


def test_invitations_wait_on_every_way() -> None:
    assert POLITE.opens_at(INVITATION, False, local("22:00")) == local("08:00", 3)
    assert POLITE.opens_at(INVITATION, False, local("21:59")) == local("21:59")
    assert POLITE.opens_at(INVITATION, True, local("21:59")) == local("08:00", 3)


def test_own_hours_take_the_place_of_those_of_the_house_and_equal_ones_are_none() -> None:
    siesta, none = Hours.between("12:30", "14:00"), Hours.between("08:00", "08:00")
    assert POLITE.opens_at(SERVICE, True, local("13:00"), siesta) == local("14:00")
    assert POLITE.opens_at(SERVICE, True, local("23:00"), siesta) == local("23:00")
    assert POLITE.opens_at(SERVICE, True, local("23:00"), none) == local("23:00")


@given(at=INSTANTS, begins=MINUTES, ends=MINUTES)
def test_the_gate_opens_outside_the_hours_within_a_day_and_never_in_the_past(
    at: datetime, begins: int, ends: int
) -> None:
    hours = Hours(begins, ends)
    opens = Manners(quiet=hours).opens_at(SERVICE, True, at)
    assert at <= opens < at + timedelta(days=1)
    assert hours.minutes_left(Manners().minute(opens)) == 0
    if opens > at:
        assert said_as(Manners().minute(opens)) == said_as(ends)


@given(at=INSTANTS, minute=MINUTES)
def test_the_last_digest_was_at_its_minute_and_within_a_day(at: datetime, minute: int) -> None:
    last = Manners(digest_minute=minute).last_digest(at)
    assert last <= at < last + timedelta(days=1)
    assert Manners().minute(last) == minute


@pytest.mark.parametrize("said", ["", "7:30", "24:00", "12:60", "12.30", "१२:३०", "07:30 ", "-1:30", "0730"])
def test_what_is_no_time_of_the_day_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="day"):
        minute_of(said)


@given(minute=MINUTES)
def test_a_minute_of_the_day_is_said_and_understood(minute: int) -> None:
    assert minute_of(said_as(minute)) == minute


@pytest.mark.parametrize(
    "answer",
    [
        "R",
        "td",
        " TD。",
        "T",
        "ＴＤ",
        "stop",
        "退订",
        "我要退订！",
        "【退订】",
        "请勿打扰，退订",
        "拒收",
        "我拒收",
    ],
)
def test_answers_that_ask_to_stop(answer: str) -> None:
    assert asks_to_stop(answer)


@pytest.mark.parametrize(
    "answer",
    ["", "好的", "谢谢！", "TDK", "请问退订之后我认领的心愿怎么办，还能收到社区的电话吗", "不要取消我的认领"],
)
def test_answers_that_do_not(answer: str) -> None:
    assert not asks_to_stop(answer)


def test_codes_answers_and_what_is_urgent_are_sent_all_the_same() -> None:
    assert all(map(is_unavoidable, (Topic.SIGN_IN_CODE, Topic.WISH_SCREENED, Topic.URGENT_DISPATCH)))
    assert not any(map(is_unavoidable, (Topic.RELEASE_DIGEST, Topic.CLAIM_DUE_SOON)))


def test_a_house_leaves_people_alone_at_night_unless_its_settings_say_otherwise() -> None:
    assert NotifySettings().manners(SHANGHAI) == POLITE
    said = {"services": {"notify": {"quiet_from": "9 p.m."}}}
    with pytest.raises(WrongSettings, match="quiet_from"):
        settings_for("postgresql://nowhere/none", **said).of("notify", NotifySettings)
