"""Telegram: what a chat takes, how often a group is told something, and groups that became another chat."""

from collections.abc import Iterator

import pytest

from services.notify.domain import Verdict
from tests.support.chat_accounts import channel_of, reminder
from tests.support.sms_accounts import codes, sent
from tests.support.vendors import Vendor, vendor

GROUP, SUPERGROUP = "-100500", -1001000500


@pytest.fixture(scope="module")
def processes() -> Iterator[dict[str, Vendor]]:
    with vendor("telegram") as running:
        yield {"telegram": running}


@pytest.mark.parametrize("sign", ["心", "🌳", "a"])
def test_a_long_message_is_cut_where_telegram_stops_to_take_it(vendors: dict[str, Vendor], sign: str) -> None:
    (outcome,) = sent(channel_of("telegram", vendors), reminder("telegram", text=sign * 5000))

    assert outcome.verdict is Verdict.ACCEPTED
    (message,) = vendors["telegram"].accepted()
    assert 4094 <= len(message["words"].encode("utf-16-le")) / 2 <= 4096
    assert message["words"].endswith(f"{sign}…")


def test_a_group_that_became_another_chat_is_told_there(vendors: dict[str, Vendor]) -> None:
    vendors["telegram"].behave("code", for_=GROUP, code=400, migrate_to_chat_id=SUPERGROUP)

    outcomes = sent(channel_of("telegram", vendors), reminder("telegram", address=GROUP))

    assert codes(outcomes) == [("accepted", "ok")]
    assert [message["to"] for message in vendors["telegram"].accepted()] == [SUPERGROUP]


@pytest.mark.parametrize("moved", ["-1", True, None, {}])
def test_a_group_that_moved_nowhere_is_refused(vendors: dict[str, Vendor], moved: object) -> None:
    vendors["telegram"].behave("code", for_=GROUP, code=400, migrate_to_chat_id=moved)

    outcomes = sent(channel_of("telegram", vendors), reminder("telegram", address=GROUP))

    assert codes(outcomes) == [("permanent", "400")]
    assert len(vendors["telegram"].calls()) == 1


def test_a_group_that_was_told_enough_waits_and_nobody_else_does(vendors: dict[str, Vendor]) -> None:
    parcels = [reminder("telegram", address=GROUP, title=f"第{number}条") for number in range(4)]

    *told, other = sent(channel_of("telegram", vendors), *parcels, reminder("telegram"))

    waiting = [outcome for outcome in told if outcome.code == "own_pace"]
    assert {(outcome.verdict, outcome.is_of_one) for outcome in waiting} == {(Verdict.WAIT, True)}
    assert min(outcome.after.total_seconds() for outcome in waiting if outcome.after) > 3
    assert other.verdict is Verdict.ACCEPTED
