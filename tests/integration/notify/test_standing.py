"""How channels stand: what waits, who rests, the last hour, doubts and receipts that did not come."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from time import time

from prometheus_client import REGISTRY
from sqlalchemy import update

from services.chassis import clock
from services.notify.channels.providers import Line, lines_of
from services.notify.contracts import ChannelStanding, SeeChannels
from services.notify.measures import begun_at, first_id_of
from services.notify.models import Delivery
from services.notify.queries import channels as queries_of_channels
from services.notify.sender import Sender
from services.notify.settings import ReceiptSettings
from tests.support.notify import OPERATOR, House
from tests.support.notify_sending import (
    eventually,
    has_attempts,
    known,
    numbers,
    planned_reminder,
    quick_settings,
    remind,
    sending,
    sms_settings,
)
from tests.support.peers import Peer


def standing(house: House, sender: Sender) -> ChannelStanding:
    """Return how the only channel stands."""
    see = partial(queries_of_channels.see_channels, sender.lines)
    (channel,) = house.workshop.read(SeeChannels(by=OPERATOR), see).items
    return channel


def told_members(house: House, sender: Sender, count: int) -> None:
    remind(house, *(known(house, phone=phone) for phone in numbers(0, count)))
    sender.nudge()


def test_what_came_of_the_last_hour_is_counted_by_provider(house: House, gateway: Peer) -> None:
    with sending(house, quick_settings(sms=sms_settings(gateway))) as sender:
        gateway.behave("code", code="21", phone=numbers(0, 1)[0].removeprefix("+86"))
        told_members(house, sender, 3)
        eventually(lambda: has_attempts(house, 3))
        (provider,) = standing(house, sender).providers

    assert (provider.provider, provider.accepted, provider.failed) == ("http", 2, 1)
    assert (provider.ambiguous, provider.receipts_missing, provider.rests_until) == (0, 0, None)


def test_a_refused_account_is_shown_resting_and_what_waits_for_it(house: House, gateway: Peer) -> None:
    with sending(house, quick_settings(sms=sms_settings(gateway))) as sender:
        gateway.behave("code", code="99")
        told_members(house, sender, 2)
        eventually(lambda: standing(house, sender).providers[0].rests_until)
        eventually(lambda: has_attempts(house, 2))
        with house.workshop.open() as work:
            work.session.execute(update(Delivery).values(due_at=clock.now() - timedelta(minutes=1)))
        channel = standing(house, sender)

    assert channel.waiting["service"] == 2
    assert channel.oldest_due_at == clock.now() - timedelta(minutes=1)
    assert channel.providers[0].rests_until == clock.now() + timedelta(seconds=30)


def test_receipts_are_missed_of_providers_that_send_some(house: House, gateway: Peer) -> None:
    receipts = ReceiptSettings(mark="id", code="status", arrived=("1",))
    told = sms_settings(gateway, receipt_token="a-token-that-nobody-can-guess", receipts=receipts)
    hears, deaf = (lines_of(quick_settings(sms=sms)) for sms in (told, sms_settings(gateway)))
    planned_reminder(house)
    missing = [missing_of(house, hears)]
    for hours in (0.5, 2, 80):
        with house.workshop.open() as work:
            accepted = {"state": "accepted", "provider": "http"}
            work.session.execute(update(Delivery).values(id=first_id_of(time() - hours * 3600), **accepted))
        missing.append(missing_of(house, hears))
    with house.workshop.open() as work:
        work.session.execute(update(Delivery).values(id=first_id_of(time() - 7200)))

    assert missing == [0, 0, 1, 0]
    assert (missing_of(house, hears), missing_of(house, deaf)) == (1, 0)


def missing_of(house: House, lines: Mapping[str, Line]) -> int:
    """Return how many receipts are missed of the only provider."""
    see = partial(queries_of_channels.see_channels, lines)
    (channel,) = house.workshop.read(SeeChannels(by=OPERATOR), see).items
    return channel.providers[0].receipts_missing


def test_outcomes_and_waits_are_measured_by_provider_and_lane(house: House, gateway: Peer) -> None:
    labels = {"channel": "sms", "provider": "http", "lane": "service"}

    def measured() -> tuple[float, float, float]:
        accepted = REGISTRY.get_sample_value(
            "wishtree_delivery_attempts_total", labels | {"outcome": "accepted"}
        )
        waits = REGISTRY.get_sample_value("wishtree_delivery_wait_seconds_count", labels)
        return (
            accepted or 0,
            waits or 0,
            REGISTRY.get_sample_value("wishtree_delivery_call_seconds_count", labels) or 0,
        )

    before = measured()
    with sending(house, quick_settings(sms=sms_settings(gateway))) as sender:
        told_members(house, sender, 2)
        eventually(lambda: has_attempts(house, 2))

    accepted, waits, calls = (now - then for now, then in zip(measured(), before, strict=True))
    assert (accepted, waits, calls) == (2, 2, 2)
    resting = {"channel": "sms", "provider": "http"}
    assert REGISTRY.get_sample_value("wishtree_provider_resting", resting) == 0
    assert REGISTRY.get_sample_value("wishtree_deliveries_waiting", {"channel": "sms", "lane": "urgent"}) == 0


def test_an_id_says_when_it_was_made_and_a_time_says_which_ids_follow() -> None:
    early, late = first_id_of(1_800_000_000.5), first_id_of(1_800_000_001)

    assert begun_at(early) == 1_800_000_000.5
    assert early < late
