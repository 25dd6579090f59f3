"""Senders that are killed, that share the work and that wait: nothing goes out twice."""

from collections.abc import Callable
from functools import partial

import eventlet
import pytest
from sqlalchemy import text

from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.channels import AddressKind
from services.wishes.contracts import WishesSubmitted
from tests.support.notify import House
from tests.support.notify_people import a_member, a_resident
from tests.support.notify_sending import (
    a_release,
    a_sender_of_its_own,
    attempts,
    eventually,
    figures,
    has_received,
    known,
    numbers,
    planned_reminder,
    quick_settings,
    remind,
    sending,
    sms_settings,
    smtp_settings,
    states,
    taken_in,
)
from tests.support.peers import Peer


@pytest.fixture
def real_house(workshop_of: Callable[[str], Workshop]) -> House:
    return House(workshop_of("notify"), {})


@pytest.mark.parametrize(("point", "went_out"), [("after_begin", 0), ("after_send", 1)])
def test_a_sender_killed_between_call_and_record_leaves_a_doubt_and_no_second_sms(
    real_house: House, settings: Settings, gateway: Peer, point: str, went_out: int
) -> None:
    notify = quick_settings(sms=sms_settings(gateway), lease=5.0, doubt=3.0)
    planned_reminder(real_house)

    crashed = a_sender_of_its_own(settings, notify, crash_at=point)
    _, log = crashed.communicate(timeout=110)

    assert crashed.returncode == 137
    assert len(gateway.received()) == went_out
    assert states(real_house) == ["sms sending"]
    with sending(real_house, notify):
        eventually(lambda: states(real_house) == ["sms ambiguous"])
        eventually(lambda: states(real_house) == ["sms unknown"])
        eventlet.sleep(1)
    assert len(gateway.received()) == went_out
    assert attempts(real_house) == [("ambiguous", "lease_ran_out")]
    assert figures(real_house).unknown == 1
    assert "金丝雀" not in log


def test_what_a_sender_had_not_called_yet_when_it_was_killed_goes_out_once(
    real_house: House, settings: Settings, gateway: Peer
) -> None:
    notify = quick_settings(sms=sms_settings(gateway), lease=5.0)
    planned_reminder(real_house)

    crashed = a_sender_of_its_own(settings, notify, crash_at="after_lease")
    crashed.communicate(timeout=110)
    assert (crashed.returncode, states(real_house)) == (137, ["sms sending"])
    with sending(real_house, notify):
        eventually(lambda: states(real_house) == ["sms accepted"])

    assert len(gateway.received()) == 1
    assert [verdict for verdict, _ in attempts(real_house)] == ["wait", "accepted"]
    assert ("wait", "never_called") in attempts(real_house)


def test_a_sender_killed_before_it_sent_what_must_be_heard_is_made_up_for(
    real_house: House, settings: Settings, gateway: Peer
) -> None:
    notify = quick_settings(sms=sms_settings(gateway), lease=5.0, doubt=0.5)
    real_house.ways = usecases.Ways({"sms": AddressKind.PHONE}, {}, real_house.ways.versions)
    resident = a_resident(real_house.seals)
    real_house.knows(residents=[resident])
    event = WishesSubmitted(wishes=[taken_in(real_house, resident.id)])
    real_house.hear(event, usecases.tell_of_wishes_submitted)

    a_sender_of_its_own(settings, notify, crash_at="after_begin").communicate(timeout=110)
    with sending(real_house, notify):
        eventually(lambda: states(real_house) == ["sms accepted"])

    assert len(gateway.received()) == 1


def test_no_log_of_a_failing_sender_names_anybody(
    real_house: House, settings: Settings, gateway: Peer
) -> None:
    notify = quick_settings(sms=sms_settings(gateway, timeout=5.0), delays=(0.1,), tries=2, pause=0.2)
    planned_reminder(real_house)
    gateway.behave("status", phone="13912345678", status=401, times=1)
    gateway.behave("mute")
    process = a_sender_of_its_own(settings, notify)
    eventually(lambda: states(real_house) == ["sms ambiguous"])
    process.terminate()
    _, log = process.communicate(timeout=60)

    assert ("stop", "401") in attempts(real_house)
    assert "channel_stopped" in log
    for canary in ("金丝雀", "13912345678", "一床厚棉被"):
        assert canary not in log


