"""A rush on real PostgreSQL: exactly as many win as there are places, and the test would see it if not."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

import eventlet
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.chassis.migrations import metadata_of
from services.chassis.refusals import Refusal
from services.chassis.work import Workshop
from services.claims import usecases
from services.claims.contracts import Claimed, ClaimWish, NoPlaceLeft, WishesClaimed
from services.claims.usecases.locking import OFFERS, OfferRow, array_of
from services.wishes.contracts import ReleasedWish
from tests.support.claims import ClaimsAtHand, as_member
from tests.support.database import settings_for
from tests.support.together import meeting_of

pytestmark = pytest.mark.usefixtures("simulated_clock")

MEMBERS = 2000
PLACES = 100
WORKSHOPS = 4
"""Processes of a city, each with connections of its own."""

Answers = list[Claimed | Refusal]


@pytest.fixture
def workshops(database_url: str) -> Iterator[list[Workshop]]:
    """Several workshops of claims on one database, each with an engine of its own."""
    several = [settings_for(database_url, database_connections=3 + number) for number in range(WORKSHOPS)]
    opened = [Workshop(settings, metadata_of("claims")) for settings in several]
    yield opened
    for workshop in opened:
        workshop.engine.dispose()


def look_without_lock(session: Session, ids: Iterable[UUID]) -> dict[UUID, OfferRow]:
    """Read offers as the rush does, but leave the lock out."""
    rows = session.execute(OFFERS, {"ids": array_of(set(ids))})
    return {row.id: row for row in rows}


def look_together_without_lock(batches: int) -> Callable[..., dict[UUID, OfferRow]]:
    """Return a look without the lock that goes on only when so many batches have looked."""
    all_have_looked = meeting_of(batches)

    def look(session: Session, ids: Iterable[UUID]) -> dict[UUID, OfferRow]:
        seen = look_without_lock(session, ids)
        all_have_looked()
        return seen

    return look


def rush(
    workshops: list[Workshop],
    members: list[UUID],
    wishes: list[ReleasedWish],
    usecase: Callable[..., Answers] = usecases.claim_wishes,
) -> Answers:
    """Let every member ask for one of the wishes, in batches of many sizes and from all workshops at once."""
    order = random.Random(2026)
    commands = [
        ClaimWish(by=as_member(member), wish_id=wishes[number % len(wishes)].wish_id, key=f"click {number}")
        for number, member in enumerate(members)
    ]
    order.shuffle(commands)
    batches = []
    while commands:
        size = order.choice([1, 7, 64, 200])
        batches.append(commands[:size])
        del commands[:size]
    pool = eventlet.GreenPool(2 * len(workshops))
    serve = [partial(workshop.run_batch, usecase=usecase) for workshop in workshops]
    answers: Answers = []
    for batch in pool.imap(lambda job: job[0](job[1]), _dealt(serve, batches)):
        answers += batch
    return answers


def _dealt(serve: list[Any], batches: list[list[ClaimWish]]) -> list[tuple[Any, list[ClaimWish]]]:
    return [(serve[number % len(serve)], batch) for number, batch in enumerate(batches)]


def held_places(claims: ClaimsAtHand) -> dict[UUID, int]:
    """Return how many claims hold a place on each offer."""
    held = "SELECT offer_id, count(*) AS held FROM claims.claim WHERE state = 'held' GROUP BY offer_id"
    return {row.offer_id: row.held for row in claims.rows(held)}


def won_in(answers: Answers) -> set[UUID]:
    """Return the claims that were won."""
    return {answer.claim_id for answer in answers if isinstance(answer, Claimed)}


@pytest.mark.parametrize("offers", [1, 20, 100])
def test_two_thousand_members_on_a_hundred_places_leave_a_hundred_winners(
    workshops: list[Workshop], offers: int
) -> None:
    claims = ClaimsAtHand(workshops[0])
    members = claims.some_members(MEMBERS)
    wishes = [claims.a_released_wish(places=PLACES // offers) for _ in range(offers)]

    answers = rush(workshops, members, wishes)

    assert Counter(map(type, answers)) == {Claimed: PLACES, NoPlaceLeft: MEMBERS - PLACES}
    assert held_places(claims) == {wish.wish_id: PLACES // offers for wish in wishes}
    assert {row.state for row in claims.rows("SELECT state FROM claims.offer")} == {"taken"}
    told = [made for event in claims.told(WishesClaimed) for made in event.claims]
    assert {made.claim_id for made in told} == won_in(answers)
    assert sorted(made.standing.places_left for made in told) == sorted([*range(PLACES // offers)] * offers)


def test_the_members_of_a_rush_may_click_twice_and_win_once(workshops: list[Workshop]) -> None:
    claims = ClaimsAtHand(workshops[0])
    members = claims.some_members(200)
    wish = claims.a_released_wish(places=50)

    first = rush(workshops, members, [wish])
    again = rush(workshops, members, [wish])

    assert len(won_in(first)) == 50
    assert won_in(again) == won_in(first)
    assert held_places(claims) == {wish.wish_id: 50}


def test_members_at_their_limit_are_counted_across_batches_at_once(workshops: list[Workshop]) -> None:
    """Every member clicks on eight wishes at the same time, through several processes; three is the limit."""
    claims = ClaimsAtHand(workshops[0])
    members = claims.some_members(40)
    wishes = [claims.a_released_wish(places=100) for _ in range(8)]

    answers = rush(workshops, [member for member in members for _ in wishes], wishes)

    assert len(won_in(answers)) == 3 * len(members)
    assert {row.open_claims for row in claims.rows("SELECT open_claims FROM claims.member")} == {3}


# -- the negative control: the same rush with a guard left out


def test_without_the_lock_and_the_check_the_rush_oversells_and_this_test_sees_it(
    workshops: list[Workshop],
) -> None:
    claims = ClaimsAtHand(workshops[0])
    wish = claims.a_released_wish(places=PLACES)
    crowd = claims.some_members(WORKSHOPS * PLACES)
    batches = [
        [ClaimWish(by=as_member(member), wish_id=wish.wish_id) for member in crowd[start::WORKSHOPS]]
        for start in range(WORKSHOPS)
    ]
    with claims.workshop.engine.begin() as connection:
        connection.execute(text("ALTER TABLE claims.offer DROP CONSTRAINT ck_offer_taken_within_places"))
    careless = partial(usecases.claim_wishes, see_offers=look_together_without_lock(WORKSHOPS))

    def serve(workshop: Workshop, batch: list[ClaimWish]) -> Answers:
        return workshop.run_batch(batch, careless)

    answers = [*chain(*eventlet.GreenPool().starmap(serve, zip(workshops, batches, strict=True)))]

    assert len(won_in(answers)) == WORKSHOPS * PLACES
    assert held_places(claims)[wish.wish_id] == WORKSHOPS * PLACES


def test_without_the_lock_the_check_of_the_table_is_the_last_guard(workshops: list[Workshop]) -> None:
    claims = ClaimsAtHand(workshops[0])
    members = claims.some_members(400)
    wish = claims.a_released_wish(places=30)
    careless = partial(usecases.claim_wishes, see_offers=look_without_lock)

    def serve(workshop: Workshop, batch: list[UUID]) -> None:
        commands = [ClaimWish(by=as_member(member), wish_id=wish.wish_id) for member in batch]
        with suppress(IntegrityError):  # what the check refused is tried again a few times, then given up
            workshop.run_batch(commands, careless)

    pool = eventlet.GreenPool()
    for start in range(0, len(members), 20):
        pool.spawn_n(serve, workshops[start % WORKSHOPS], members[start : start + 20])
    pool.waitall()

    assert held_places(claims)[wish.wish_id] <= 30
