"""What is registered with SMS accounts: what is not approved stays at home, what nobody uses is noticed."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from services.chassis.clock import SimulatedClock
from services.chassis.refusals import NotPermitted
from services.chassis.rights import Actor, Grant, Role
from services.chassis.settings import WrongSettings
from services.notify.channels.providers import lines_of
from services.notify.channels.registry import HasRegistry
from services.notify.contracts import CheckWords, SeeChannels, WordsChecked
from services.notify.models import Override, TemplateUse
from services.notify.queries import channels as queries_of_channels
from services.notify.queries.standing import uses_of
from services.notify.sender.bookkeeper import note_uses
from services.notify.settings import NotifySettings
from tests.support.notify import OPERATOR, STREET, TEMPLATES, House
from tests.support.notify_sending import attempts, eventually, known, later, quick_settings, remind, sending
from tests.support.sms_accounts import (
    ALIYUN_TEMPLATES,
    aliyun_channel,
    aliyun_section,
    codes,
    reminder,
    sent,
)
from tests.support.vendors import Vendor

IN_OTHER_NAME = ALIYUN_TEMPLATES[0] | {"signature": "川汇区民政"}


def in_state(state: str, *others: dict[str, Any]) -> list[dict[str, Any]]:
    return [ALIYUN_TEMPLATES[0] | {"state": state}, *others]


def approved_on(day: str, *templates: dict[str, Any]) -> list[dict[str, Any]]:
    return [template | {"approved_on": day} for template in templates or ALIYUN_TEMPLATES]


def checked(house: House, aliyun: Vendor, **changes: Any) -> WordsChecked:
    """Return what the check of the words finds with one account, whose templates were approved lately."""
    section = {"templates": approved_on("2026-10-20")} | changes
    lines = lines_of(NotifySettings(channels={"aliyun": aliyun_section(aliyun, **section)}))
    answer: WordsChecked = house.workshop.read(
        CheckWords(by=OPERATOR), partial(queries_of_channels.check_words, TEMPLATES, lines)
    )
    return answer


# -- how a template stands


@pytest.mark.parametrize("state", ["pending", "rejected", "lapsed"])
def test_the_next_fitting_template_goes_out_for_one_that_is_not_approved(aliyun: Vendor, state: str) -> None:
    outcomes = sent(aliyun_channel(aliyun, templates=in_state(state, ALIYUN_TEMPLATES[1])), reminder())

    assert codes(outcomes) == [("accepted", "OK")]
    assert [message["template"] for message in aliyun.accepted()] == ["SMS_2"]


def test_what_has_no_approved_template_is_refused_before_anything_is_sent(aliyun: Vendor) -> None:
    outcomes = sent(aliyun_channel(aliyun, templates=in_state("pending")), reminder())

    assert codes(outcomes) == [("elsewhere", "template_not_approved")]
    assert aliyun.calls() == []


def test_a_state_that_there_is_not_keeps_the_service_from_starting(aliyun: Vendor) -> None:
    with pytest.raises(WrongSettings, match="state"):
        aliyun_channel(aliyun, templates=in_state("approvd"))


# -- signatures


def test_a_registered_signature_of_its_own_is_used(aliyun: Vendor) -> None:
    channel = aliyun_channel(aliyun, templates=[IN_OTHER_NAME], signatures=[{"name": "川汇区民政"}])

    assert isinstance(channel, HasRegistry)
    assert channel.parts(reminder()) == 1


@pytest.mark.parametrize(
    ("signatures", "said"),
    [
        ([], "Register it with the provider"),
        ([{"name": "别的签名"}], "use one of"),
        ([{"name": "川汇区民政", "state": "pending"}], "is pending"),
    ],
)
def test_a_signature_that_is_not_registered_keeps_the_service_from_starting(
    aliyun: Vendor, signatures: list[dict[str, str]], said: str
) -> None:
    with pytest.raises(WrongSettings, match="川汇区民政") as refused:
        aliyun_channel(aliyun, templates=[IN_OTHER_NAME], signatures=signatures)

    assert said in str(refused.value)


# -- the last use


def test_the_last_use_of_a_template_is_kept_and_never_goes_back(house: House, aliyun: Vendor) -> None:
    settings = quick_settings(channels={"aliyun": aliyun_section(aliyun)})
    with sending(house, settings) as sender:
        member = known(house, phone="+8613800138000")
        remind(house, member)
        sender.nudge()
        eventually(lambda: house.told(member.id)[0][2] == "sms accepted")

    with house.workshop.open() as work:
        (used,) = work.session.execute(select(TemplateUse)).scalars()
        assert (used.provider, used.template) == ("aliyun", "SMS_1")
        last = used.used_at
        note_uses(work.session, "aliyun", {"SMS_1": last - timedelta(days=1), "SMS_2": last})
        assert uses_of(work.session, "aliyun") == {"SMS_1": last, "SMS_2": last}


def test_a_template_that_nobody_used_for_five_months_is_told_of_before_it_lapses(
    house: House, aliyun: Vendor, simulated_clock: SimulatedClock
) -> None:
    with house.workshop.open() as work:
        note_uses(work.session, "aliyun", {"SMS_1": datetime(2026, 11, 2, tzinfo=UTC)})
    fresh = checked(house, aliyun)
    later(simulated_clock, days=154)
    others = approved_on("2026-11-20", *ALIYUN_TEMPLATES[1:])
    stale = checked(house, aliyun, templates=[ALIYUN_TEMPLATES[0], *others])

    assert fresh.problems == []
    assert [(one.where, one.problem, one.detail) for one in stale.problems] == [
        ("aliyun SMS_1 claim_due_soon.member zh", "lapses", "2027-05-04")
    ]
    assert {one.id: one.last_used_at is not None for one in stale.templates} == {
        "SMS_1": True,
        "SMS_2": False,
        "SMS_3": False,
        "SMS_4": False,
    }


def test_a_template_that_was_never_used_lapses_half_a_year_after_its_approval(
    house: House, aliyun: Vendor, simulated_clock: SimulatedClock
) -> None:
    told = {"templates": approved_on("2026-10-20", ALIYUN_TEMPLATES[0])}
    fresh = checked(house, aliyun, **told)
    later(simulated_clock, days=140)
    soon = checked(house, aliyun, **told)
    later(simulated_clock, days=30)
    late = checked(house, aliyun, **told)
    unsaid = checked(house, aliyun, templates=ALIYUN_TEMPLATES[:1])

    found = [[(one.problem, one.detail) for one in each.problems] for each in (fresh, soon, late, unsaid)]
    assert found == [
        [],
        [("lapses", "2027-04-21")],
        [("lapsed", "2027-04-21")],
        [("approved_on_missing", "")],
    ]


def test_a_lapsed_template_is_refused_before_anything_is_sent(aliyun: Vendor) -> None:
    channel = aliyun_channel(aliyun, templates=approved_on("2026-10-20", *ALIYUN_TEMPLATES[:2]))
    assert isinstance(channel, HasRegistry)
    now = datetime(2027, 5, 1, tzinfo=UTC)

    channel.registry.know_uses({}, now)
    refused = codes(sent(channel, reminder()))
    channel.registry.know_uses({"SMS_2": now - timedelta(days=10)}, now)
    instead = codes(sent(channel, reminder()))
    channel.registry.know_uses({"SMS_1": now, "SMS_2": now}, now)
    again = codes(sent(channel, reminder()))

    assert (refused, instead, again) == (
        [("elsewhere", "template_lapsed")],
        [("accepted", "OK")],
        [("accepted", "OK")],
    )
    assert [message["template"] for message in aliyun.accepted()] == ["SMS_2", "SMS_1"]


def test_what_was_told_in_a_template_is_told_in_another_once_that_has_lapsed(aliyun: Vendor) -> None:
    channel, parcel = aliyun_channel(aliyun, templates=ALIYUN_TEMPLATES[:2]), reminder()
    assert isinstance(channel, HasRegistry)
    now = datetime(2027, 5, 1, tzinfo=UTC)

    sent(channel, parcel)
    channel.registry.know_uses({"SMS_1": now - timedelta(days=183)}, now)
    sent(channel, parcel)

    assert [message["template"] for message in aliyun.accepted()] == ["SMS_1", "SMS_2"]


def test_what_the_vendor_refused_is_no_use_of_a_template(aliyun: Vendor) -> None:
    channel = aliyun_channel(aliyun)
    assert isinstance(channel, HasRegistry)
    aliyun.behave("code", for_="13900000000", code="isv.BUSINESS_LIMIT_CONTROL")

    sent(channel, reminder())
    assert channel.registry.take_uses() == {}
    sent(channel, reminder("+8613900000001"))
    assert list(channel.registry.take_uses()) == ["SMS_1"]


def test_a_sender_knows_from_its_first_message_on_what_has_lapsed(
    house: House, aliyun: Vendor, simulated_clock: SimulatedClock
) -> None:
    with house.workshop.open() as work:
        note_uses(work.session, "aliyun", {"SMS_1": datetime(2026, 4, 1, tzinfo=UTC)})
    section = aliyun_section(aliyun, templates=ALIYUN_TEMPLATES[:1])
    with sending(house, quick_settings(channels={"aliyun": section})) as sender:
        remind(house, known(house))
        sender.nudge()
        eventually(lambda: attempts(house))

    assert attempts(house) == [("elsewhere", "template_lapsed")]
    assert aliyun.calls() == []
    days_left = REGISTRY.get_sample_value(
        "wishtree_template_days_left", {"provider": "aliyun", "template": "SMS_1"}
    )
    assert days_left is not None
    assert -33 < days_left < -31


# -- the check


def test_the_check_looks_at_words_of_areas_too(house: House, aliyun: Vendor) -> None:
    with house.workshop.open() as work:
        said = {"topic": "claim_due_soon", "kind": "member", "language": "zh", "title": "{{ gone }}"}
        work.session.add(
            Override(
                area_id=OPERATOR.account_id,
                area_path=STREET,
                put_in_force_at=datetime(2026, 11, 2, tzinfo=UTC),
                **said,
            )
        )

    found = checked(house, aliyun)

    assert found.overrides == 1
    (problem,) = found.problems
    assert (problem.where, problem.problem) == (
        f"{STREET} claim_due_soon.member.zh.j2",
        "notify.unknown_word",
    )


def test_only_operators_of_the_whole_house_see_channels_and_checks(house: House) -> None:
    officer = Actor(account_id=OPERATOR.account_id, grants=(Grant(Role.OFFICER, "/"),))
    with pytest.raises(NotPermitted):
        house.workshop.read(CheckWords(by=officer), partial(queries_of_channels.check_words, TEMPLATES, {}))
    with pytest.raises(NotPermitted):
        house.workshop.read(SeeChannels(by=officer), partial(queries_of_channels.see_channels, {}))
