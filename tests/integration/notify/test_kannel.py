"""SMS through a real Kannel: described in the settings, receipts by GET at our own door, over HTTP."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from services.chassis.hosting import House as Place
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.gateway.service import GatewayService
from services.notify.channels import AddressKind
from services.notify.channels.sms_http import SmsHttpChannel
from services.notify.domain import Outcome, Verdict
from services.notify.service import NotifyService
from services.notify.settings import SmsSettings
from tests.support.database import settings_for
from tests.support.gateway import Client
from tests.support.kannel import TOKEN, Kannel, kannel
from tests.support.notify import House
from tests.support.notify_sending import (
    attempts,
    eventually,
    has_attempts,
    known,
    quick_settings,
    remind,
    states,
)
from tests.support.rabbitmq import free_ports
from tests.support.sms_accounts import reminder

ARRIVES, REFUSED_LATER, LEADS_NOWHERE = "+8613800138000", "+8617000138000", "+8617100138000"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    with kannel(tmp_path_factory.mktemp("kannel")) as gateway:
        yield gateway


@pytest.fixture
def door() -> int:
    """The port of the web, known before it is open, since it stands in the settings."""
    return free_ports(1)[0]


@pytest.fixture
def house(database_url: str, running: Kannel, door: int) -> Iterator[House]:
    """A house that sends through Kannel and hears its receipts at its own web server."""
    sms = running.settings(f"http://127.0.0.1:{door}/api/v1/receipts/http")
    notify = msgspec.to_builtins(quick_settings(sms=sms))
    settings: Settings = settings_for(
        database_url, address=f"127.0.0.1:{door}", services={"notify": notify, "gateway": {}}
    )
    place = Place(settings, [NotifyService, GatewayService])
    place.start()
    try:
        yield House(Workshop(settings, NotifyService.tables), {"sms": AddressKind.PHONE})
    finally:
        place.stop()


def test_what_arrived_and_what_did_not_is_known_from_the_receipts(house: House, running: Kannel) -> None:
    arrives, fails = (known(house, phone=phone) for phone in (ARRIVES, REFUSED_LATER))

    remind(house, arrives, fails)

    eventually(lambda: states(house, arrives.id) == ["sms delivered"])
    eventually(lambda: states(house, fails.id) == ["sms refused"])
    eventually(lambda: has_attempts(house, 4))  # a receipt may be quicker than the answer to the call
    assert sorted(attempts(house)) == [
        ("accepted", "0:"),
        ("accepted", "0:"),
        ("accepted", "receipt:1"),
        ("permanent", "receipt:16"),
    ]
    (text,) = [text for to, text in running.delivered() if to == ARRIVES]
    assert text.startswith("【心愿树】")
    assert "一床厚棉被" in text


def test_one_number_that_leads_nowhere_does_not_stop_the_account(running: Kannel) -> None:
    channel = SmsHttpChannel(running.settings("http://127.0.0.1:1/nowhere"))
    parcel = reminder(LEADS_NOWHERE)

    outcomes = channel.send([parcel])
    channel.close()

    assert outcomes[parcel.delivery_id] == Outcome(Verdict.PERMANENT, "other")


def test_the_guide_for_operators_describes_it_as_it_is_tried_here(running: Kannel) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "operate.md").read_text(encoding="utf-8")
    shown, *_ = re.findall(r"```toml\n(\[services\.notify\.sms\].*?)```", guide, re.DOTALL)
    described = msgspec.toml.decode(shown)["services"]["notify"]["sms"]
    tried = msgspec.to_builtins(running.settings("https://wishes.example.org/api/v1/receipts/http"))

    ours = {"url", "receipt_token"}
    assert set(described["fields"]) == set(tried["fields"])
    assert described["fields"]["dlr-url"] == tried["fields"]["dlr-url"]
    for name in set(described) - ours - {"fields", "receipts"}:
        told = tried[name]
        assert described[name] == (list(told) if isinstance(told, tuple) else told), name
    SmsHttpChannel(msgspec.convert(described, type=SmsSettings))


def test_a_wrong_password_does(running: Kannel) -> None:
    described = running.settings("http://127.0.0.1:1/nowhere")
    channel = SmsHttpChannel(msgspec.structs.replace(described, fields=described.fields | {"password": "x"}))
    parcel = reminder(ARRIVES)

    outcomes = channel.send([parcel])
    channel.close()

    assert outcomes[parcel.delivery_id] == Outcome(Verdict.STOP, "403")


@pytest.mark.parametrize("token", ["another-token-of-that-length", TOKEN + "x", "%00"])
def test_a_receipt_at_an_address_that_is_none_changes_nothing(house: House, door: int, token: str) -> None:
    client = Client(door)

    assert client.get(f"/api/v1/receipts/http/{token}?mark=1&code=1").status == 404

    client.close()


def test_receipts_are_taken_by_get_as_a_form_and_as_json(house: House, door: int) -> None:
    client, place = Client(door), f"/api/v1/receipts/http/{TOKEN}"
    form = {"Content_Type": "application/x-www-form-urlencoded"}

    replies = [
        client.get(f"{place}?mark=nobody&code=1&phone=%2B8613800138000&answer="),
        client.ask("POST", place, b"mark=nobody&code=2", **form),
        client.post(place, {"mark": "nobody", "code": 1}),
        client.post(place, [{"mark": "nobody", "code": "16"}]),
    ]
    refused = [client.get(f"{place}?code=1&code=2"), client.ask("POST", place, b"%ff=1", **form)]
    client.close()

    assert [reply.status for reply in replies] == [200] * 4
    assert [reply.status for reply in refused] == [400, 400]
