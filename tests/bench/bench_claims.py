"""A claim through the web door, against pgbench with the same statements and a bare Flask endpoint."""

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.chassis import clock
from services.chassis.database import engine_for
from services.chassis.rights import EVERYWHERE, Actor, Grant, Role
from services.gateway.sessions import Sessions
from services.gateway.settings import GatewaySettings
from tests.bench.ground import PGBENCH, add_members, add_offers, city_ground, run
from tests.support.city import city, free_port

CONNECTIONS = 64
SECONDS = 8
ROUNDS = 3
MEMBERS, OFFERS, PLACES, OPEN_CLAIMS = 60_000, 400, 10_000, 3
HERE = Path(__file__).parent


def measure() -> dict[str, Any]:
    """Return claims a second by each way, and the ratios of the same run (medians of interleaved rounds)."""
    with city_ground() as (settings, folder):
        url = settings.database_url
        members, offers = add_members(url, MEMBERS), add_offers(url, OFFERS, PLACES)
        _prepare_peer(url)
        pairs = _pairs(members, offers)
        rates: dict[str, list[float]] = {"wishtree": [], "pgbench": [], "flask": []}
        with city(settings, folder, ("directory", "claims", "gateway")), _flask(url) as flask:
            tokens = Sessions(settings.session_secret, GatewaySettings())
            for _ in range(ROUNDS):
                rates["wishtree"].append(_wrk(f"http://{settings.address}", pairs, folder, tokens))
                rates["pgbench"].append(_pgbench(url, folder))
                rates["flask"].append(_wrk(flask, pairs, folder, tokens))
        won = _won(url)
    found = {name: round(median(values)) for name, values in rates.items()}
    return {
        "claims_per_second": found,
        "of_pgbench": round(found["wishtree"] / found["pgbench"], 3),
        "of_flask": round(found["wishtree"] / found["flask"], 3),
        "won_in_database": won,
        "rounds": rates,
    }


def _pairs(members: Sequence[UUID], offers: Sequence[UUID]) -> Iterator[tuple[UUID, UUID]]:
    """Yield a member and a wish for each request: nobody asks twice, or beyond the limit."""
    for turn in range(OPEN_CLAIMS):
        for number, member in enumerate(members):
            yield member, offers[(number * 7 + turn * 131) % len(offers)]


def _wrk(url: str, pairs: Iterator[tuple[UUID, UUID]], folder: Path, tokens: Sessions) -> float:
    """Return successful claims a second at 64 connections."""
    batch = list(itertools.islice(pairs, 3000 * SECONDS))
    requests = folder / "requests.txt"
    grants = (Grant(Role.MEMBER, EVERYWHERE),)
    now = clock.now() - timedelta(seconds=1)
    actors = ((Actor(member_id=member, grants=grants), wish) for member, wish in batch)
    requests.write_text("\n".join(f"{tokens.issue(actor, now)[0]} {wish}" for actor, wish in actors))
    load = ("-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--timeout", "10s")
    arguments = (*load, "-s", HERE / "wrk_claims.lua")
    printed = run("wrk", *arguments, f"{url}/api/v1/claims", "--", requests)
    answered, won, failed, milliseconds, p99 = printed.partition("RESULT ")[2].split()
    print(f"  {url} answered {answered} won {won} failed {failed} p99 {p99} ms", file=sys.stderr)
    return float(won) / float(milliseconds) * 1000


def _prepare_peer(url: str) -> None:
    """Lay out the same tables once more for the peers, so that neither finds the other's rows."""
    with engine_for(url).begin() as connection:
        connection.execute(text("CREATE SCHEMA peer"))
        for table in ("offer", "claim"):
            connection.execute(text(f"CREATE TABLE peer.{table} (LIKE claims.{table} INCLUDING ALL)"))
        connection.execute(text("CREATE TABLE peer.outbox (LIKE claims.outbox INCLUDING ALL)"))
        connection.execute(text("INSERT INTO peer.offer SELECT * FROM claims.offer"))
        connection.execute(
            text("CREATE TABLE peer.choice AS SELECT row_number() OVER () AS number, id FROM peer.offer")
        )
        connection.execute(text("CREATE UNIQUE INDEX ON peer.choice (number)"))
        connection.execute(text("ALTER TABLE peer.choice ADD PRIMARY KEY (number)"))
    with engine_for(url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


SCRIPT = f"""
\\set number random(1, {OFFERS})
SELECT id AS offer FROM peer.choice WHERE number = :number \\gset
BEGIN;
UPDATE peer.offer SET taken = taken + 1, version = version + 1
  WHERE id = ':offer' AND state = 'open' AND taken < places;
INSERT INTO peer.claim
  (id, offer_id, member_id, claimant_id, area_path, state, claimed_at, undo_until, due_on)
  SELECT gen_random_uuid(), ':offer', member, member, '/city/', 'held', now(), now(), now()::date
  FROM gen_random_uuid() AS member;
INSERT INTO peer.outbox (event_id, name, body, occurred_at)
  VALUES (gen_random_uuid(), 'wishes_claimed.v1', repeat('x', 600), now());
COMMIT;
"""


def _pgbench(url: str, folder: Path) -> float:
    """Return transactions a second of the same statements, one claim each, with 16 clients."""
    script = folder / "claim.sql"
    script.write_text(SCRIPT)
    arguments = ("-n", "-c", "16", "-j", "2", "-T", str(SECONDS), "-f", script)
    printed = run(PGBENCH, *arguments, url)
    print("  pgbench", next(line for line in printed.splitlines() if line.startswith("tps")), file=sys.stderr)
    return float(next(line for line in printed.splitlines() if line.startswith("tps")).split()[2])


@contextmanager
def _flask(url: str) -> Iterator[str]:
    """Run the bare peer: Flask under gunicorn with four workers, no broker, no session."""
    port = free_port()
    command = (sys.executable, "-m", "gunicorn", "-w", "4", "-b", f"127.0.0.1:{port}", "--log-level", "error")
    process = subprocess.Popen(
        [*command, "--keep-alive", "60", "-k", "gthread", "--threads", "16", "tests.bench.flask_peer:app"],
        env=os.environ | {"PEER_DATABASE_URL": url},
    )
    time.sleep(3)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _won(url: str) -> int:
    with engine_for(url).connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM claims.claim")).scalar_one())
