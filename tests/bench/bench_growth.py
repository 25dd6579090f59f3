"""What a claim costs when the tables hold a million wishes, against ten thousand."""

from itertools import islice
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.chassis.contracts import new_id
from services.chassis.database import engine_for
from services.chassis.migrations import metadata_of
from services.chassis.rights import EVERYWHERE, Actor, Grant, Role
from services.chassis.work import Workshop
from services.claims import usecases
from services.claims.contracts import ClaimWish
from tests.bench.ground import add_members, add_offers
from tests.support.database import database_server, fresh_database, settings_for

SMALL, LARGE = 10_000, 1_000_000
BATCH, BATCHES, ROUNDS = 64, 30, 5  # in all fewer than the small board has wishes


def measure() -> dict[str, Any]:
    """Return microseconds a claim on a small and a large board (medians of rounds), and their ratio."""
    with (
        database_server(is_durable=True) as server,
        fresh_database(server) as small,
        fresh_database(server) as large,
    ):
        boards = {"small": _board(small, SMALL), "large": _board(large, LARGE)}
        costs: dict[str, list[float]] = {name: [] for name in boards}
        for _ in range(ROUNDS):
            for name, (workshop, commands) in boards.items():
                costs[name].append(_cost(workshop, commands))
    found = {name: round(median(rounds), 1) for name, rounds in costs.items()}
    return {"microseconds_a_claim": found, "ratio": round(found["large"] / found["small"], 3)}


def _board(url: str, wishes: int) -> tuple[Workshop, Any]:
    """Return a workshop on a board of so many wishes, a tenth claimed before, and claims to be made."""
    members, offers = add_members(url, 20_000), add_offers(url, wishes, places=2)
    with engine_for(url).begin() as connection:
        connection.execute(
            text("""
            INSERT INTO claims.claim
              (id, offer_id, member_id, claimant_id, area_path, state, claimed_at, undo_until, due_on)
            SELECT gen_random_uuid(), offer.id, :member, :member, offer.area_path,
              'returned', now(), now(), now()::date
            FROM claims.offer LIMIT :count"""),
            {"member": members[0], "count": wishes // 10},
        )
    with engine_for(url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    workshop = Workshop(settings_for(url), metadata_of("claims"))
    step = max(1, len(offers) // (BATCH * BATCHES * ROUNDS))
    chosen = offers[::step]
    return workshop, (_command(member, wish) for member, wish in zip(members[1:], chosen, strict=False))


def _command(member: UUID, wish: UUID) -> ClaimWish:
    actor = Actor(member_id=member, grants=(Grant(Role.MEMBER, EVERYWHERE),))
    return ClaimWish(by=actor, wish_id=wish, key=str(new_id()))


def _cost(workshop: Workshop, commands: Any) -> float:
    batches = [list(islice(commands, BATCH)) for _ in range(BATCHES)]
    started = perf_counter()
    for batch in batches:
        workshop.run_batch(batch, usecases.claim_wishes)
    return (perf_counter() - started) / (BATCH * BATCHES) * 1e6
