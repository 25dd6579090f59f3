"""Sending as the tables see it: deliveries are lent to a sender, and what came of them is written down."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text, update
from sqlalchemy.orm import Session

from services.chassis.contracts import new_id
from services.chassis.database import insert_all
from services.notify.channels import AddressKind
from services.notify.domain import (
    DELIVERY_LIFECYCLE,
    SECRET_TOPICS,
    DeliveryAction,
    DeliveryState,
    Manners,
    Outcome,
    RecipientKind,
    RetryPolicy,
    Step,
    Topic,
    Verdict,
    step_after,
)
from services.notify.models import Attempt, Delivery, Message
from services.notify.usecases.gate import GATED, lending_at
from services.notify.usecases.planning import Ways, plan_next
from services.notify.usecases.suppressing import note_opt_outs

NO_MANNERS = Manners()
"""Those of a house that has neither quiet hours nor hours for invitations."""


@dataclass(frozen=True)
class Loan:
    """A delivery lent to a sender for one try, with what it takes to write the words, all still sealed."""

    delivery_id: UUID
    provider: str
    attempt: int  # the number of this try: an outcome of an earlier one comes too late
    failures: int
    topic: Topic
    kind: RecipientKind
    language: str
    phone: str | None
    email: str | None
    handle: str | None  # noted for this very channel
    name: str | None
    parameters: str
    expires_at: datetime


@dataclass(frozen=True)
class Result:
    """What came of a loan."""

    loan: Loan
    outcome: Outcome
    at: datetime
    parts: int


def lend(
    connection: Connection,
    *,
    channel: str,
    provider: str,
    lanes: tuple[int, int],
    most: int,
    lease: timedelta,
    now: datetime,
    address: AddressKind = AddressKind.ROOM,
    manners: Manners = NO_MANNERS,
) -> list[Loan]:
    """Lend at most `most` due deliveries of a channel, of the lanes from the first to the last of `lanes`.

    Several senders may ask at once; each delivery is lent to one of them until its lease ends. What is no
    longer worth saying expires instead, and what may not pass the gate now waits or ends (see `gate`).
    """
    asked = {"channel": channel, "provider": provider, "first": lanes[0], "last": lanes[1]}
    asked |= {"waiting": _WAITING, "most": most, "lease": lease, "now": now}
    asked |= lending_at(manners, address, now)
    for _ in range(LOOKS):
        rows = connection.execute(_LEND, asked).all()
        lent = [row for row in rows if row.state == DeliveryState.SENDING]
        if lent or len(rows) < most:
            break
    return [
        Loan(row.id, provider, row.tries, row.failures, Topic(row.topic), RecipientKind(row.kind), *row[6:])
        for row in lent
    ]


LOOKS = 50
"""How often the next deliveries are looked at when none of those before may go out now."""


_WAITING = [str(state) for state in DELIVERY_LIFECYCLE.states_for(DeliveryAction.TAKE)]

_LEND = text(
    f"""
    WITH chosen AS (
        SELECT id FROM notify.delivery
        WHERE channel = :channel AND lane BETWEEN :first AND :last AND state = ANY(:waiting)
              AND due_at <= :now
        ORDER BY lane, due_at LIMIT :most FOR UPDATE SKIP LOCKED
    ), gated AS MATERIALIZED ({GATED}), lent AS (
        UPDATE notify.delivery
        SET state = coalesce(becomes, state), due_at = gated.due_at,
            tries = tries + CASE WHEN becomes = '{DeliveryState.SENDING}' THEN 1 ELSE 0 END,
            provider = :provider,
            leased_until = CASE WHEN becomes = '{DeliveryState.SENDING}' THEN now() + :lease END
        FROM gated WHERE delivery.id = gated.id
        RETURNING delivery.id, message_id, lane, state, tries, failures
    )
    SELECT lent.state, lent.id, lent.tries, lent.failures, message.topic, message.recipient_kind AS kind,
           coalesce(message.language, preference.language, recipient.language, 'zh'),
           coalesce(message.address, recipient.phone), recipient.email,
           (SELECT address FROM notify.handle
            WHERE handle.recipient_id = message.recipient_id AND handle.channel = :channel),
           recipient.name,
           message.parameters, message.expires_at
    FROM lent JOIN notify.message ON message.id = lent.message_id
         LEFT JOIN notify.recipient ON recipient.id = message.recipient_id
         LEFT JOIN notify.preference ON preference.recipient_id = message.recipient_id
    ORDER BY lent.lane, lent.id
