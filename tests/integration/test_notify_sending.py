"""How messages leave the house, to a real mail server and a real gateway that fail in every way they can."""

import sys
from collections.abc import Callable, Iterator
from email import message_from_string
from email.policy import default
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import eventlet
import pytest
from sqlalchemy import select, text

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.rights import Role
from services.chassis.settings import Settings, WrongSettings
from services.chassis.work import Workshop
from services.claims.contracts import ClaimsDueSoon, WishesClaimed
from services.directory.contracts import MemberCopy
from services.notify import queries, usecases
from services.notify.channels import AddressKind
from services.notify.contracts import ListDeliveries, MessageFigures, NoLongerNeeded, RetryDelivery
from services.notify.models import Attempt, Delivery, Message
from services.notify.providers import lines_of
from services.notify.settings import NotifySettings
from services.points.contracts import FeedbackAnswered, FeedbackIssued
from services.wishes.contracts import ReleaseCompleted, WishesSubmitted, WishTaken
from tests.support.notify import (
    COMMUNITY,
    OPERATOR,
    STREET,
    House,
    a_claim,
    a_code,
    a_member,
    a_reminder,
    a_resident,
    a_sender_of_its_own,
    a_unit,
    an_account,
    eventually,
    later,
    numbers,
    quick_settings,
    sending,
    sms_settings,
    smtp_settings,
)
from tests.support.peers import Peer, peer


@pytest.fixture(scope="module")
def gateway_process() -> Iterator[Peer]:
    with peer("sms") as running:
        yield running


@pytest.fixture(scope="module")
def mail_process() -> Iterator[Peer]:
    with peer("smtp") as running:
        yield running


@pytest.fixture
def gateway(gateway_process: Peer) -> Peer:
    gateway_process.reset()
    return gateway_process


@pytest.fixture
def mail(mail_process: Peer) -> Peer:
    mail_process.reset()
    return mail_process


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return House(workshop_of("notify"), {})


def remind(house: House, *members: MemberCopy) -> None:
    """Tell members by SMS and e-mail that their claim is due; a doubt about that is left alone."""
    reminders = [a_reminder(member.id, 3) for member in members]
    house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)


def known(house: House, **changes: Any) -> MemberCopy:
    member = a_member(house.seals, **changes)
    house.knows(members=[member])
    return member


def states(house: House, to: UUID | None = None) -> list[str | None]:
    return [how for _, _, how in house.told(to)]


def attempts(house: House) -> list[tuple[str, str]]:
    with house.workshop.open() as work:
        made = work.session.execute(select(Attempt.outcome, Attempt.code).order_by(Attempt.id))
        return [(outcome, code) for outcome, code in made]


def has_attempts(house: House, number: int) -> bool:
    return len(attempts(house)) >= number


def figures(house: House) -> MessageFigures:
    with house.workshop.open() as work:
        return queries.count_messages(work.session)


def test_an_sms_goes_out_once_with_its_signature_and_is_recorded(house: House, gateway: Peer) -> None:
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        member = known(house)
        remind(house, member)
        eventually(lambda: states(house) == ["sms accepted"])

    (taken,) = gateway.received()
    assert taken["phone"] == "13800138000"
    assert taken["content"].startswith("【心愿树】提醒：您认领的心愿“一床厚棉被”")
    assert attempts(house) == [("accepted", "0")]
    with house.workshop.open() as work:
        delivery = work.session.execute(select(Delivery)).scalar_one()
        attempt = work.session.execute(select(Attempt)).scalar_one()
    assert str(delivery.id) == taken["id"]
    assert delivery.reference == attempt.reference == "sid-1"
    assert (attempt.provider, attempt.parts) == ("http", 1)


def test_events_heard_twice_and_at_once_bring_one_sms_each(house: House, gateway: Peer) -> None:
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        member, resident = known(house), a_resident(house.seals)
        house.knows(residents=[resident])
        event = WishesClaimed(claims=[a_claim(member.id, resident.id) for _ in range(10)])
        pool = eventlet.GreenPool(4)
        for _ in range(4):
            pool.spawn(house.hear, event, usecases.tell_of_claims)
        pool.waitall()
        eventually(lambda: states(house) == ["sms accepted"] * 20)

    assert len(gateway.received()) == 20
    assert len({taken["id"] for taken in gateway.received()}) == 20
    assert figures(house) == MessageFigures(
        due=20, accepted=20, failed=0, in_doubt=0, under_way=0, lost=0, duplicates=0
    )


