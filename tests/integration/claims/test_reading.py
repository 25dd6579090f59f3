"""The board and the lists of claims: what they show, page by page, and what it costs on a large table."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.refusals import Malformed, NotPermitted, Refusal, SignInNeeded
from services.chassis.rights import ANYONE, OPERATOR_AT_THE_CONSOLE
from services.claims.contracts import (
    Board,
    ClaimWish,
    ConfirmByResident,
    DeliverClaim,
    GetOffer,
    ListClaims,
    ListOffers,
    MyClaims,
    ReturnClaim,
    SimilarOffers,
    UnknownOffer,
    UnknownState,
)
from services.scheduler.contracts import LapsesDue, RemindersDue
from services.wishes.contracts import Category, WishesReleased, WishKind
from tests.support.claims import (
    COMMUNITY_PATH,
    CONFIRMATION_CODE,
    NOON,
    ClaimsAtHand,
    a_wish,
    as_member,
    as_worker,
    claims_on_a_database,
    later,
)
from tests.support.plans import tables_read_whole


def titles(board: Board) -> list[str]:
    """Return the titles on a page of the board."""
    return [offer.title for offer in board.items]


# -- the board


def test_the_board_shows_open_offers_the_newest_release_first_page_by_page(claims: ClaimsAtHand) -> None:
    for day in range(3):
        at = NOON + timedelta(days=day)
        wishes = [a_wish(claims.seals, title=f"{day}-{number}") for number in range(4)]
        claims.hear(WishesReleased(wishes=wishes, occurred_at=at))
    pages, after = [], None
    while page := claims.ask(ListOffers(limit=5, after=after)):
        pages.append(titles(page))
        if (after := page.next) is None:
            break
    assert [len(page) for page in pages] == [5, 5, 2]
    shown = [title for page in pages for title in page]
    assert len(set(shown)) == 12
    assert [title[0] for title in shown] == ["2"] * 4 + ["1"] * 4 + ["0"] * 4


def test_the_board_shows_what_stands_in_another_state(claims: ClaimsAtHand) -> None:
    taken, fulfilled = claims.a_released_wish(title="认领"), claims.a_released_wish(title="圆梦")
    claims.a_released_wish(title="待领")
    member = claims.a_member()
    for wish in (taken, fulfilled):
        claims.claim(member, wish)
    claims.ask(ConfirmByResident(wish_code=fulfilled.code, confirmation_code=CONFIRMATION_CODE))
    shown = {state: titles(claims.ask(ListOffers(state=state))) for state in ("open", "taken", "fulfilled")}
    assert shown == {"open": ["待领"], "taken": ["认领"], "fulfilled": ["圆梦"]}


def test_the_board_is_filtered_by_place_kind_category_and_skill(claims: ClaimsAtHand) -> None:
    claims.a_released_wish(title="花园")
    claims.a_released_wish(title="西区", area_path="/city/west/bridge/mill/")
    claims.a_released_wish(
        title="水电", kind=WishKind.SERVICE, skill="plumbing", category=Category.CONVENIENCE
    )
    assert titles(claims.ask(ListOffers(below="/city/west/"))) == ["西区"]
    assert titles(claims.ask(ListOffers(below="/city/west"))) == ["西区"]
    assert titles(claims.ask(ListOffers(below="/city/we/"))) == []
    assert titles(claims.ask(ListOffers(below="/%/"))) == []
    assert titles(claims.ask(ListOffers(kind=WishKind.SERVICE))) == ["水电"]
    assert titles(claims.ask(ListOffers(category=Category.CONVENIENCE))) == ["水电"]
    assert titles(claims.ask(ListOffers(skill="plumbing", below=COMMUNITY_PATH))) == ["水电"]
    assert titles(claims.ask(ListOffers(skill="plumb"))) == []


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        (ListOffers(state="eaten"), UnknownState),
        (ListOffers(after="x"), Malformed),
        (ListOffers(after="2026-11-02~nothing"), Malformed),
        (ListOffers(below="\x00"), Malformed),
        (ListOffers(skill="\x00"), Malformed),
        (GetOffer(wish_id=new_id()), UnknownOffer),
        (SimilarOffers(wish_id=new_id()), UnknownOffer),
    ],
)
def test_questions_that_make_no_sense_are_refused(
    claims: ClaimsAtHand, query: Any, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        claims.ask(query)


@pytest.mark.parametrize("limit", [-5, 0, 10_000])
def test_a_page_has_between_one_and_two_hundred_offers(claims: ClaimsAtHand, limit: int) -> None:
    claims.release(*(a_wish(claims.seals) for _ in range(201)))
    assert len(claims.ask(ListOffers(limit=limit)).items) == max(1, min(limit, 200))


def test_the_public_board_tells_nothing_of_the_resident(claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish()
    shown = claims.ask(ListOffers()).to_wire().decode()
    for secret in (str(wish.resident_id), wish.contact, wish.confirmation_index):
        assert secret not in shown


# -- similar offers


def test_whoever_lost_a_race_is_offered_the_nearest_alike(claims: ClaimsAtHand) -> None:
    lost = claims.a_released_wish()
    away = "/city/west/bridge/mill/"
    claims.a_released_wish(title="any", area_path=away, category=Category.CULTURE)
    claims.a_released_wish(title="category", area_path=away)
    claims.a_released_wish(title="community", category=Category.CULTURE)
    taken = claims.a_released_wish(title="taken")
    claims.claim(claims.a_member(), taken)
    assert titles(claims.ask(SimilarOffers(wish_id=lost.wish_id))) == ["community", "category", "any"]
    assert titles(claims.ask(SimilarOffers(wish_id=lost.wish_id, limit=1))) == ["community"]


# -- claims


def test_a_member_sees_their_own_claims_and_nobody_else_s(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    mine, other = claims.some_members(2)
    made = []
    for _ in range(3):
        made.append(claims.claim(mine, claims.a_released_wish(places=2)).claim_id)
        later(simulated_clock, minutes=1)
    claims.claim(other, claims.a_released_wish())
    claims.ask(ReturnClaim(by=as_member(mine), claim_id=made[0], reason="搬家"))
    by = as_member(mine)
    first = claims.ask(MyClaims(by=by, limit=2))
    rest = claims.ask(MyClaims(by=by, limit=2, after=first.next))
    assert [claim.id for claim in first.items + rest.items] == list(reversed(made))
    assert rest.next is None
    assert [(claim.id, claim.reason) for claim in claims.ask(MyClaims(by=by, state="returned")).items] == [
        (made[0], "搬家")
    ]
    with pytest.raises(SignInNeeded):
        claims.ask(MyClaims(by=ANYONE))
    with pytest.raises(NotPermitted):
        claims.ask(MyClaims(by=as_worker()))


def test_workers_see_the_claims_of_their_area_only(claims: ClaimsAtHand) -> None:
    here, away = claims.a_released_wish(), claims.a_released_wish(area_path="/city/west/bridge/mill/")
    member = claims.a_member()
    claimed = [claims.claim(member, wish).claim_id for wish in (here, away)]
    listed = claims.ask(ListClaims(by=as_worker(), below=COMMUNITY_PATH))
    assert [claim.id for claim in listed.items] == claimed[:1]
    everything = claims.ask(ListClaims(by=OPERATOR_AT_THE_CONSOLE, below="/"))
    assert {claim.id for claim in everything.items} == set(claimed)
    for below in ("/", "/city/west/", "/city/east/main-street/"):
        with pytest.raises(NotPermitted):
            claims.ask(ListClaims(by=as_worker(), below=below))
    with pytest.raises(UnknownState):
        claims.ask(ListClaims(by=as_worker(), below=COMMUNITY_PATH, state="eaten"))
    with pytest.raises(Malformed):
        claims.ask(ListClaims(by=as_worker(), below=COMMUNITY_PATH, after="x"))


# -- what it costs on a large table


FILL = (
    """
    INSERT INTO claims.offer (
        id, code, title, kind, category, urgency, value, skill, service_days, community_id, community_name,
        area_path, resident_id, confirmation_index, released_at, places, taken, confirmed, state, version,
        wish_version
    )
    SELECT gen_random_uuid(), 'X' || n, '心愿', 'goods', (ARRAY['health', 'culture', 'policy'])[1 + n % 3],
        'ordinary', 10, CASE WHEN n % 100 = 0 THEN 'plumbing' END, 14, gen_random_uuid(), 'c',
        '/city/d' || n % 10 || '/s' || n % 100 || '/c' || n % 500 || '/', gen_random_uuid(), 'i',
        timestamptz '2026-11-01' - n * interval '1 minute', 1, (n % 19)::bool::int, (n % 19)::bool::int,
        CASE WHEN n % 19 = 0 THEN 'open' ELSE 'fulfilled' END, 1, 1
    FROM generate_series(1, 30000) AS n
    """,
    """
    INSERT INTO claims.member (id, is_active, version)
    SELECT gen_random_uuid(), true, 1 FROM generate_series(1, 10000)
    """,
    """
    INSERT INTO claims.claim (
        id, offer_id, member_id, claimant_id, area_path, state, claimed_at, undo_until, due_on, request_key
    )
    SELECT gen_random_uuid(), offer.id, member.id, member.id, offer.area_path, 'confirmed', now(), now(),
        '2026-10-20', gen_random_uuid()
    FROM (SELECT *, row_number() OVER () % 10000 AS n FROM claims.offer WHERE state = 'fulfilled') AS offer
    JOIN (SELECT *, row_number() OVER () % 10000 AS n FROM claims.member) AS member USING (n)
    """,
    """
    INSERT INTO claims.claim_move (claim_id, state, at, by)
    SELECT id, moved, claimed_at, 'house'
    FROM claims.claim, unnest(ARRAY['held', 'delivered', 'confirmed']) AS moved
    """,
    "ANALYZE claims.offer, claims.member, claims.claim, claims.claim_move",
)

LARGE = {"offer", "claim", "claim_move", "member"}


def large_tables_read_whole(claims: ClaimsAtHand, act: Callable[[], object]) -> set[str]:
    """Return which large tables PostgreSQL plans to read from end to end, in any statement of `act`."""
    return tables_read_whole(claims.workshop.engine, "claims", act) & LARGE


@pytest.fixture(scope="module")
def full_house(database_server_url: str) -> Iterator[ClaimsAtHand]:
    """The claims service with the history of years in its tables."""
    with claims_on_a_database(database_server_url) as at_hand:
        with at_hand.workshop.engine.begin() as connection:
            for statement in FILL:
                connection.execute(text(statement))
        yield at_hand


@pytest.mark.parametrize(
    "query",
    [
        ListOffers(),
        ListOffers(after=f"2026-10-20T00:00:00+00:00~{UUID(int=7)}"),
        ListOffers(state="fulfilled", limit=200),
        ListOffers(below="/city/d1/"),
        ListOffers(below="/city/nowhere/"),
        ListOffers(below="/city/d1/s21/c121/"),
        ListOffers(below="/city/d1/s21/c121/", category=Category.HEALTH),
        ListOffers(category=Category.HEALTH),
        ListOffers(category=Category.MEDIATION),
        ListOffers(skill="plumbing"),
        ListOffers(skill="juggling"),
        ListClaims(by=OPERATOR_AT_THE_CONSOLE, below="/city/d1/s21/c121/"),
        ListClaims(by=OPERATOR_AT_THE_CONSOLE, below="/", state="delivered"),
        ListClaims(by=OPERATOR_AT_THE_CONSOLE, below="/", state="not_done"),
        ListClaims(by=OPERATOR_AT_THE_CONSOLE, below="/city/d1/", state="lapsed"),
        ListClaims(by=OPERATOR_AT_THE_CONSOLE, below="/city/nowhere/"),
        ListClaims(by=OPERATOR_AT_THE_CONSOLE, below="/"),
    ],
    ids=str,
)
def test_no_list_reads_a_large_table_whole(full_house: ClaimsAtHand, query: Any) -> None:
    assert large_tables_read_whole(full_house, lambda: full_house.ask(query)) == set()


def test_neither_a_claim_nor_what_follows_reads_a_large_table_whole(
    full_house: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    members = full_house.some_members(20)
    wishes = [full_house.a_released_wish(places=2) for _ in range(10)]

    def live() -> None:
        commands = [
            ClaimWish(by=as_member(member), wish_id=wishes[number % 10].wish_id, key="1")
            for number, member in enumerate(members)
        ]
        claimed = full_house.claim_all(*commands)
        first, second = (answer.claim_id for answer in claimed[:2])  # type: ignore[union-attr]  # all won
        full_house.ask(ReturnClaim(by=as_member(members[0]), claim_id=first))
        full_house.ask(DeliverClaim(by=as_member(members[1]), claim_id=second))
        full_house.ask(ConfirmByResident(wish_code=wishes[1].code, confirmation_code=CONFIRMATION_CODE))
        full_house.ask(MyClaims(by=as_member(members[2])))
        full_house.ask(GetOffer(wish_id=wishes[3].wish_id))
        full_house.ask(SimilarOffers(wish_id=wishes[3].wish_id))
        full_house.hear(RemindersDue(on=NOON.date() + timedelta(days=14)))
        full_house.hear(LapsesDue(on=NOON.date() + timedelta(days=30)))

    assert large_tables_read_whole(full_house, live) == set()


def test_a_plan_that_reads_a_table_whole_would_be_seen(full_house: ClaimsAtHand) -> None:
    def careless() -> None:
        full_house.rows("SELECT * FROM claims.offer WHERE title = 'x'")

    assert large_tables_read_whole(full_house, careless) == {"offer"}
