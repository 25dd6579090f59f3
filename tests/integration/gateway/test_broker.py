"""A gateway whose broker goes away: pages that only read go on, commands get a clean no, all recovers."""

from collections.abc import Iterator
from time import monotonic

import eventlet
import pytest

from services.chassis.contracts import Done
from services.claims import contracts as claims
from services.directory import contracts as directory
from tests.integration.gateway.test_pages import an_offer, the_city
from tests.support.gateway import Script, a_member, await_ready, gateway
from tests.support.rabbitmq import RabbitMQ, node

pytestmark = [pytest.mark.broker, pytest.mark.slow]
UNDO = "/api/v1/claims/0192f0c1-7f3a-7b3a-8b3a-0192f0c17f3a/undo"


@pytest.fixture(scope="module")
def broker() -> Iterator[RabbitMQ]:
    """A node that these tests stop and start."""
    with node() as server:
        yield server


def test_pages_go_on_while_the_broker_is_away_and_commands_after_it_is_back(broker: RabbitMQ) -> None:
    script = Script()
    script.answer(claims.ListOffers, claims.Board(items=[an_offer()]))
    script.answer(directory.ListAreas, the_city())
    script.answer(claims.UndoClaim, Done())
    with gateway(
        script, {"broker_url": broker.url}, ("claims", "directory"), board_fresh_seconds=0.0
    ) as door:
        member, visitor = door.signed_in(a_member()), door.client()
        assert member.post(UNDO).status == 200
        assert "想要一台收音机" in visitor.get("/").text
        broker.stop()
        await_ready(door, ready=False)
        assert (visitor.get("/healthz").status, visitor.get("/readyz").status) == (200, 503)
        page = visitor.get("/")
        assert (page.status, "想要一台收音机" in page.text, "正在恢复" in page.text) == (200, True, True)
        asked_at = monotonic()
        refused = member.post(UNDO)
        assert (refused.status, refused.code, refused.headers["Retry-After"]) == (
            503,
            "chassis.unavailable",
            "5",
        )
        assert monotonic() - asked_at < door.settings.deadline / 2
        broker.start()
        await_ready(door)
        assert member.post(UNDO).status == 200
        while "正在恢复" in visitor.get("/").text:  # asked again only after a moment
            eventlet.sleep(0.1)


def test_a_gateway_opens_without_its_broker_and_finds_it_later(broker: RabbitMQ) -> None:
    broker.stop()
    with gateway(Script(), {"broker_url": broker.url}, (), is_awaited=False) as door:
        visitor = door.client()
        assert [visitor.get(path).status for path in ("/healthz", "/readyz", "/")] == [200, 503, 503]
        broker.start()
        await_ready(door)
        assert visitor.get("/readyz").status == 200
