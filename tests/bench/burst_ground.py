"""The ground of a burst: a city of members, a gateway like Tencent's that pushes receipts, notify, a door."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import eventlet
import psutil
from sqlalchemy import text

from services.chassis.contracts import Event, new_id
from services.chassis.database import engine_for, in_chunks
from services.chassis.hosting import nameko_config
from services.chassis.mailbox import mailbox_for
from services.chassis.messaging.relay import Relay
from services.chassis.migrations import metadata_of
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.wishes.contracts import ReleaseCompleted
from tests.bench.ground import city_ground
from tests.support.burst_gateway import CODES, BurstGateway, burst_gateway
from tests.support.city import City
from tests.support.database import settings_for
from tests.support.rabbitmq import broker
from tests.support.vendor_sms import APP_ID, KEY_ID, KEY_SECRET, SIGNATURE

MEMBERS = int(os.environ.get("BURST", "279000"))
TOKEN = "burst-of-the-benchmarks-0001"
CITY = "/zk/"

TEMPLATES: list[dict[str, Any]] = [
    {
        "told": "release_digest.member",
        "id": "1003",
        "text": "{1}{2}上新了{3}个心愿。",
        "variables": ["area_name", "period|month", "released"],
    },
    {
        "told": "sign_in_code.member",
        "id": CODES,
        "text": "验证码{1}，{2}分钟内有效。",
        "variables": ["code", "minutes"],
    },
]


@dataclass
class Ground:
    """Everything that runs while the burst does."""

    settings: Settings
    gateway: BurstGateway
    city: City
    processes: dict[str, psutil.Process]

    def seconds(self) -> dict[str, float]:
        """Return the seconds that each has computed so far."""
        return {name: round(_seconds_of(process), 1) for name, process in self.processes.items()}

    def memory(self) -> int:
        """Return the MB that notify holds."""
        return int(self.processes["notify"].memory_info().rss // 2**20)


class Teller:
    """A service that announces events: its outbox and its relay."""

    def __init__(self, settings: Settings, service: str) -> None:
        metadata = metadata_of(service)
        self._relay = Relay(service, nameko_config(settings), mailbox_for(metadata).outbox)
        self._workshop = Workshop(settings, metadata, self._relay.nudge)
        self.seals = self._workshop.seals
        self._thread = eventlet.spawn(self._relay.run)

    def tell(self, event: Event) -> None:
        with self._workshop.open() as work:
            work.announce(event)

    def stop(self) -> None:
        self._relay.stop()
        self._thread.wait()


def a_release() -> ReleaseCompleted:
    return ReleaseCompleted(
        release_id=new_id(),
        period="2026-12",
        area_id=new_id(),
        area_path=CITY,
        area_name="川汇区",
        released=25_000,
        carried_over=9,
    )


@contextmanager
def burst_ground(clock_file: Path | None = None, **notify: Any) -> Iterator[Ground]:
    """Yield notify and the door at work, by the clock in a file where one is given."""
    with city_ground() as (settings, folder):
        receipts_to = f"http://{settings.address}/api/v1/receipts/tencent/{TOKEN}"
        with burst_gateway(receipts_to) as (gateway, pid):
            services = {"notify": {"channels": {"tencent": _account(gateway)}} | notify}
            told = settings_for(
                settings.database_url,
                broker_url=settings.broker_url,
                address=settings.address,
                deadline=30.0,
                log_level="warning",
                services=services,
            )
            city = City(told, folder, clock_file)
            try:
                city.start("notify")
                city.start("gateway")
                city.await_web()
                eventlet.sleep(3)  # for notify, which nobody asks
                yield Ground(told, gateway, city, _processes(city, pid, settings.database_url))
            finally:
                city.stop()


def _account(gateway: BurstGateway) -> dict[str, Any]:
    return {
        "endpoint": gateway.url,
        "key_id": KEY_ID,
        "key_secret": KEY_SECRET,
        "app_id": APP_ID,
        "signature": SIGNATURE,
        "templates": TEMPLATES,
        "receipt_token": TOKEN,
        "concurrency": 4,
    }


def _processes(city: City, gateway: int, url: str) -> dict[str, psutil.Process]:
    with engine_for(url).connect() as connection:
        folder = Path(connection.execute(text("SHOW data_directory")).scalar_one())
    return {
        "notify": psutil.Process(city.processes["notify"].pid),
        "door": psutil.Process(city.processes["gateway"].pid),
        "vendor": psutil.Process(gateway),
        "database": psutil.Process(int((folder / "postmaster.pid").read_text().split()[0])),
        "broker": psutil.Process(broker().pid),
    }


def _seconds_of(process: psutil.Process) -> float:
    """Return the seconds that a process and those it started have computed, ended ones included."""
    spent = process.cpu_times()
    return float(
        spent.user
        + spent.system
        + spent.children_user
        + spent.children_system
        + sum(sum(child.cpu_times()[:2]) for child in process.children() if child.is_running())
    )


def know_people(settings: Settings, number: int) -> None:
    """Write so many members with a phone of their own."""
    seals = settings.sealing.seals()
    name = seals.seal("王淑珍")
    engine = engine_for(settings.database_url)
    for positions in in_chunks(range(number), 20_000):
        phones = [f"+861{3_000_000_000 + position * 3}" for position in positions]
        told = {
            "phones": [seals.seal(phone) for phone in phones],
            "indexes": [seals.index(phone) for phone in phones],
            "paths": [f"{CITY}d{position % 10}/s{position % 100}/" for position in positions],
            "name": name,
        }
        with engine.begin() as connection:
            connection.execute(_KNOW, told)
    with engine_for(settings.database_url).connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(
            text("VACUUM ANALYZE notify.recipient")
        )


_KNOW = text("""
    INSERT INTO notify.recipient
      (id, kind, name, phone, phone_index, language, area_path, postings, is_active, version)
    SELECT gen_random_uuid(), 'member', :name, person.phone, person.index, 'zh', person.path, '[]', true, 1
    FROM unnest(CAST(:phones AS text[]), CAST(:indexes AS text[]), CAST(:paths AS text[]))
         AS person (phone, index, path)""")


def states_of(settings: Settings) -> dict[str, int]:
    counted = text("SELECT state, count(*) FROM notify.delivery GROUP BY state")
    twice = text("""
        SELECT count(*) FROM (SELECT 1 FROM notify.attempt
                              WHERE outcome = 'accepted' AND code NOT LIKE 'receipt:%'
                              GROUP BY delivery_id HAVING count(*) > 1) AS twice""")
    with engine_for(settings.database_url).connect() as connection:
        found = {str(state): int(number) for state, number in connection.execute(counted)}
        return found | {"accepted twice": int(connection.execute(twice).scalar_one())}