def test_two_senders_share_the_work_and_nothing_goes_out_twice(
    real_house: House, settings: Settings, gateway: Peer
) -> None:
    notify = quick_settings(sms=sms_settings(gateway))
    real_house.ways = usecases.Ways({"sms": AddressKind.PHONE}, {}, real_house.ways.versions)
    real_house.knows(members=[a_member(real_house.seals, phone=phone) for phone in numbers(0, 150)])
    real_house.hear(a_release(), usecases.tell_of_release)

    other = a_sender_of_its_own(settings, notify)
    with sending(real_house, notify):
        eventually(lambda: figures(real_house).accepted == 150, within=200)
    other.terminate()
    other.communicate(timeout=60)

    assert len(gateway.received()) == 150
    assert len({taken["id"] for taken in gateway.received()}) == 150
    assert figures(real_house).duplicates == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_release_survives_senders_killed_in_its_midst_and_everybody_ends_in_one_state(
    real_house: House, settings: Settings, gateway: Peer
) -> None:
    notify = quick_settings(sms=sms_settings(gateway), lease=10.0, doubt=1.0)
    real_house.ways = usecases.Ways({"sms": AddressKind.PHONE}, {}, real_house.ways.versions)
    real_house.knows(members=[a_member(real_house.seals, phone=phone) for phone in numbers(0, 400)])
    real_house.hear(a_release(), usecases.tell_of_release)
    gateway.behave("slow", seconds=0.05)

    for killed in range(1, 4):
        process = a_sender_of_its_own(settings, notify)
        eventually(partial(has_received, gateway, killed * 60))
        process.kill()
        process.communicate(timeout=60)
    gateway.behave("ok")
    with sending(real_house, notify):
        eventually(lambda: figures(real_house).under_way == figures(real_house).in_doubt == 0, within=200)

    standing = figures(real_house)
    assert standing.accepted + standing.unknown == 400
    assert standing.unknown <= 3 * 8
    assert (standing.lost, standing.failed, standing.duplicates) == (0, 0, 0)
    ids = [taken["id"] for taken in gateway.received()]
    assert len(ids) == len(set(ids))
    assert len(ids) >= standing.accepted


GONE_ONCE = """
    CREATE SEQUENCE notify.commits;
    CREATE FUNCTION notify.go_away() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('notify.commits') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER goes_away AFTER INSERT ON notify.attempt
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notify.go_away();
"""
"""Lets the database go away in the midst of the first commit of an attempt."""


def test_an_outcome_whose_commit_nobody_answered_is_written_down_again(house: House, gateway: Peer) -> None:
    with house.workshop.engine.begin() as connection:
        connection.execute(text(GONE_ONCE))
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        remind(house, known(house))
        eventually(lambda: len(gateway.received()) == 1)
        eventually(lambda: states(house) == ["sms accepted"], within=20)

    assert len(gateway.received()) == 1
    assert [verdict for verdict, _ in attempts(house)] == ["accepted"]


def test_no_connection_of_the_database_is_held_while_a_gateway_takes_its_time(
    house: House, gateway: Peer
) -> None:
    gateway.behave("slow", seconds=1.0)
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        remind(house, known(house))
        eventually(lambda: len(gateway.received()) == 1)
        held = [house.workshop.engine.pool.checkedout() for _ in range(20) if eventlet.sleep(0.02) is None]  # type: ignore[attr-defined]
        eventually(lambda: states(house) == ["sms accepted"])

    assert min(held) == 0


@pytest.mark.parametrize("held_at", ["silent", "mute"])
def test_no_connection_of_the_database_is_held_while_a_mail_server_takes_its_time(
    house: House, mail: Peer, held_at: str
) -> None:
    by_mail = {"claim_due_soon.member": ("email",)}
    with sending(house, quick_settings(smtp_settings(mail, timeout=8.0), plans=by_mail)):
        remind(house, known(house, email=f"{held_at}.li@example.org"))
        eventually(lambda: mail.asked() == 1 and len(mail.received()) == (held_at == "mute"))
        held = []
        while states(house) == ["email sending"]:
            held.append(house.workshop.engine.pool.checkedout())  # type: ignore[attr-defined]
            eventlet.sleep(0.02)

    assert min(held) == 0
    assert [verdict for verdict, _ in attempts(house)] == ["retry" if held_at == "silent" else "ambiguous"]


def test_a_channel_that_never_comes_back_is_cut_off_within_its_lease(house: House, gateway: Peer) -> None:
    gateway.behave("mute", seconds=6.0)
    with sending(house, quick_settings(sms=sms_settings(gateway), lease=1.0)):
        remind(house, known(house))
        eventually(lambda: attempts(house) == [("ambiguous", "cut_off")])

    assert states(house) == ["sms ambiguous"]
