"""The broker's definitions as shipped, on a real RabbitMQ: who may do what, and where letters end."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

import amqp
import pytest

from deploy.rabbitmq import fill_passwords
from services.chassis.messaging import wire
from services.chassis.messaging.dead_letters import DEAD
from services.chassis.messaging.entrypoints import contracts_of
from services.console.place import SERVICES, classes
from tests.support.city import await_true
from tests.support.console import shell_at
from tests.support.database import fresh_database
from tests.support.rabbitmq import USER, RabbitMQ, broker, node

VHOST = "wishtree"
SHIPPED = json.loads(fill_passwords.DEFINITIONS.read_text())
PASSWORDS = {name: uuid4().hex for name in fill_passwords.users_of(SHIPPED)}
EVENT_QUEUE = "evt-wishes-wish_released.v1--claims.on_wish_released"


@pytest.fixture(scope="module")
def city() -> RabbitMQ:
    """A broker that loaded the shipped definitions, with passwords filled in from an environment."""
    environment = {fill_passwords.variable_of(name): password for name, password in PASSWORDS.items()}
    server = broker()
    server.load(fill_passwords.filled(SHIPPED, environment))
    return server


@contextmanager
def channel_of(city: RabbitMQ, user: str, password: str | None = None) -> Iterator[amqp.Channel]:
    """Yield a channel of `user` with confirms, as the relays use them."""
    connection = amqp.Connection(
        f"127.0.0.1:{city.port}", user, password or PASSWORDS[user], virtual_host=VHOST, confirm_publish=True
    )
    with connection as client:
        yield client.channel()


def declare(channel: amqp.Channel, queue: str, exchange: str, key: str) -> None:
    """Declare what a nameko entrypoint declares."""
    channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
    channel.queue_declare(queue, durable=True, auto_delete=False)
    channel.queue_bind(queue, exchange, key)


def test_as_shipped_nobody_can_log_in() -> None:
    server = broker()
    server.load(SHIPPED)
    for user in (*fill_passwords.users_of(SHIPPED), "guest"):
        with pytest.raises(amqp.AccessRefused), channel_of(server, user, "guest"):
            pass


def test_queues_become_quorum_queues_without_a_word_in_the_code(city: RabbitMQ) -> None:
    with channel_of(city, "claims") as channel:
        declare(channel, "rpc-claims", wire.RPC_EXCHANGE, "claims.*")
    kinds = {row["name"]: row["type"] for row in city.rows("list_queues", "name", "type", "--vhost", VHOST)}
    assert kinds["rpc-claims"] == "quorum"
    assert kinds[DEAD] == "quorum"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_declare_all_that_it_hears_and_answers(city: RabbitMQ, service: str) -> None:
    (found,) = classes([service])
    with channel_of(city, service) as channel:
        declare(channel, wire.rpc_queue(service), wire.RPC_EXCHANGE, f"{service}.*")
        for handler, event in contracts_of(found)[1].items():
            queue = wire.event_queue(event, service, handler)
            declare(channel, queue, wire.event_exchange(event.source), event.name)
        channel.exchange_declare(wire.event_exchange(service), "topic", durable=True, auto_delete=False)
        channel.basic_publish_confirm(
            amqp.Message("{}"), wire.event_exchange(service), "something_happened.v1"
        )
        channel.basic_publish_confirm(amqp.Message("{}"), wire.RPC_EXCHANGE, str(uuid4()))


@pytest.mark.parametrize("caller", ["gateway", "console"])
def test_gateway_and_console_may_call_every_service(city: RabbitMQ, caller: str) -> None:
    with channel_of(city, caller) as channel:
        declare(channel, f"rpc.reply-{caller}-{(reply := uuid4())}", wire.RPC_EXCHANGE, str(reply))
        for service in SERVICES[:-1]:
            channel.basic_publish_confirm(amqp.Message("{}"), wire.RPC_EXCHANGE, f"{service}.some_command")


def test_a_service_may_not_read_the_letters_of_another(city: RabbitMQ) -> None:
    with channel_of(city, "wishes") as channel:
        declare(channel, "rpc-wishes", wire.RPC_EXCHANGE, "wishes.*")
    with channel_of(city, "notify") as channel, pytest.raises(amqp.AccessRefused):
        channel.basic_get("rpc-wishes")


def test_a_service_may_not_overhear_calls_to_another(city: RabbitMQ) -> None:
    with channel_of(city, "notify") as channel:
        declare(channel, "rpc-notify", wire.RPC_EXCHANGE, "notify.*")
        with pytest.raises(amqp.AccessRefused):
            channel.queue_bind("rpc-notify", wire.RPC_EXCHANGE, "claims.*")


def test_a_service_may_not_call_another(city: RabbitMQ) -> None:
    with channel_of(city, "points") as channel:
        channel.exchange_declare(wire.RPC_EXCHANGE, "topic", durable=True, auto_delete=False)
        with pytest.raises(amqp.AccessRefused):
            channel.basic_publish_confirm(amqp.Message("{}"), wire.RPC_EXCHANGE, "claims.claim_wish")


def test_a_service_may_not_tell_the_events_of_another(city: RabbitMQ) -> None:
    with channel_of(city, "points") as channel:
        channel.exchange_declare("claims.events", "topic", durable=True, auto_delete=False)
        with pytest.raises(amqp.AccessRefused):
            channel.basic_publish_confirm(amqp.Message("{}"), "claims.events", "wish_claimed.v1")


def test_an_event_that_kills_its_consumer_again_and_again_is_set_aside_and_the_console_returns_it(
    city: RabbitMQ, database_server_url: str, tmp_path: Path
) -> None:
    with channel_of(city, "claims") as channel:
        declare(channel, EVENT_QUEUE, "wishes.events", "wish_released.v1")
    with channel_of(city, "wishes") as channel:
        channel.basic_publish_confirm(amqp.Message('{"wish": 1}'), "wishes.events", "wish_released.v1")
    with channel_of(city, "claims") as channel:
        limit = next(policy for policy in SHIPPED["policies"] if policy["name"] == "events")
        for _ in range(limit["definition"]["delivery-limit"] + 1):
            channel.basic_reject(got(channel, EVENT_QUEUE).delivery_tag, requeue=True)
        assert channel.basic_get(EVENT_QUEUE) is None

    with (
        channel_of(city, "operator") as channel,
        fresh_database(database_server_url) as database,
        shell_at(tmp_path) as shell,
    ):
        letter = got(channel, DEAD)
        assert letter.headers["x-first-death-queue"] == EVENT_QUEUE
        channel.basic_reject(letter.delivery_tag, requeue=True)
        await_true(lambda: channel.queue_declare(DEAD, passive=True).message_count == 1, 60)
        by_user = {
            user: {
                "WISHTREE_DATABASE_URL": database,
                "WISHTREE_BROKER_URL": city.url_of(user, PASSWORDS[user], VHOST),
            }
            for user in ("operator", "console")
        }
        wishtree = partial(shell.ask, environment=by_user["operator"])
        assert wishtree("queue", "list")["dead"] == 1
        assert "1 letters aside" in wishtree("doctor", status=1)["dead_letters"]
        refused = shell.ask("queue", "replay", status=1, environment=by_user["console"])
        assert refused == {"returned": None, "replayed": 0}, "only the operator may return them"
        assert wishtree("queue", "replay") == {"returned": 1, "replayed": 0}
        assert got(channel, EVENT_QUEUE).body == '{"wish": 1}'
        assert wishtree("queue", "replay") == {"returned": 0, "replayed": 0}


def got(channel: amqp.Channel, queue: str) -> amqp.Message:
    """Return the next letter of `queue`, which may be on its way."""
    ends_at = time.monotonic() + 60
    while time.monotonic() < ends_at:
        letter = channel.basic_get(queue)
        if letter is not None:
            return letter
        time.sleep(0.05)
    raise AssertionError(f"no letter in {queue}")


def test_what_was_confirmed_outlives_a_loss_of_power_with_the_settings_as_shipped() -> None:
    shipped = fill_passwords.DEFINITIONS.with_name("rabbitmq.conf").read_text()
    elsewhere = ("load_definitions", "listeners.", "log.")
    kept = [line for line in shipped.splitlines() if not line.startswith(elsewhere)]
    with node(settings="\n".join(kept)) as server:
        with own_channel(server) as channel:
            channel.queue_declare("letters", durable=True, auto_delete=False)
            await_true(lambda: is_noted(server, "letters"), 60)
            channel.basic_publish_confirm(amqp.Message("kept", delivery_mode=2), "", "letters")
        server.kill()
        server.start()
        with own_channel(server) as channel:
            assert got(channel, "letters").body == "kept"


def is_noted(server: RabbitMQ, queue: str) -> bool:
    """Say whether a quorum queue stands in the files of the node, which notes new ones twice a second."""
    noted = server.folder.glob("mnesia/*/quorum/*/names.dets")
    return any(f"{server.vhost}_{queue}".encode() in file.read_bytes() for file in noted)


@contextmanager
def own_channel(server: RabbitMQ) -> Iterator[amqp.Channel]:
    """Yield a channel on the virtual host of the tests."""
    address = f"127.0.0.1:{server.port}"
    with amqp.Connection(
        address, USER, server.password, virtual_host=server.vhost, confirm_publish=True
    ) as client:
        yield client.channel()
