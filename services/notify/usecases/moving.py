"""Moving deliveries on: any number of them, each its own way, with their attempts, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notify.domain import DELIVERY_LIFECYCLE, DeliveryAction, DeliveryState, Verdict
from services.notify.usecases.attempts import LONGEST_CODE, LONGEST_REFERENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What happened to one delivery and what follows from it: the attempt to write down, and the action."""

    delivery_id: UUID
    action: DeliveryAction
    verdict: Verdict
    code: str
    provider: str
    at: datetime
    reference: str = ""  # by which the provider knows it
    parts: int = 0
    tries: int | None = None  # the try it is about; None: whichever was the last
    failures: int | None = None  # None: as many as before
    due_at: datetime | None = None


def move_on(
    session: Session,
    moves: Sequence[Move],
    *,
    among: frozenset[DeliveryState] | None = None,
    every_attempt: bool = True,
) -> list[UUID]:
    """Take the action of each move where the lifecycle (within `among`) allows it; return what moved.

    An attempt is written down for each, or (without `every_attempt`) only for what moved.
    """
    if not moves:
        return []
    ordered = sorted(moves, key=lambda move: move.delivery_id.int)  # two that do this never wait in a ring
    allowed = {action: _allowed(action, among) for action in {move.action for move in ordered}}
    instants: dict[datetime | None, str | None] = {None: None}
    for move in ordered:
        for at in (move.at, move.due_at):
            if at is not None and at not in instants:
                instants[at] = at.isoformat()
    told = {
        "ids": [move.delivery_id.hex for move in ordered],
        "tries": [move.tries for move in ordered],
        "states": [allowed[move.action][0] for move in ordered],
        "before": [allowed[move.action][1] for move in ordered],
        "failures": [move.failures for move in ordered],
        "due": [instants[move.due_at] for move in ordered],
        "ats": [instants[move.at] for move in ordered],
        "providers": [move.provider for move in ordered],
        "verdicts": [move.verdict.value for move in ordered],
        "codes": [move.code[:LONGEST_CODE] for move in ordered],
        "references": [move.reference[:LONGEST_REFERENCE] for move in ordered],
        "parts": [move.parts for move in ordered],
    }
    moved = session.execute(_MOVE_AND_TELL_ALL if every_attempt else _MOVE_AND_TELL_MOVED, told)
    return list(moved.scalars())


def _allowed(action: DeliveryAction, among: frozenset[DeliveryState] | None) -> tuple[str, str]:
    """Return the state to which an action leads, and those from which it does, in one text."""
    before = [state for state in DELIVERY_LIFECYCLE.states_for(action) if among is None or state in among]
    (state,) = {DELIVERY_LIFECYCLE.after(one, action) for one in DELIVERY_LIFECYCLE.states_for(action)}
    return state.value, " ".join(before)


_TOLD = """
    SELECT FROM notify.delivery
    WHERE id = ANY(CAST(:ids AS uuid[])) AND state = '{doubted}' ORDER BY id FOR UPDATE;
    WITH told AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:tries AS int[]), CAST(:states AS text[]), CAST(:before AS text[]),
            CAST(:failures AS int[]), CAST(:due AS timestamptz[]), CAST(:ats AS timestamptz[]),
            CAST(:providers AS text[]), CAST(:verdicts AS text[]), CAST(:codes AS text[]),
            CAST(:references AS text[]), CAST(:parts AS int[])
        ) AS told (id, tries, state, before, failures, due_at, at, provider, verdict, code, reference, parts)
    ), moved AS (
        UPDATE notify.delivery
        SET state = told.state, failures = coalesce(told.failures, delivery.failures),
            due_at = told.due_at, leased_until = NULL,
            held_since = CASE WHEN told.verdict IN ('wait', 'stop')
                              THEN coalesce(delivery.held_since, told.at) END,
            reference = coalesce(nullif(told.reference, ''), delivery.reference)
        FROM told
        WHERE delivery.id = told.id AND delivery.id = ANY(CAST(:ids AS uuid[]))  -- or all would be read
              AND delivery.tries = coalesce(told.tries, delivery.tries)
              AND delivery.state = ANY(string_to_array(told.before, ' '))
              AND (delivery.state <> 'unknown' OR told.state NOT IN ('accepted', 'delivered')
                   OR NOT EXISTS ({other_way}))
        RETURNING delivery.id
    ), written AS (
        INSERT INTO notify.attempt (id, delivery_id, at, provider, outcome, code, reference, parts)
        SELECT {fresh}, told.id, told.at, told.provider, told.verdict, told.code, told.reference, told.parts
        FROM told {which}
    )
    SELECT id FROM moved
"""
"""Waits first, in the same round trip, for whoever ends a doubt: the way taken instead is seen then."""

_FRESH = """
    CAST(lpad(to_hex(CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)), 12, '0') || '7'
         || substr(replace(CAST(gen_random_uuid() AS text), '-', ''), 14) AS uuid)
"""
"""A UUIDv7 of now, as `new_id` makes them: attempts are read in the order of their ids."""

_OTHER_WAY = """
    SELECT FROM notify.delivery AS other
    WHERE other.message_id = delivery.message_id AND other.id <> delivery.id
          AND (other.state IN ('planned', 'sending', 'ambiguous', 'accepted', 'delivered')
               OR other.state = 'failed' AND other.due_at IS NOT NULL)
"""
"""What was given up as unknown, and arrived after all, yields to the way that was taken instead."""

_SAID = {"fresh": _FRESH, "other_way": _OTHER_WAY, "doubted": DeliveryState.AMBIGUOUS}
_MOVE_AND_TELL_ALL = text(_TOLD.format(**_SAID, which=""))
_MOVE_AND_TELL_MOVED = text(_TOLD.format(**_SAID, which="JOIN moved ON moved.id = told.id"))