def test_what_a_gateway_cannot_take_now_is_tried_again_in_time(
    house: House, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    gateway.behave("status", status=503, times=2)
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        remind(house, known(house))
        eventually(lambda: attempts(house) == [("retry", "503")])
        assert states(house) == ["sms failed"]
        eventlet.sleep(0.3)
        assert gateway.asked() == 1

        later(simulated_clock, seconds=13)
        eventually(lambda: len(attempts(house)) == 2)
        later(simulated_clock, seconds=25)
        eventually(lambda: states(house) == ["sms accepted"])

    assert len(gateway.received()) == 1


def test_what_fails_every_time_is_given_up_and_goes_by_mail(
    house: House, gateway: Peer, mail: Peer, simulated_clock: SimulatedClock
) -> None:
    gateway.behave("status", status=503)
    with sending(house, quick_settings(smtp_settings(mail), sms_settings(gateway))):
        remind(house, known(house, email="wang@example.org"))
        for number in range(1, 4):
            eventually(partial(has_attempts, house, number))
            later(simulated_clock, seconds=25)
        eventually(lambda: states(house) == ["sms failed", "email accepted"])

    assert [outcome for outcome, _ in attempts(house)] == ["retry", "retry", "retry", "accepted"]
    (taken,) = mail.received()
    assert taken["to"] == ["wang@example.org"]
    assert figures(house).accepted == 1


def test_a_refused_number_is_not_tried_again_and_the_mail_follows_at_once(
    house: House, gateway: Peer, mail: Peer
) -> None:
    gateway.behave("code", code="21")
    with sending(house, quick_settings(smtp_settings(mail), sms_settings(gateway))):
        remind(house, known(house, email="wang@example.org"))
        eventually(lambda: states(house) == ["sms refused", "email accepted"])

    assert attempts(house) == [("permanent", "21"), ("accepted", "250")]


def test_where_every_way_is_refused_the_message_has_failed_and_still_lies_in_the_inbox(
    house: House, gateway: Peer
) -> None:
    gateway.behave("code", code="21")
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        member = known(house, email="wang@example.org")
        remind(house, member)
        eventually(lambda: states(house) == ["sms refused"])

    assert figures(house).failed == 1
    assert len(house.inbox(member_id=member.id)) == 1


@pytest.mark.parametrize("manner", ["mute", "cut", "gateway_timeout", "prose"])
def test_an_answer_that_does_not_come_leaves_a_doubt_that_is_never_resent_blindly(
    house: House, gateway: Peer, mail: Peer, simulated_clock: SimulatedClock, manner: str
) -> None:
    gateway.behave(manner)
    with sending(house, quick_settings(smtp_settings(mail), sms_settings(gateway, timeout=0.5))):
        remind(house, known(house, email="wang@example.org"))
        eventually(lambda: states(house) == ["sms ambiguous"])
        for _ in range(4):
            later(simulated_clock, hours=1)
            eventlet.sleep(0.3)

    assert states(house) == ["sms ambiguous"]
    assert len(gateway.received()) == 1
    assert mail.received() == []
    assert figures(house).in_doubt == 1


def test_where_silence_would_be_worse_a_doubt_is_repeated_under_the_same_id(
    house: House, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    gateway.behave("mute", times=1)
    with sending(house, quick_settings(sms=sms_settings(gateway, timeout=0.5))):
        resident = a_resident(house.seals)
        house.knows(residents=[resident])
        house.hear(WishesSubmitted(wishes=[taken_in(house, resident.id)]), usecases.tell_of_wishes_submitted)
        eventually(lambda: states(house) == ["sms ambiguous"])
        eventlet.sleep(0.3)
        assert gateway.asked() == 1

        later(simulated_clock, seconds=61)
        eventually(lambda: states(house) == ["sms accepted"])

    first, second = gateway.received()
    assert first["id"] == second["id"]
    assert "830461" in second["content"]


def test_a_gateway_that_asks_for_patience_gets_it_and_that_is_no_failure(
    house: House, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    gateway.behave("status", status=429, headers={"Retry-After": "40"}, times=1)
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 5)]
    with sending(house, quick_settings(sms=sms_settings(gateway, concurrency=1))):
        house.knows(members=members)
        remind(house, *members)
        eventually(lambda: attempts(house) == [("wait", "429")])
        later(simulated_clock, seconds=30)
        eventlet.sleep(0.4)
        assert gateway.asked() == 1

        later(simulated_clock, seconds=11)
        eventually(lambda: states(house) == ["sms accepted"] * 5)

    with house.workshop.open() as work:
        assert set(work.session.execute(select(Delivery.failures)).scalars()) == {0}


def test_a_refused_account_stops_the_channel_until_its_pause_is_over(
    house: House, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    gateway.behave("status", status=401, times=1)
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 5)]
    with sending(house, quick_settings(sms=sms_settings(gateway, concurrency=1))):
        house.knows(members=members)
        remind(house, *members)
        eventually(lambda: attempts(house) == [("stop", "401")])
        eventlet.sleep(0.4)
        assert gateway.asked() == 1

        later(simulated_clock, seconds=31)
        eventually(lambda: states(house) == ["sms accepted"] * 5)


