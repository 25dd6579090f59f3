"""Sending as the tables see it: deliveries are lent to a sender, and what came of them is written down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Connection, select, text, update
from sqlalchemy.orm import Session

from services.notify.channels import AddressKind
from services.notify.domain import (
    DELIVERY_LIFECYCLE,
    SECRET_TOPICS,
    Bucket,
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
from services.notify.gate import GATED, lending_at
from services.notify.gate.ways import Ways
from services.notify.models import Delivery, Message
from services.notify.usecases.calls import end_calls
from services.notify.usecases.moving import Move, move_on
from services.notify.usecases.planning import plan_next
from services.notify.usecases.spending import Before, give_back, reserve, standing_of
from services.notify.usecases.suppressing import note_opt_outs

TAKEN = frozenset({Verdict.ACCEPTED, Verdict.AMBIGUOUS})
"""What a provider took, or may have taken, costs something."""

NO_MANNERS = Manners()
"""Those of a house that has neither quiet hours nor hours for invitations."""


class Loan(msgspec.Struct, frozen=True):
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
    wording: str = ""  # in which words it is told
    mark: str = ""  # of this look: what is lent together can be asked for by it, even after a crash


@dataclass(frozen=True)
class Lent:
    """What was lent at one look, and whether that was everything due: what had expired was looked at too.

    `rests_for` says for how many seconds the account rests, in every process; `is_held_back`, that its rate
    allows no more for the moment.
    """

    loans: list[Loan]
    is_all: bool
    is_held_back: bool = False
    rests_for: float = 0.0


class Result(msgspec.Struct, frozen=True):
    """What came of a loan."""

    loan: Loan
    outcome: Outcome
    at: datetime
    parts: int
    call: UUID | None = None  # under which it was written down that it may go out


def lend(
    connection: Connection,
    *,
    channel: str,
    provider: str,
    lanes: tuple[int, int],
    most: int,
    lease: timedelta,
    now: datetime,
    bucket: Bucket | None = None,
    weight: float = 1.0,
    address: AddressKind = AddressKind.ROOM,
    manners: Manners = NO_MANNERS,
    costs: bool = False,
) -> Lent:
    """Lend at most `most` due deliveries of a channel, of the lanes from the first to the last of `lanes`.

    Several senders may ask at once; each delivery is lent to one of them until its lease ends. What is no
    longer worth saying expires instead, and what may not pass the gate now waits or ends (see `gate`). Where
    the account has a `bucket`, no more are lent than it holds tokens for, each costing `weight`; all
    processes share it.
    """
    asked = {"channel": channel, "provider": provider, "first": lanes[0], "last": lanes[1]}
    mark = uuid4().hex
    asked |= {"waiting": _WAITING, "most": most, "lease": lease, "now": now, "mark": mark}
    asked |= lending_at(manners, address, now, costs=costs)
    if bucket is not None:
        asked |= {"capacity": bucket.capacity, "refill": bucket.refill, "weight": weight}
        asked |= {"kept": bucket.kept(is_urgent=lanes[1] == 0)}
    rows = connection.execute(_LEND if bucket is None else _LEND_BY_RATE, asked).all()
    found = [row for row in rows if row.id is not None]
    loans = [_loan(row, provider, mark) for row in found if row.state == DeliveryState.SENDING]
    allowed, rests_for = (rows[0].allowed, rows[0].rests_for) if rows else (most, 0.0)
    is_all = len(found) < min(most, allowed)
    is_held_back = not is_all and allowed < most
    return Lent(loans, is_all, is_held_back, max(0.0, float(rests_for)))


def _loan(row: Any, provider: str, mark: str) -> Loan:
    return Loan(
        delivery_id=row.id,
        provider=provider,
        attempt=row.tries,
        failures=row.failures,
        topic=_TOPICS[row.topic],
        kind=_KINDS[row.kind],
        language=row.language,
        phone=row.phone,
        email=row.email,
        handle=row.handle,
        name=row.name,
        parameters=row.parameters,
        expires_at=row.expires_at,
        wording=row.wording,
        mark=mark,
    )


_TOPICS = {topic.value: topic for topic in Topic}
_KINDS = {kind.value: kind for kind in RecipientKind}
_WAITING = [str(state) for state in DELIVERY_LIFECYCLE.states_for(DeliveryAction.TAKE)]

_LENDING = f"""
    WITH account AS (
        {{account}}
    ), chosen AS (
        SELECT * FROM (
            SELECT id, message_id, expires_at FROM notify.delivery
            WHERE channel = :channel AND lane BETWEEN :first AND :last AND state = ANY(:waiting)
                  AND due_at <= :now
            ORDER BY lane, due_at LIMIT (SELECT allowed FROM account) FOR UPDATE SKIP LOCKED
        ) AS due LIMIT :most  -- said once more, or the planner reckons with a tenth of the table
    ), gated AS MATERIALIZED ({GATED}), taken AS (
        {{taken}}
    ), lent AS (
        UPDATE notify.delivery
        SET state = coalesce(becomes, state), due_at = gated.due_at,
            tries = tries + CASE WHEN becomes = '{DeliveryState.SENDING}' THEN 1 ELSE 0 END,
            provider = :provider,
            leased_until = CASE WHEN becomes = '{DeliveryState.SENDING}' THEN now() + :lease END,
            reference = CASE WHEN becomes = '{DeliveryState.SENDING}' THEN :mark ELSE reference END
        FROM gated WHERE delivery.id = gated.id
        RETURNING delivery.id, lane, state, tries, failures, gated.topic, gated.kind, gated.language,
                  gated.phone, gated.email, gated.name, gated.parameters, gated.wording,
                  gated.worth_until AS expires_at,
                  (SELECT address FROM notify.handle
                   WHERE handle.recipient_id = gated.recipient_id AND handle.channel = :channel) AS handle
    )
    SELECT account.allowed, account.rests_for, lent.* FROM account LEFT JOIN lent ON true
    ORDER BY lent.lane, lent.id
