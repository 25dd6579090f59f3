"""Providers behind a proxy: reached through it and no other way, and what fails before it is no doubt."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.chassis.settings import WrongSettings
from services.notify.channels import Channel, brought_channels
from services.notify.domain import Outcome, Verdict
from tests.support.forward_proxy import Proxy, forward_proxy
from tests.support.loopback import LOOPBACK
from tests.support.peers import Peer, peer
from tests.support.sms_accounts import a_parcel, sent

PHONE = "+8613800138000"


@pytest.fixture
def gateway() -> Iterator[Peer]:
    with peer("sms", "--security", "tls") as running:
        yield running


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with forward_proxy() as running:
        yield running


def channel_behind(proxy_url: str, gateway: Peer) -> Channel:
    described: dict[str, Any] = {
        "fields": {"phone": "{{ phone }}", "content": "{{ text }}"},
        "code_at": "code",
        "url": gateway.url,
        "ca_file": gateway.ca_file,
        "proxy": proxy_url,
        "timeout": 60,
    }
    (channel,) = brought_channels({"sms_http": described})
    return channel


def told(proxy_url: str, gateway: Peer) -> Outcome:
    (outcome,) = sent(channel_behind(proxy_url, gateway), a_parcel(PHONE, "claim_due_soon", {}, short="您好"))
    return outcome


def test_a_provider_is_reached_through_the_proxy_and_trusted_for_its_own_certificate(
    proxy: Proxy, gateway: Peer
) -> None:
    assert told(proxy.url, gateway).verdict is Verdict.ACCEPTED

    (asked,) = proxy.asked
    assert asked.startswith(f"CONNECT {LOOPBACK}:{gateway.port} ")
    assert len(gateway.received()) == 1


def test_a_proxy_may_want_a_name_and_a_password(proxy: Proxy, gateway: Peer) -> None:
    told(proxy.url.replace("//", "//city:secret@"), gateway)

    assert proxy.asked[1] == "Proxy-Authorization: Basic Y2l0eTpzZWNyZXQ="


@pytest.mark.parametrize("manner", ["refuse", "hang_up"])
def test_a_proxy_that_opens_no_line_makes_no_doubt(proxy: Proxy, gateway: Peer, manner: str) -> None:
    proxy.manner = manner

    assert told(proxy.url, gateway) == Outcome(Verdict.RETRY, "unreachable")
    assert gateway.received() == []


def test_an_answer_that_is_lost_behind_the_proxy_is_a_doubt(proxy: Proxy, gateway: Peer) -> None:
    gateway.behave("cut")

    assert told(proxy.url, gateway) == Outcome(Verdict.AMBIGUOUS, "disconnected")


def test_a_proxy_that_is_no_address_is_refused_before_anything_is_sent(gateway: Peer) -> None:
    with pytest.raises(WrongSettings, match="proxy is no web address"):
        channel_behind("proxy.example.org:3128", gateway)