@pytest.mark.parametrize("encoding", ["json", "form", "query"])
def test_a_gateway_is_told_what_its_settings_say(house: House, gateway: Peer, encoding: str) -> None:
    settings = sms_settings(
        gateway,
        method="GET" if encoding == "query" else "POST",
        encoding=encoding,
        headers={"Authorization": "Bearer of-the-tests"},
        fields={"phone": "{phone}", "content": "{text}", "kind": "notice"},
    )
    with sending(house, quick_settings(sms=settings)):
        member = known(house, name='"},{"x":"&phone=1')
        remind(house, member)
        eventually(lambda: states(house) == ["sms accepted"])

    (taken,) = gateway.received()
    assert (taken["phone"], taken["kind"]) == ("+8613800138000", "notice")
    assert taken["headers"]["Authorization"] == "Bearer of-the-tests"
    assert taken["content"].endswith("没有关系。")


def together(gateway: Peer) -> NotifySettings:
    """Return settings of a gateway that takes many SMS in one call."""
    said = {"together": "messages", "shared": {"account": "city"}, "results_at": "results", "batch": 10}
    return quick_settings(sms=sms_settings(gateway, **said))


def test_many_sms_go_in_one_call_and_each_has_its_own_outcome(house: House, gateway: Peer) -> None:
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 4)]
    house.knows(members=members)
    gateway.behave("code", phone=numbers(1, 2)[0].removeprefix("+86"), code=21)
    with sending(house, together(gateway)) as sender:
        remind(house, *members)
        sender.nudge()
        eventually(lambda: len(attempts(house)) == 4)

    assert sorted(map(str, states(house))) == ["sms accepted"] * 3 + ["sms refused"]
    assert {said["account"] for said in gateway.received()} == {"city"}
    assert ("permanent", "21") in attempts(house)


def test_a_gateway_that_leaves_somebody_out_is_believed_about_nobody(house: House, gateway: Peer) -> None:
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 3)]
    house.knows(members=members)
    gateway.behave("forgetful", phone="all")
    with sending(house, together(gateway)) as sender:
        remind(house, *members)
        sender.nudge()
        eventually(lambda: len(attempts(house)) == 3)

    assert set(states(house)) == {"sms ambiguous"}


def test_a_gateway_that_answers_in_prose_is_read_by_an_expression(house: House, gateway: Peer) -> None:
    gateway.behave("prose")
    settings = sms_settings(gateway, code_at=None, code_pattern="(?P<code>thank)", accepted=("thank",))
    with sending(house, quick_settings(sms=settings)):
        remind(house, known(house))
        eventually(lambda: states(house) == ["sms accepted"])


# -- mail


def mailed(house: House, *addresses: str) -> list[MemberCopy]:
    """Return members who can only be reached by mail."""
    members = [a_member(house.seals, email=address) for address in addresses]
    house.knows(members=members)
    return members


BY_MAIL = {"claim_due_soon.member": ("email",)}


