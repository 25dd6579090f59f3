"""Senders killed in the midst of a burst: everybody ends in one state, and nobody is told twice."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.domain.doubts import ASKED_PATIENTLY
from services.notify.settings import NotifySettings
from tests.support.burst_gateway import BurstGateway, burst_gateway
from tests.support.notify import House
from tests.support.notify_people import a_member
from tests.support.notify_sending import (
    a_release,
    a_sender_of_its_own,
    eventually,
    figures,
    quick_settings,
    sending,
)
from tests.support.sms_accounts import TENCENT_TEMPLATES
from tests.support.vendor_sms import APP_ID, KEY_ID, KEY_SECRET, SIGNATURE

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

PEOPLE, KILLS, BATCH, HANDS, PIECE = 1_500, 10, 25, 2, 200


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop]) -> House:
    return House(workshop_of("notify"), {"sms": AddressKind.PHONE})


@pytest.fixture
def gateway() -> Iterator[BurstGateway]:
    with burst_gateway() as (running, _):
        yield running


def settings_with(gateway: BurstGateway) -> NotifySettings:
    account: dict[str, Any] = {
        "endpoint": gateway.url,
        "key_id": KEY_ID,
        "key_secret": KEY_SECRET,
        "app_id": APP_ID,
        "signature": SIGNATURE,
        "templates": TENCENT_TEMPLATES,
        "timeout": 60.0,
        "batch": BATCH,
        "concurrency": HANDS,
    }
    return quick_settings(channels={"tencent": account}, lease=10.0, at_once=PIECE)


def test_a_burst_survives_ten_senders_killed_in_its_midst(
    house: House, settings: Settings, gateway: BurstGateway
) -> None:
    notify = settings_with(gateway)
    house.knows(members=[a_member(house.seals, phone=f"+86139{number:06d}21") for number in range(PEOPLE)])
    house.ways = replace(house.ways, at_once=PIECE)
    house.hear(a_release(), usecases.tell_of_release)  # whoever is killed has written some of the rest

    for killed in range(1, KILLS + 1):
        process = a_sender_of_its_own(settings, notify)
        eventually(partial(has_taken, gateway, killed * PEOPLE // (2 * KILLS)))
        process.kill()
        process.communicate(timeout=60)
    with sending(house, notify):
        eventually(lambda: figures(house).under_way == 0, within=200)
        ask_now(house)
        told = len(gateway.read("taken"))
        eventually(lambda: figures(house).accepted >= told, within=200)
        let_the_doubts_last(house)
        eventually(lambda: figures(house).in_doubt == 0, within=200)

    taken, standing = gateway.read("taken"), figures(house)
    assert max(taken.values()) == 1
    assert (standing.lost, standing.failed, standing.duplicates) == (0, 0, 0)
    assert standing.accepted == len(taken)  # whoever was told counts as told, the killed senders' too
    assert standing.accepted + standing.unknown == PEOPLE
    assert standing.unknown <= KILLS * BATCH * HANDS  # lent, never sent: only a receipt proves anything


def has_taken(gateway: BurstGateway, number: int) -> bool:
    return bool(gateway.read("figures")["accepted"] >= number)


def ask_now(house: House) -> None:
    """Let the time come to ask about every doubt."""
    execute(house, "UPDATE notify.attempt SET at = at - interval '2 minutes' WHERE outcome = 'ambiguous'")


def let_the_doubts_last(house: House) -> None:
    """Let every question have been asked in vain, and the time for its answer be over."""
    execute(
        house,
        f"""UPDATE notify.delivery SET asks = {len(ASKED_PATIENTLY)}, asked_at = now() - interval '9 hours',
            due_at = due_at - interval '9 hours' WHERE state = 'ambiguous'""",
    )


def execute(house: House, statement: str) -> None:
    with house.workshop.engine.begin() as connection:
        connection.execute(text(statement))
