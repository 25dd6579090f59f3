"""What every change of places writes, whatever the number of claims: offers, members, history."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from services.chassis.contracts import Request
from services.claims.domain import ClaimState, Places
from services.claims.usecases.locking import OfferRow, array_of

RESIDENT = "resident"
HOUSE = "house"

_CHANGE_PLACES = text("""
    WITH counted AS (
        UPDATE claims.member SET open_claims = member.open_claims + change.claims
        FROM unnest(CAST(:members AS uuid[]), CAST(:claims AS int[])) AS change (id, claims)
        WHERE member.id = change.id
    )
    UPDATE claims.offer SET
        taken = offer.taken + change.taken,
        confirmed = offer.confirmed + change.confirmed,
        reserved = offer.reserved + change.reserved,
        version = offer.version + change.version,
        state = change.state
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:taken AS int[]), CAST(:confirmed AS int[]), CAST(:reserved AS int[]),
        CAST(:versions AS int[]), CAST(:states AS text[])
    ) AS change (id, taken, confirmed, reserved, version, state)
    WHERE offer.id = change.id
""")

_WRITE_MOVES = text("""
    INSERT INTO claims.claim_move (claim_id, state, at, by)
    SELECT move.claim_id, :state, :at, move.by
    FROM unnest(CAST(:claims AS uuid[]), CAST(:by AS text[])) AS move (claim_id, by)
""")


def moving(changes: str) -> TextClause:
    """Return the statement that takes claims to a state and notes it in their history, each `by` whom.

    It takes `ids`, `state`, `at`, `by` and `said`, the reason given; `changes` is what else is written.
    """
    return text(f"""
        WITH moved AS (
            UPDATE claims.claim SET state = :state, {changes}
            WHERE id = ANY (CAST(:ids AS uuid[])) RETURNING id
        )
        INSERT INTO claims.claim_move (claim_id, state, at, by, said)
        SELECT id, :state, :at, :by, :said FROM moved
    """)  # noqa: S608 - the changes are our own


def change_places(
    session: Session,
    before: Mapping[UUID, OfferRow],
    after: Mapping[UUID, Places],
    open_claims: Mapping[UUID, int] | None = None,
) -> None:
    """Write how the places of offers stand now, and by how many the `open_claims` of members change.

    The numbers are written as differences, so that the CHECKs of the table would notice a lock that failed.
    """
    written = [(before[offer_id], places) for offer_id, places in after.items()]
    changed = [(row, places) for row, places in written if places.version != row.version]
    if not changed and not open_claims:
        return
    session.execute(
        _CHANGE_PLACES,
        {
            "ids": array_of(row.id for row, _ in changed),
            "taken": array_of(places.taken - row.taken for row, places in changed),
            "confirmed": array_of(places.confirmed - row.confirmed for row, places in changed),
            "reserved": array_of(places.reserved - row.reserved for row, places in changed),
            "versions": array_of(places.version - row.version for row, places in changed),
            "states": array_of(places.state.value for _, places in changed),
            "members": array_of(open_claims or ()),
            "claims": array_of((open_claims or {}).values()),
        },
    )


def write_moves(
    session: Session, claims: Iterable[UUID], state: ClaimState, at: datetime, by: Sequence[str]
) -> None:
    """Add to the history of new claims how they began, each by whom."""
    moves = {"claims": array_of(claims), "by": array_of(by)}
    session.execute(_WRITE_MOVES, {**moves, "state": state.value, "at": at})


def asker(request: Request) -> str:
    """Return how the history names whoever asks: their account or member, or the console."""
    return str(request.by.account_id or request.by.member_id or "console")