def test_each_recipient_of_a_batch_has_an_answer_of_its_own_on_one_connection(
    house: House, mail: Peer, simulated_clock: SimulatedClock
) -> None:
    settings = quick_settings(smtp_settings(mail, concurrency=1, batch=10), plans=BY_MAIL)
    names = ("li@example.org", "550.wu@example.org", "once451.he@example.org", "552.ma@example.org")
    with sending(house, settings):
        members = mailed(house, *names, "chen@example.org")
        remind(house, *members)
        eventually(lambda: len(attempts(house)) == 5)
        told = {name: states(house, member.id) for name, member in zip(names, members, strict=False)}
        assert told == {
            "li@example.org": ["email accepted"],
            "550.wu@example.org": ["email refused"],
            "once451.he@example.org": ["email failed"],
            "552.ma@example.org": ["email refused"],
        }
        later(simulated_clock, seconds=13)
        eventually(lambda: states(house, members[2].id) == ["email accepted"])

    received = mail.received()
    *at_first, at_last = [taken["to"] for taken in received]
    assert sorted(at_first) == [["chen@example.org"], [names[0]]]
    assert at_last == [names[2]]
    assert len({taken["peer"] for taken in received}) == 1
    assert set(attempts(house)) == {
        ("accepted", "250"),
        ("permanent", "550 5.1.1"),
        ("permanent", "552 5.3.4"),
        ("retry", "451 4.7.1"),
    }


def test_a_mail_says_in_both_forms_what_the_inbox_says(house: House, mail: Peer) -> None:
    with sending(house, quick_settings(smtp_settings(mail), plans=BY_MAIL)):
        (member,) = mailed(house, "li@example.org")
        remind(house, member)
        eventually(lambda: states(house) == ["email accepted"])

    read = message_from_string(mail.received()[0]["mail"], policy=default)
    assert read["Subject"] == "还有3天：“一床厚棉被”"
    assert str(read["From"]) == "心愿树 <wishes@example.org>"
    plain, html = (
        part.get_content() for kind in ("plain", "html") if (part := read.get_body((kind,))) is not None
    )
    ((_, body),) = house.inbox(member_id=member.id)
    assert plain.strip() == body
    assert "<h1" in html


@pytest.mark.parametrize("manner", ["mute", "cut"])
def test_a_mail_that_may_be_out_is_not_sent_again(
    house: House, mail: Peer, simulated_clock: SimulatedClock, manner: str
) -> None:
    with sending(house, quick_settings(smtp_settings(mail, timeout=0.5, batch=2), plans=BY_MAIL)):
        members = mailed(house, f"{manner}.li@example.org", "chen@example.org")
        remind(house, *members)
        eventually(lambda: len(attempts(house)) == 2)
        for _ in range(3):
            later(simulated_clock, hours=1)
            eventlet.sleep(0.2)

    assert states(house, members[0].id) == ["email ambiguous"]
    assert states(house, members[1].id) == ["email accepted"]
    assert len(mail.received()) == 2


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_travels_encrypted_and_signed_in(house: House, security: str) -> None:
    with peer("smtp", "--security", security, "--password", "right") as server:
        trusted = smtp_settings(
            server, security=security, ca_file=server.ca_file, username="us", password="right"
        )
        with sending(house, quick_settings(trusted, plans=BY_MAIL)):
            remind(house, *mailed(house, "li@example.org"))
            eventually(lambda: states(house) == ["email accepted"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"password": "wrong"}, "535 5.7.8"), ({"ca_file": None}, "SSLCertVerificationError")],
)
def test_a_server_that_refuses_us_or_that_we_do_not_trust_stops_the_channel(
    house: House, changes: dict[str, Any], code: str
) -> None:
    with peer("smtp", "--security", "starttls", "--password", "right") as server:
        said = {"security": "starttls", "ca_file": server.ca_file, "username": "us", "password": "right"}
        with sending(house, quick_settings(smtp_settings(server, **(said | changes)), plans=BY_MAIL)):
            remind(house, *mailed(house, "li@example.org"))
            eventually(lambda: attempts(house) == [("stop", code)])

    assert states(house) == ["email planned"]
    assert server.port


def test_units_and_officers_are_written_to(house: House, mail: Peer) -> None:
    with sending(house, quick_settings(smtp_settings(mail))):
        unit = a_unit(house.seals, email="office@example.org")
        officer = an_account(
            house.seals, Role.OFFICER, STREET, email=house.seals.seal("street@example.org"), language="en"
        )
        house.knows(units=[unit], accounts=[officer])
        report: dict[str, Any] = {"report_id": new_id(), "unit_id": unit.id, "period": "2026H2"}
        issued = FeedbackIssued(**report, members=40, taking_part=12, fulfilled=15)
        house.hear(issued, usecases.tell_of_feedback)
        house.hear(FeedbackAnswered(**report, street_path=STREET), usecases.tell_of_reply)
        eventually(lambda: states(house) == ["email accepted"] * 2)

    subjects = {
        mail["to"][0]: message_from_string(mail["mail"], policy=default)["Subject"]
        for mail in mail.received()
    }
    assert subjects == {
        "office@example.org": "2026年下半年双向反馈",
        "street@example.org": "区档案馆 has replied to its report",
    }