"""  # noqa: S608 - the states are our own
)
"""Choose, lend and open in one round trip; written out, since it is asked at every nudge."""


def record(
    session: Session, ways: Ways, policy: RetryPolicy, results: Sequence[Result], now: datetime, jitter: float
) -> None:
    """Write the attempts down, move each delivery on, and let the next channel follow one that ended in vain.

    An outcome that comes after its lease still settles a doubt; it changes nothing once the delivery was lent
    again.
    """
    insert_all(session, Attempt, [_attempt(result) for result in results])
    steps: dict[DeliveryAction, list[tuple[Result, Step]]] = defaultdict(list)
    for result in results:
        step = _step(result, policy, now, jitter)
        steps[step.action].append((result, step))
    ended: list[UUID] = []
    for action, taken in steps.items():
        moved = _move(session, action, taken)
        has_ended = {result.loan.delivery_id for result, step in taken if _is_in_vain(step)}
        ended += [delivery_id for delivery_id in moved if delivery_id in has_ended]
    opted_out = [
        (result.loan.delivery_id, result.outcome.code)
        for result in results
        if result.outcome.verdict is Verdict.OPTED_OUT
    ]
    if opted_out:
        note_opt_outs(session, ways.addresses, opted_out, now)
    if ended:
        plan_next(session, ways, ended, now)
    _forget_secrets(session, results)


def _attempt(result: Result) -> dict[str, Any]:
    return {
        "id": new_id(),
        "delivery_id": result.loan.delivery_id,
        "at": result.at,
        "provider": result.loan.provider,
        "outcome": result.outcome.verdict,
        "code": result.outcome.code[:80],
        "reference": result.outcome.reference[:200],
        "parts": result.parts,
    }


def _step(result: Result, policy: RetryPolicy, now: datetime, jitter: float) -> Step:
    loan = result.loan
    return step_after(
        result.outcome,
        loan.topic,
        failures=loan.failures,
        now=now,
        expires_at=loan.expires_at,
        policy=policy,
        jitter=jitter,
    )


def _is_in_vain(step: Step) -> bool:
    return step.due_at is None and step.action in {DeliveryAction.REFUSE, DeliveryAction.FAIL}


def _move(session: Session, action: DeliveryAction, taken: Sequence[tuple[Result, Step]]) -> list[UUID]:
    """Take one action on several deliveries, where the lifecycle allows it; return those that moved."""
    states = DELIVERY_LIFECYCLE.states_for(action)
    (state,) = {DELIVERY_LIFECYCLE.after(before, action) for before in states}
    columns = {
        "ids": [str(result.loan.delivery_id) for result, _ in taken],
        "attempts": [result.loan.attempt for result, _ in taken],
        "failures": [result.loan.failures + step.is_failure for result, step in taken],
        "due": [step.due_at for _, step in taken],
        "named": [result.outcome.reference[:200] for result, _ in taken],
    }
    moved = session.execute(_MOVE, {"state": state.value, "states": [*map(str, states)], **columns})
    return list(moved.scalars())


_MOVE = text(
    """
    UPDATE notify.delivery
    SET state = :state, failures = moved.failures, due_at = moved.due_at, leased_until = NULL,
        reference = coalesce(nullif(moved.reference, ''), delivery.reference)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS int[]), CAST(:failures AS int[]),
                CAST(:due AS timestamptz[]), CAST(:named AS text[]))
         AS moved (id, attempt, failures, due_at, reference)
    WHERE delivery.id = moved.id AND delivery.tries = moved.attempt AND delivery.state = ANY(:states)
    RETURNING delivery.id
"""
)
"""One statement for any number of rows; written out, since a VALUES list would be compiled anew each time."""


def _forget_secrets(session: Session, results: Sequence[Result]) -> None:
    """Erase the words of secrets that have reached their recipient."""
    ids = [result.loan.delivery_id for result in results if result.loan.topic in SECRET_TOPICS]
    if ids:
        reached = select(Delivery.message_id).where(
            Delivery.id.in_(ids), Delivery.state == DeliveryState.ACCEPTED
        )
        session.execute(update(Message).where(Message.id.in_(reached)).values(parameters="", address=None))