"""  # noqa: S608 - the states are our own
"""Choose, lend and open in one round trip; written out, since it is asked at every nudge."""

_LEND = text(
    _LENDING.format(
        account="""
        SELECT CASE WHEN max(rests_until) > :now THEN 0 ELSE CAST(:most AS int) END AS allowed,
               coalesce(extract(epoch FROM max(rests_until) - :now), 0) AS rests_for
        FROM notify.account WHERE provider = :provider
        """,
        taken="SELECT",
    )
)

_LEND_BY_RATE = text(
    _LENDING.format(
        account="""
        SELECT provider, filled, at,
               CASE WHEN rests_until > :now THEN 0
                    ELSE CAST(greatest(0, least(:most, floor((filled - :kept) / :weight))) AS int)
               END AS allowed,
               coalesce(extract(epoch FROM rests_until - :now), 0) AS rests_for
        FROM (SELECT provider, rests_until, clock_timestamp() AS at,
                     least(CAST(:capacity AS float), tokens + CAST(:refill AS float)
                           * extract(epoch FROM clock_timestamp() - refilled_at)) AS filled
              FROM notify.account WHERE provider = :provider FOR UPDATE) AS locked
        """,
        taken="""
        UPDATE notify.account
        SET tokens = bucket.filled - :weight * (SELECT count(*) FROM gated WHERE becomes = 'sending'),
            refilled_at = bucket.at
        FROM account AS bucket WHERE notify.account.provider = bucket.provider
        """,
    )
)
"""The bucket is locked from here to the end of the statement: nobody else lends from it meanwhile."""


def record(
    session: Session,
    ways: Ways,
    policy: RetryPolicy,
    results: Sequence[Result],
    now: datetime,
    jitter: float,
    *,
    is_repeat: bool = False,
) -> None:
    """Write the attempts down, move each delivery on, and let the next channel follow one that ended in vain.

    An outcome that comes after its lease still settles a doubt; it changes nothing once the delivery was lent
    again. Of a repeat, which may be written down already, only what it moves leaves an attempt.
    """
    told = [(result, _step(result, ways, policy, now, jitter)) for result in results]
    taken = _tries(told, lambda result, _: result.outcome.verdict in TAKEN)
    refused = _tries(told, lambda _, step: step.action is DeliveryAction.REFUSE)
    before = standing_of(session, ways.prices, taken | refused)
    moved = move_on(session, [_move(result, step) for result, step in told], every_attempt=not is_repeat)
    has_moved = set(moved)
    reserve(session, ways.prices, {one for one in taken if _costs_now(one in has_moved, before.get(one))})
    late = {one for one in has_moved.intersection(refused) if _was_counted(before.get(one))}
    give_back(session, ways.prices, late)
    _leave_alone(session, ways, results, now)
    in_vain = {result.loan.delivery_id for result, step in told if _is_in_vain(step)}
    if ended := [delivery_id for delivery_id in moved if delivery_id in in_vain]:
        plan_next(session, ways, ended, now)
    _forget_secrets(session, ways, results)
    end_calls(session, {result.call for result in results if result.call})


def _tries(told: Sequence[tuple[Result, Step]], are_meant: Callable[[Result, Step], bool]) -> dict[UUID, int]:
    """Return the tries that are meant, by delivery, of those that consist of parts and so cost something."""
    return {
        result.loan.delivery_id: result.loan.attempt
        for result, step in told
        if result.parts and are_meant(result, step)
    }


def _leave_alone(session: Session, ways: Ways, results: Sequence[Result], now: datetime) -> None:
    """Write to no address any more of which a provider said just now that it wants to be left alone."""
    opted_out = [
        (result.loan.delivery_id, result.outcome.code)
        for result in results
        if result.outcome.verdict is Verdict.OPTED_OUT
    ]
    if opted_out:
        note_opt_outs(session, ways.addresses, opted_out, now)


def _costs_now(has_moved: bool, before: Before) -> bool:
    """Say whether what was taken is to be counted now.

    When the answer comes after its lease, that may have counted it; a receipt that was quicker has not.
    """
    if before is None or before.state == DeliveryState.SENDING:
        return has_moved
    return not before.is_counted and (has_moved or before.state == DeliveryState.DELIVERED)


def _was_counted(before: Before) -> bool:
    """Say whether what is refused was in doubt when its answer came: its lease had counted it."""
    return before is not None and before.state != DeliveryState.SENDING


def _move(result: Result, step: Step) -> Move:
    loan, outcome = result.loan, result.outcome
    return Move(
        delivery_id=loan.delivery_id,
        action=step.action,
        verdict=outcome.verdict,
        code=outcome.code,
        provider=loan.provider,
        at=result.at,
        reference=outcome.reference,
        parts=result.parts,
        tries=loan.attempt,
        failures=loan.failures + step.is_failure,
        due_at=step.due_at,
    )


def _step(result: Result, ways: Ways, policy: RetryPolicy, now: datetime, jitter: float) -> Step:
    loan = result.loan
    return step_after(
        result.outcome,
        loan.topic,
        failures=loan.failures,
        now=now,
        expires_at=loan.expires_at,
        policy=policy,
        jitter=jitter,
        hearing=ways.hearing.get(loan.provider),
        tries=loan.attempt,
    )


def _is_in_vain(step: Step) -> bool:
    return step.due_at is None and step.action in {DeliveryAction.REFUSE, DeliveryAction.FAIL}


def _forget_secrets(session: Session, ways: Ways, results: Sequence[Result]) -> None:
    """Erase the words of secrets that their provider took; those that may yet go another way expire soon."""
    loans = [result.loan for result in results if result.loan.topic in SECRET_TOPICS]
    if ids := [loan.delivery_id for loan in loans if not _may_go_another_way(ways, loan)]:
        reached = select(Delivery.message_id).where(
            Delivery.id.in_(ids), Delivery.state == DeliveryState.ACCEPTED
        )
        session.execute(update(Message).where(Message.id.in_(reached)).values(parameters="", address=None))


def _may_go_another_way(ways: Ways, loan: Loan) -> bool:
    """Say whether a receipt may still tell that something did not arrive, and another channel follow."""
    return loan.provider in ways.hearing and len(ways.usable(loan.topic, loan.kind)) > 1