# -- codes


def test_a_code_is_sent_and_then_forgotten(house: House, gateway: Peer) -> None:
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        house.hear(a_code(house.seals, new_id()), usecases.tell_of_sign_in_code)
        eventually(lambda: states(house) == ["sms accepted"])

    assert "402913" in gateway.received()[0]["content"]
    with house.workshop.open() as work:
        message = work.session.execute(select(Message)).scalar_one()
        assert (message.parameters, message.address) == ("", None)
    (seen,) = house.workshop.read(ListDeliveries(by=OPERATOR), queries.list_deliveries).items
    assert (seen.state, seen.address) == ("accepted", "")


def test_a_code_whose_time_is_over_is_not_sent(
    house: House, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    house.ways = usecases.Ways(
        {"sms": lines_of(quick_settings(sms=sms_settings(gateway)))["sms"].address},
        {},
        house.ways.versions,
    )
    house.hear(a_code(house.seals, new_id()), usecases.tell_of_sign_in_code)
    later(simulated_clock, minutes=11)

    with sending(house, quick_settings(sms=sms_settings(gateway))):
        eventually(lambda: states(house) == ["sms expired"])

    assert gateway.asked() == 0


def test_a_burst_of_invitations_does_not_delay_a_code(house: House, gateway: Peer) -> None:
    gateway.behave("slow", seconds=0.1)
    settings = quick_settings(sms=sms_settings(gateway, concurrency=1, timeout=5.0))
    with sending(house, settings) as sender:
        house.knows(members=[a_member(house.seals, phone=phone) for phone in numbers(0, 60)])
        house.hear(a_release(), usecases.tell_of_release)
        eventually(lambda: len(gateway.received()) > 3)
        house.hear(a_code(house.seals, new_id()), usecases.tell_of_sign_in_code)
        sender.nudge()
        eventually(lambda: any("402913" in taken["content"] for taken in gateway.received()))
        before = [taken["content"] for taken in gateway.received()]

    assert len(before) < 30


# -- crashes, and many at once


@pytest.fixture
def real_house(workshop_of: Callable[[str], Workshop]) -> House:
    return House(workshop_of("notify"), {})


def planned_reminder(house: House) -> None:
    house.ways = usecases.Ways({"sms": AddressKind.PHONE}, {}, house.ways.versions)
    remind(house, known(house, name="欧阳金丝雀", phone="+8613912345678"))


@pytest.mark.parametrize(("point", "went_out"), [("after_lease", 0), ("after_send", 1)])
def test_a_sender_killed_between_lease_and_record_leaves_a_doubt_and_no_second_sms(
    real_house: House, settings: Settings, gateway: Peer, point: str, went_out: int
) -> None:
    notify = quick_settings(sms=sms_settings(gateway), lease=1.0)
    planned_reminder(real_house)

    crashed = a_sender_of_its_own(settings, notify, crash_at=point)
    _, log = crashed.communicate(timeout=60)

    assert crashed.returncode == 137
    assert len(gateway.received()) == went_out
    assert states(real_house) == ["sms sending"]
    with sending(real_house, notify):
        eventually(lambda: states(real_house) == ["sms ambiguous"])
        eventlet.sleep(1)
    assert len(gateway.received()) == went_out
    assert attempts(real_house) == [("ambiguous", "lease_ran_out")]
    assert figures(real_house).in_doubt == 1
    assert "金丝雀" not in log


def test_a_sender_killed_before_it_sent_what_must_be_heard_is_made_up_for(
    real_house: House, settings: Settings, gateway: Peer
) -> None:
    notify = quick_settings(sms=sms_settings(gateway), lease=1.0, doubt=0.5)
    real_house.ways = usecases.Ways({"sms": AddressKind.PHONE}, {}, real_house.ways.versions)
    resident = a_resident(real_house.seals)
    real_house.knows(residents=[resident])
    event = WishesSubmitted(wishes=[taken_in(real_house, resident.id)])
    real_house.hear(event, usecases.tell_of_wishes_submitted)

    a_sender_of_its_own(settings, notify, crash_at="after_lease").communicate(timeout=60)
    with sending(real_house, notify):
        eventually(lambda: states(real_house) == ["sms accepted"], within=20)

    assert len(gateway.received()) == 1


def test_no_log_of_a_failing_sender_names_anybody(
    real_house: House, settings: Settings, gateway: Peer
) -> None:
    notify = quick_settings(sms=sms_settings(gateway, timeout=0.3), delays=(0.1,), tries=2, pause=0.2)
    planned_reminder(real_house)
    gateway.behave("status", status=401, times=1)
    process = a_sender_of_its_own(settings, notify)
    eventually(lambda: ("stop", "401") in attempts(real_house), within=30)
    gateway.behave("mute", times=1)
    eventually(lambda: states(real_house) == ["sms ambiguous"], within=30)
    process.terminate()
    _, log = process.communicate(timeout=30)

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
        eventually(lambda: figures(real_house).accepted == 150, within=60)
    other.terminate()
    other.communicate(timeout=30)

    assert len(gateway.received()) == 150
    assert len({taken["id"] for taken in gateway.received()}) == 150
    assert figures(real_house).duplicates == 0


@pytest.mark.slow
def test_a_release_survives_senders_killed_in_its_midst_and_everybody_ends_in_one_state(
    real_house: House, settings: Settings, gateway: Peer
) -> None:
    notify = quick_settings(sms=sms_settings(gateway, timeout=5.0), lease=2.0)
    real_house.ways = usecases.Ways({"sms": AddressKind.PHONE}, {}, real_house.ways.versions)
    real_house.knows(members=[a_member(real_house.seals, phone=phone) for phone in numbers(0, 400)])
    real_house.hear(a_release(), usecases.tell_of_release)
    gateway.behave("slow", seconds=0.05)

    for killed in range(1, 4):
        process = a_sender_of_its_own(settings, notify)
        eventually(partial(has_received, gateway, killed * 60), within=40)
        process.kill()
        process.communicate(timeout=30)
    gateway.behave("ok")
    with sending(real_house, notify):
        eventually(lambda: figures(real_house).under_way == 0, within=60)

    standing = figures(real_house)
    assert standing.accepted + standing.in_doubt == 400
    assert standing.in_doubt <= 3 * 8
    assert (standing.lost, standing.failed, standing.duplicates) == (0, 0, 0)
    ids = [taken["id"] for taken in gateway.received()]
    assert len(ids) == len(set(ids))
    assert len(ids) >= standing.accepted


def has_received(gateway: Peer, number: int) -> bool:
    return len(gateway.received()) >= number


def test_no_connection_of_the_database_is_held_while_a_gateway_takes_its_time(
    house: House, gateway: Peer
) -> None:
    gateway.behave("slow", seconds=1.0)
    with sending(house, quick_settings(sms=sms_settings(gateway, timeout=5.0))):
        remind(house, known(house))
        eventually(lambda: len(gateway.received()) == 1)
        held = [house.workshop.engine.pool.checkedout() for _ in range(20) if eventlet.sleep(0.02) is None]  # type: ignore[attr-defined]
        eventually(lambda: states(house) == ["sms accepted"])

    assert min(held) == 0


def test_a_channel_that_never_comes_back_is_cut_off_within_its_lease(house: House, gateway: Peer) -> None:
    gateway.behave("mute", seconds=6.0)
    with sending(house, quick_settings(sms=sms_settings(gateway, timeout=30.0), lease=1.0)):
        remind(house, known(house))
        eventually(lambda: attempts(house) == [("ambiguous", "cut_off")])

    assert states(house) == ["sms ambiguous"]


# -- operators


def test_an_operator_puts_the_cause_right_and_tries_again(house: House, gateway: Peer) -> None:
    gateway.behave("code", code="21", times=1)
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        remind(house, known(house))
        eventually(lambda: states(house) == ["sms refused"])
        (seen,) = house.workshop.read(ListDeliveries(by=OPERATOR), queries.list_deliveries).items
        again = RetryDelivery(by=OPERATOR, delivery_id=seen.id, key="once")

        house.workshop.run(again, usecases.retry_delivery)
        eventually(lambda: states(house) == ["sms accepted"])
        house.workshop.run(again, usecases.retry_delivery)

    (seen,) = house.workshop.read(ListDeliveries(by=OPERATOR), queries.list_deliveries).items
    assert [attempt.outcome for attempt in seen.attempts] == ["permanent", "accepted"]
    assert len(gateway.received()) == 1


def test_what_went_another_way_is_not_tried_again(house: House, gateway: Peer, mail: Peer) -> None:
    gateway.behave("code", code="21", times=1)
    with sending(house, quick_settings(smtp_settings(mail), sms_settings(gateway))):
        remind(house, known(house, email="wang@example.org"))
        eventually(lambda: states(house) == ["sms refused", "email accepted"])
        listed = ListDeliveries(by=OPERATOR, state="refused")
        (seen,) = house.workshop.read(listed, queries.list_deliveries).items

        with pytest.raises(NoLongerNeeded):
            house.workshop.run(RetryDelivery(by=OPERATOR, delivery_id=seen.id), usecases.retry_delivery)


def test_a_message_that_cannot_be_written_is_refused_and_its_neighbours_go_out(
    house: House, gateway: Peer
) -> None:
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 3)]
    with sending(house, quick_settings(sms=sms_settings(gateway, batch=3))) as sender:
        house.knows(members=members)
        with house.workshop.open() as work:  # the copy is damaged: no key of ours opens it
            damaged = text("UPDATE notify.recipient SET phone = 'k1.AAAA' WHERE id = :id")
            work.session.execute(damaged, {"id": members[1].id})
        remind(house, *members)
        sender.nudge()
        eventually(lambda: len(attempts(house)) == 3)

    assert states(house, members[1].id) == ["sms refused"]
    assert len(gateway.received()) == 2
    assert ("permanent", "BrokenSeal") in attempts(house)


