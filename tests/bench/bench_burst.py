"""A release told to a city by SMS: 200 numbers a call, receipts pushed back, security codes in between."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import eventlet
import psutil
from sqlalchemy import text

from services.chassis import clock
from services.chassis.contracts import Event, new_id
from services.chassis.database import engine_for, in_chunks
from services.chassis.hosting import nameko_config
from services.chassis.mailbox import mailbox_for
from services.chassis.messaging.relay import Relay
from services.chassis.migrations import metadata_of
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.directory.contracts import SignInCodeIssued
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
CODE_EVERY = 0.5
LONGEST = 30.0 + MEMBERS / 500

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


def measure() -> dict[str, Any]:
    """Return recipients a second, how long a code took meanwhile, and what everybody computed."""
    with _ground() as ground:
        _people(ground.settings, MEMBERS)
        wishes = _Teller(ground.settings, "wishes")
        directory = _Teller(ground.settings, "directory")
        busy = _busy()
        before, memory = ground.seconds(), [ground.memory()]
        began = time.monotonic()
        wishes.tell(_release())
        asked = _watch(ground, directory, memory)
        seconds = time.monotonic() - began
        computed = {name: round(at - before[name], 1) for name, at in ground.seconds().items()}
        others = round(_busy() - busy - sum(computed.values()), 1)
        figures = ground.gateway.read("figures")
        by_second = [number for _, number in sorted(ground.gateway.read("by_second").items())]
        taken = ground.gateway.read("codes")
        states = _states(ground.settings)
        wishes.stop()
        directory.stop()
    waits = sorted(at - asked[number] for number, at in taken.items() if number in asked)
    return {
        "recipients": MEMBERS,
        "seconds": round(seconds, 1),
        "recipients_a_second": round(MEMBERS / seconds),
        "computed_seconds": computed | {"others": others},
        "recipients_a_second_of_two_cores": round(2 * MEMBERS / sum(computed.values())),
        "memory_mb": memory,
        "gateway": figures,
        "taken_by_second": by_second,
        "states": states,
        "codes": {"asked": len(asked), "taken": len(waits)} | _waits(waits),
    }


def _waits(waits: list[float]) -> dict[str, float]:
    if not waits:
        return {}
    p99 = waits[min(len(waits) - 1, round(0.99 * len(waits)))]
    return {"median": round(waits[len(waits) // 2], 3), "p99": round(p99, 3), "longest": round(waits[-1], 3)}


def _watch(ground: Ground, directory: "_Teller", memory: list[int]) -> dict[str, float]:
    """Ask for codes until every receipt has been taken; return by number when each was asked for."""
    asked: dict[str, float] = {}
    ends_at, quarter = time.monotonic() + LONGEST, MEMBERS // 4
    while time.monotonic() < ends_at:
        figures = ground.gateway.read("figures")
        if figures["pushed"] + figures["refused"] >= quarter * len(memory):
            memory.append(ground.memory())
        if figures["accepted"] + figures["refused"] < MEMBERS:
            number = f"+86190{len(asked):06d}11"
            asked[number] = time.time()
            directory.tell(_code(directory, number))
        elif figures["pushed"] == figures["accepted"] and _is_at_rest(ground.settings):
            return asked
        eventlet.sleep(CODE_EVERY)
    figures, states = ground.gateway.read("figures"), _states(ground.settings)
    raise TimeoutError(f"not so within {LONGEST} s: {figures} {states}")


class _Teller:
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


def _release() -> ReleaseCompleted:
    return ReleaseCompleted(
        release_id=new_id(),
        period="2026-12",
        area_id=new_id(),
        area_path=CITY,
        area_name="川汇区",
        released=25_000,
        carried_over=9,
    )


def _code(teller: _Teller, number: str) -> SignInCodeIssued:
    return SignInCodeIssued(
        code_id=new_id(),
        member_id=new_id(),
        phone=teller.seals.seal(number),
        code=teller.seals.seal("402913"),
        language="zh",
        expires_at=clock.now() + timedelta(minutes=10),
    )


@contextmanager
def _ground() -> Iterator[Ground]:
    with city_ground() as (settings, folder):
        receipts_to = f"http://{settings.address}/api/v1/receipts/tencent/{TOKEN}"
        with burst_gateway(receipts_to) as (gateway, pid):
            services = {"notify": {"channels": {"tencent": _account(gateway)}}}
            told = settings_for(
                settings.database_url,
                broker_url=settings.broker_url,
                address=settings.address,
                deadline=30.0,
                log_level="warning",
                services=services,
            )
            city = City(told, folder)
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


def _busy() -> float:
    """Return the seconds that the cores of this machine have computed, for whomever."""
    spent = psutil.cpu_times()
    return float(spent.user + spent.system + spent.nice + spent.softirq)


def _people(settings: Settings, number: int) -> None:
    """Write so many members with a phone of their own."""
    seals = settings.sealing.seals()
    name = seals.seal("王淑珍")
    engine = engine_for(settings.database_url)
    for positions in in_chunks(range(number), 20_000):
        told = {
            "phones": [seals.seal(f"+861{3_000_000_000 + position * 3}") for position in positions],
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
      (id, kind, name, phone, email, language, area_id, area_path, postings, is_active, version)
    SELECT gen_random_uuid(), 'member', :name, person.phone, NULL, 'zh', NULL, person.path, '[]', true, 1
    FROM unnest(CAST(:phones AS text[]), CAST(:paths AS text[])) AS person (phone, path)""")


def _is_at_rest(settings: Settings) -> bool:
    """Say whether every delivery has come to its end."""
    waiting = text("""
        SELECT NOT EXISTS (SELECT FROM notify.delivery WHERE state NOT IN ('delivered', 'refused'))""")
    with engine_for(settings.database_url).connect() as connection:
        return bool(connection.execute(waiting).scalar_one())


def _states(settings: Settings) -> dict[str, int]:
    counted = text("SELECT state, count(*) FROM notify.delivery GROUP BY state")
    twice = text("""
        SELECT count(*) FROM (SELECT 1 FROM notify.attempt
                              WHERE outcome = 'accepted' AND code NOT LIKE 'receipt:%'
                              GROUP BY delivery_id HAVING count(*) > 1) AS twice""")
    with engine_for(settings.database_url).connect() as connection:
        found = {str(state): int(number) for state, number in connection.execute(counted)}
        return found | {"accepted twice": int(connection.execute(twice).scalar_one())}
