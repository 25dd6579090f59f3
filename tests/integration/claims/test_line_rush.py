"""A line in the middle of a rush, on real PostgreSQL: places come back while others grab for them."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import eventlet
import pytest

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.migrations import metadata_of
from services.chassis.refusals import Refusal
from services.chassis.work import Workshop
from services.claims import usecases
from services.claims.contracts import (
    AcceptPlace,
    ClaimWish,
    DeclinePlace,
    ReturnClaim,
    WaitForPlace,
    WaitingMoved,
)
from tests.support.claims import ClaimsAtHand, as_member, later
from tests.support.collective import an_hour
from tests.support.database import settings_for

PLACES, WAITERS, STRANGERS = 20, 60, 200


@pytest.fixture
def workshops(database_url: str) -> Iterator[list[Workshop]]:
    """Several workshops of claims on one database, each with an engine of its own."""
    several = [settings_for(database_url, database_connections=3 + number) for number in range(3)]
    opened = [Workshop(settings, metadata_of("claims")) for settings in several]
    yield opened
    for workshop in opened:
        workshop.engine.dispose()


def at_once(workshops: list[Workshop], jobs: list[Callable[[Workshop], object]]) -> None:
    """Let jobs happen at the same moment, in no order, from all workshops."""
    random.Random(2026).shuffle(jobs)
    pool = eventlet.GreenPool(8)

    def one(numbered: tuple[int, Callable[[Workshop], object]]) -> None:
        number, job = numbered
        with suppress(Refusal):
            job(workshops[number % len(workshops)])

    list(pool.imap(one, list(enumerate(jobs))))


def test_nobody_overtakes_the_line_and_no_place_is_given_twice(
    workshops: list[Workshop], simulated_clock: SimulatedClock
) -> None:
    claims = ClaimsAtHand(workshops[0])
    holders, waiters = claims.some_members(PLACES), claims.some_members(WAITERS)
    strangers = claims.some_members(STRANGERS)
    wish = claims.a_released_wish(places=PLACES)
    held = [claims.claim(holder, wish) for holder in holders]
    for waiter in waiters:
        claims.ask(WaitForPlace(by=as_member(waiter), wish_id=wish.wish_id))

    give_back = [
        ReturnClaim(by=as_member(who), claim_id=got.claim_id) for who, got in zip(holders, held, strict=True)
    ]
    grabs = [ClaimWish(by=as_member(who), wish_id=wish.wish_id) for who in strangers]
    jobs: list[Callable[[Workshop], object]] = [
        partial(Workshop.run, command=command, usecase=usecases.return_claim) for command in give_back
    ]
    jobs += [
        partial(Workshop.run_batch, commands=grabs[start : start + 20], usecase=usecases.claim_wishes)
        for start in range(0, STRANGERS, 20)
    ]
    at_once(workshops, jobs)
    assert claims.row("SELECT taken, reserved, waiting, state FROM claims.offer")[:] == (
        0,
        PLACES,
        WAITERS - PLACES,
        "taken",
    )

    turns = [turn for event in claims.told(WaitingMoved) for turn in event.turns]
    assert [turn.member_id for turn in turns] == waiters[:PLACES]
    accepts = [AcceptPlace(by=as_member(one.member_id), waiting_id=one.waiting_id) for one in turns[1::2]]
    declines = [DeclinePlace(by=as_member(one.member_id), waiting_id=one.waiting_id) for one in turns[::2]]
    jobs = [partial(Workshop.run, command=command, usecase=usecases.accept_place) for command in accepts * 2]
    jobs += [
        partial(Workshop.run, command=command, usecase=usecases.decline_place) for command in declines * 2
    ]
    jobs += [
        partial(Workshop.run_batch, commands=grabs[start : start + 20], usecase=usecases.claim_wishes)
        for start in range(0, STRANGERS, 20)
    ]
    at_once(workshops, jobs)
    offer = claims.row("SELECT taken, reserved, waiting, state FROM claims.offer")
    assert offer[:] == (PLACES // 2, PLACES // 2, WAITERS - PLACES - PLACES // 2, "taken")

    later(simulated_clock, hours=25)
    strike = an_hour(clock.now())
    jobs = [
        partial(Workshop.once, event=strike, handler="on_hour_struck", usecase=usecases.pass_on_unanswered)
        for _ in range(3)
    ]
    at_once(workshops, jobs)
    held_by = Counter(
        row.member_id for row in claims.rows("SELECT member_id FROM claims.claim WHERE state = 'held'")
    )
    assert not set(held_by) & set(strangers)
    assert max(held_by.values()) == 1
    told = Counter(turn.how for event in claims.told(WaitingMoved) for turn in event.turns)
    assert told["timed_out"] == PLACES // 2
    assert told["offered"] == PLACES * 2