# -- a channel of somebody else


PIGEON = """
from services.notify.channels import AddressKind
from services.notify.domain import Outcome, Verdict

class Pigeon:
    name, provider, address, batch, concurrency = "pigeon", "loft", AddressKind.PHONE, 10, 1
    def __init__(self, told):
        self.loft = open(told["loft"], "a")
    def send(self, parcels):
        for parcel in parcels:
            self.loft.write(parcel.title + chr(10))
        self.loft.flush()
        return {parcel.delivery_id: Outcome(Verdict.ACCEPTED, "flown") for parcel in parcels[:-1]}
    def parts(self, parcel):
        return 1
    def close(self):
        self.loft.close()
"""


@pytest.fixture
def pigeon_package(tmp_path: Path) -> Iterator[Path]:
    """A package as a third party would install it: a module, and an entry point in its metadata."""
    (tmp_path / "pigeon_post.py").write_text(PIGEON)
    described = tmp_path / "pigeon_post-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon-post\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text("[wishtree.channels]\npigeon = pigeon_post:Pigeon\n")
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    sys.modules.pop("pigeon_post", None)


def test_a_package_brings_a_channel_and_what_it_leaves_unsaid_is_in_doubt(
    house: House, pigeon_package: Path
) -> None:
    settings = quick_settings(
        channels={"pigeon": {"loft": str(pigeon_package / "loft")}},
        plans={"claim_due_soon.member": ("pigeon",)},
    )
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 3)]
    with sending(house, settings) as sender:
        house.knows(members=members)
        remind(house, *members)
        sender.nudge()
        eventually(lambda: len(attempts(house)) == 3)

    assert sorted(map(str, states(house))) == ["pigeon accepted", "pigeon accepted", "pigeon ambiguous"]
    assert len((pigeon_package / "loft").read_text().splitlines()) == 3


def test_a_channel_described_wrongly_is_refused_by_name(gateway: Peer) -> None:
    with pytest.raises(WrongSettings, match="pigeon"):
        lines_of(NotifySettings(channels={"pigeon": {}}))


def test_a_plan_for_something_that_nobody_is_told_is_refused(house: House) -> None:
    with (
        pytest.raises(WrongSettings, match=r"weather\.member"),
        sending(house, quick_settings(plans={"weather.member": ("sms",)})),
    ):
        pass


def taken_in(house: House, resident_id: UUID) -> WishTaken:
    return WishTaken(
        wish_id=new_id(),
        code="XY-1234",
        resident_id=resident_id,
        community_id=new_id(),
        area_path=COMMUNITY,
        title=house.seals.seal("一床厚棉被"),
        confirmation_code=house.seals.seal("830461"),
    )


def a_release() -> ReleaseCompleted:
    return ReleaseCompleted(
        release_id=new_id(),
        period="2026-12",
        area_id=new_id(),
        area_path="/zk/ch/",
        area_name="川汇区",
        released=212,
        carried_over=9,
    )
