"""Several providers of one channel: the best goes first, the next takes over, and the first comes back."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from services.chassis.clock import SimulatedClock
from services.chassis.settings import WrongSettings
from services.claims.contracts import ClaimsDueSoon
from services.notify import usecases
from services.notify.channels.providers import lines_of
from services.notify.models import Attempt
from services.notify.settings import NotifySettings
from tests.support.notify import House
from tests.support.notify_people import a_member, a_reminder
from tests.support.notify_sending import eventually, later, numbers, quick_settings, sending, sms_settings
from tests.support.peers import Peer


def two_gateways(gateways: tuple[Peer, Peer], **changes: Any) -> NotifySettings:
    """Return settings of two gateways, of which the second in the file is the best."""
    first, second = (
        {"kind": "sms_http"}
        | msgspec.to_builtins(sms_settings(gateway, **({"concurrency": 1, "timeout": 20.0} | changes)))
        for gateway in gateways
    )
    return quick_settings(channels={"spare": second, "best": first}, providers={"sms": ("best", "spare")})


def remind(house: House, number: int, start: int = 0) -> None:
    members = [a_member(house.seals, phone=phone) for phone in numbers(start, number)]
    house.knows(members=members)
    reminders = [a_reminder(member.id, 3) for member in members]
    house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)


def attempts(house: House) -> list[tuple[str, str, str]]:
    with house.workshop.open() as work:
        made = select(Attempt.provider, Attempt.outcome, Attempt.code).order_by(Attempt.id)
        return [(provider, outcome, code) for provider, outcome, code in work.session.execute(made)]


def are_out(house: House, number: int) -> bool:
    return [how for _, _, how in house.told()].count("sms accepted") == number


def test_the_best_provider_carries_everything_while_it_can(house: House, gateways: tuple[Peer, Peer]) -> None:
    with sending(house, two_gateways(gateways)):
        remind(house, 3)
        eventually(lambda: are_out(house, 3))

    assert attempts(house) == [("best", "accepted", "0")] * 3
    assert gateways[1].asked() == 0


@pytest.mark.parametrize(
    "manner", [{"status": 401}, {"status": 429, "headers": {"Retry-After": "40"}}], ids=["stop", "wait"]
)
def test_a_refused_account_hands_over_at_once_and_gets_its_work_back_after_its_pause(
    house: House, gateways: tuple[Peer, Peer], simulated_clock: SimulatedClock, manner: dict[str, Any]
) -> None:
    gateways[0].behave("status", times=1, **manner)
    with sending(house, two_gateways(gateways)):
        remind(house, 1)
        eventually(lambda: len(attempts(house)) == 1)
        later(simulated_clock, seconds=2)
        eventually(lambda: are_out(house, 1))
        assert [provider for provider, _, _ in attempts(house)] == ["best", "spare"]

        later(simulated_clock, seconds=50)
        remind(house, 1, start=5)
        eventually(lambda: are_out(house, 2))

    assert [provider for provider, _, _ in attempts(house)] == ["best", "spare", "best"]


def test_a_provider_that_fails_call_by_call_is_left_alone_for_a_while(
    house: House, gateways: tuple[Peer, Peer], simulated_clock: SimulatedClock
) -> None:
    gateways[0].behave("status", status=503)
    with sending(house, two_gateways(gateways)):
        remind(house, 8)
        eventually(lambda: len(attempts(house)) == 8)
        later(simulated_clock, seconds=15)
        eventually(lambda: are_out(house, 8))

    failed = [provider for provider, outcome, _ in attempts(house) if outcome == "retry"]
    assert failed == ["best"] * 3
    assert len(gateways[1].received()) == 8


def test_a_provider_that_takes_and_answers_nobody_is_left_alone_too(
    house: House, gateways: tuple[Peer, Peer]
) -> None:
    gateways[0].behave("cut")
    with sending(house, two_gateways(gateways)):
        remind(house, 8)
        eventually(lambda: len(attempts(house)) == 8)

    made = [(provider, outcome) for provider, outcome, _ in attempts(house)]
    assert made.count(("best", "ambiguous")) == 3
    assert made.count(("spare", "accepted")) == 5
    assert (len(gateways[0].received()), len(gateways[1].received())) == (3, 5)


def test_what_may_be_out_is_not_handed_to_the_next_provider(
    house: House, gateways: tuple[Peer, Peer], simulated_clock: SimulatedClock
) -> None:
    gateways[0].behave("mute")
    with sending(house, two_gateways(gateways, timeout=0.3)):
        remind(house, 3)
        eventually(lambda: len(attempts(house)) == 3)
        later(simulated_clock, hours=1)
        eventually(lambda: {how for _, _, how in house.told()} == {"sms unknown"})

    assert gateways[1].asked() == 0


def test_an_order_that_names_somebody_who_does_not_carry_the_channel_is_refused(
    gateways: tuple[Peer, Peer],
) -> None:
    settings = two_gateways(gateways)

    for order in ({"sms": ("pigeon",)}, {"email": ("best",)}):
        with pytest.raises(WrongSettings, match=r"services\.notify\.providers"):
            lines_of(msgspec.structs.replace(settings, providers=order))


def test_two_sections_for_one_name_are_refused(gateways: tuple[Peer, Peer]) -> None:
    described = msgspec.to_builtins(sms_settings(gateways[0]))
    settings = quick_settings(sms=sms_settings(gateways[0]), channels={"sms_http": described}, providers={})

    with pytest.raises(WrongSettings, match="one name"):
        lines_of(settings)
