"""Spending: what messages cost is reserved when they go out, and given back when they did not arrive.

The cost of one message is its parts times the price of a part. What was spent is kept with each budget, so
that the gate can look at it before every try; without budgets nothing is written. Source: NOTIFY 10.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from services.chassis.calendar import month_of
from services.chassis.contracts import new_id
from services.chassis.rights import Role
from services.chassis.work import Work
from services.notify.contracts import BudgetView, SetBudget, UnknownArea, UnusableAmount, UnusableMonth
from services.notify.domain import WARNS_AT, Prices, Topic, is_month, is_usable_amount
from services.notify.gate.ways import Ways
from services.notify.models import Area
from services.notify.queries.taken import LAST_TAKEN, TAKEN_IN_MONTH, budget_view
from services.notify.usecases.news import News
from services.notify.usecases.planning import tell
from services.notify.usecases.telling import accounts, nearest

Before = Row[Any] | None
"""A delivery before an outcome is written down: its `state`, and whether a try of it `is_counted`."""


def set_budget(ways: Ways, work: Work, command: SetBudget, now: datetime) -> BudgetView:
    """Set what an area may spend in a month; what was spent there already counts.

    Raises `UnknownArea`, `UnusableMonth` for one that is over or none, and `UnusableAmount`.
    """
    area = work.session.get(Area, command.area_id)
    if area is None:
        raise UnknownArea()
    work.permit(area.path)
    if not is_month(command.month) or command.month < month_of(work.day_of(now)):
        raise UnusableMonth()
    if not is_usable_amount(command.amount):
        raise UnusableAmount()
    named = {"month": command.month, "area_id": area.id, "area_path": area.path, "amount": command.amount}
    named |= {"id": new_id(), "by": work.actor, "now": now, "share": WARNS_AT}
    named |= ways.prices.bounds(command.month)
    if not work.session.execute(_IS_SET, named).scalar_one():
        work.session.execute(_KEEP_OTHERS_FROM_SPENDING)
    row = work.session.execute(_SET, named | _asked(ways.prices)).one()
    work.record("set_budget", str(area.id), now)
    return budget_view(row)


def reserve(session: Session, prices: Prices, deliveries: Collection[UUID]) -> None:
    """Count what these deliveries cost, which a provider has just taken, or may have."""
    _spend(session, prices, deliveries, Decimal(1))


def standing_of(session: Session, prices: Prices, tries: Mapping[UUID, int]) -> dict[UUID, Row[Any]]:
    """Return, locked, how deliveries stand whose last try is this one, where messages cost something."""
    if not prices.of or not tries:
        return {}
    asked = {"ids": [str(delivery) for delivery in tries], "tries": list(tries.values())}
    return {row.id: row for row in session.execute(_STANDING, asked)}


def parts_under_way(session: Session, prices: Prices, deliveries: Collection[UUID]) -> dict[UUID, int]:
    """Return, locked, of how many parts those consist whose call is under way, where messages cost something.

    When a receipt is quicker than the answer to its call, nobody may live to write the answer down.
    """
    if not prices.of or not deliveries:
        return {}
    asked = {"ids": [str(delivery) for delivery in deliveries]}
    return {row.id: row.parts for row in session.execute(_UNDER_WAY, asked)}


def give_back(session: Session, prices: Prices, deliveries: Collection[UUID]) -> None:
    """Count no more what these cost, which did not arrive after all, where failures cost nothing."""
    free = {name: price for name, price in prices.of.items() if not price.is_due_when_failed}
    _spend(session, replace(prices, of=free), deliveries, Decimal(-1))


def settle_parts(session: Session, prices: Prices, told: Mapping[UUID, int]) -> None:
    """Count the parts of deliveries as their provider does, and what they cost beyond what was reserved."""
    if told:
        said = {"ids": [str(delivery) for delivery in told], "parts": list(told.values())}
        session.execute(_SETTLE, said | {"sign": Decimal(1)} | _asked(prices))


def _spend(session: Session, prices: Prices, deliveries: Collection[UUID], sign: Decimal) -> None:
    if prices.of and deliveries:
        ids = [str(delivery) for delivery in deliveries]
        session.execute(_SPEND, {"ids": ids, "sign": sign} | _asked(prices))


def warn_of_budgets(work: Work, ways: Ways, now: datetime) -> int:
    """Tell the officers of an area, once, that most of its budget is spent; return how many these are."""
    if not ways.prices.of:
        return 0
    asked = {"month": month_of(work.day_of(now)), "share": WARNS_AT, "now": now}
    for budget in (warned := work.session.execute(_WARN, asked).all()):
        words = {"month": budget.month, "percent": int(budget.percent)}
        words["is_exhausted"] = budget.percent >= 100
        occasion = uuid5(budget.id, budget.set_at.isoformat())  # who raised it wants to hear of it again
        news = News(Topic.BUDGET_NEAR, occasion, budget.id, budget.area_path, words)
        officers = nearest(work, Role.OFFICER, [budget.area_path])[budget.area_path]
        tell(work, ways, news.notes_to(accounts(officers)), now)
    return len(warned)


def _asked(prices: Prices) -> dict[str, Any]:
    return {
        "providers": list(prices.of),
        "prices": [price.per_part for price in prices.of.values()],
        "free": [name for name, price in prices.of.items() if not price.is_due_when_failed],
        "zone": prices.zone,
    }


_COUNT = """
    , cost AS (
        SELECT message.area_path, to_char(taken.at AT TIME ZONE :zone, 'YYYY-MM') AS month,
               sum(taken.parts * price.yuan) AS yuan
        FROM taken
        JOIN notify.delivery ON delivery.id = taken.delivery_id
        JOIN notify.message ON message.id = delivery.message_id
        JOIN unnest(CAST(:providers AS text[]), CAST(:prices AS numeric[])) AS price (provider, yuan)
            ON price.provider = taken.provider
        GROUP BY message.area_path, month
    ), due AS (
        SELECT budget.id, (SELECT sum(yuan) FROM cost WHERE cost.month = budget.month
                           AND starts_with(cost.area_path, budget.area_path)) AS yuan
        FROM notify.budget
        WHERE EXISTS (SELECT FROM cost WHERE cost.month = budget.month
                      AND starts_with(cost.area_path, budget.area_path))
        ORDER BY budget.id FOR UPDATE
    )
    UPDATE notify.budget SET spent = spent + :sign * due.yuan FROM due WHERE budget.id = due.id
"""
"""Counts what was `taken` with every budget around. They are locked in the order of their ids: nobody waits
in a ring."""

_SPEND = text(f"""
    WITH taken AS (
        SELECT delivery.id AS delivery_id, last.at, last.provider, last.parts
        FROM notify.delivery CROSS JOIN LATERAL ({LAST_TAKEN}) AS last
        WHERE delivery.id = ANY (CAST(:ids AS uuid[])) AND EXISTS (SELECT FROM notify.budget)
    ) {_COUNT}
""")  # noqa: S608 - the words are our own

_STANDING = text(f"""
    SELECT FROM notify.delivery WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE;
    SELECT delivery.id, delivery.state, last.id IS NOT NULL AS is_counted
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tries AS int[])) AS asked (id, tries)
    JOIN notify.delivery ON delivery.id = asked.id AND delivery.tries = asked.tries
    LEFT JOIN LATERAL ({LAST_TAKEN}) AS last ON true
""")  # noqa: S608 - the words are our own
"""Waits first, in the same round trip, for whoever writes a lease off, and so sees what that counted."""

_UNDER_WAY = text("""
    SELECT FROM notify.delivery WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE;
    SELECT delivery.id, call.parts[place] AS parts
    FROM notify.delivery JOIN notify.call ON delivery.id = ANY(call.deliveries),
         array_position(call.deliveries, delivery.id) AS place
    WHERE delivery.id = ANY(CAST(:ids AS uuid[])) AND delivery.state = 'sending'
          AND call.tries[place] = delivery.tries AND call.parts[place] > 0
""")
"""Waits first, in the same round trip, for whoever writes the answer down or the lease off: they count it."""

_SETTLE = text(f"""
    WITH taken AS MATERIALIZED (
        SELECT delivery.id AS delivery_id, last.id, last.at, last.provider, told.parts - last.parts AS parts
        FROM unnest(CAST(:ids AS uuid[]), CAST(:parts AS int[])) AS told (delivery_id, parts)
        JOIN notify.delivery ON delivery.id = told.delivery_id
        CROSS JOIN LATERAL ({LAST_TAKEN}) AS last
        WHERE told.parts <> last.parts
    ), counted AS (
        UPDATE notify.attempt SET parts = attempt.parts + taken.parts FROM taken
        WHERE attempt.delivery_id = taken.delivery_id AND attempt.id = taken.id
    ) {_COUNT}
""")  # noqa: S608 - the words are our own

_IS_SET = text("SELECT EXISTS (SELECT FROM notify.budget WHERE month = :month AND area_id = :area_id)")

_KEEP_OTHERS_FROM_SPENDING = text("LOCK TABLE notify.budget IN SHARE ROW EXCLUSIVE MODE")
"""What goes out meanwhile is either written down before a new budget counts it, or finds the budget there."""

_SET = text(f"""
    INSERT INTO notify.budget AS known (id, month, area_id, area_path, amount, spent, set_by, set_at)
    SELECT :id, :month, :area_id, :area_path, :amount, coalesce(sum(taken.parts * price.yuan), 0), :by, :now
    FROM ({TAKEN_IN_MONTH}) AS taken
    JOIN unnest(CAST(:providers AS text[]), CAST(:prices AS numeric[])) AS price (provider, yuan)
        ON price.provider = taken.provider
    JOIN notify.delivery ON delivery.id = taken.delivery_id
    JOIN notify.message ON message.id = delivery.message_id
    WHERE starts_with(message.area_path, :area_path)
        AND (delivery.state IN ('accepted', 'delivered', 'ambiguous', 'unknown')
             OR taken.provider <> ALL (:free))
    ON CONFLICT (month, area_id) DO UPDATE SET
        amount = excluded.amount, set_by = excluded.set_by, set_at = excluded.set_at,
        warned_at = CASE WHEN known.spent >= excluded.amount * :share THEN known.warned_at END
    RETURNING area_id, area_path, month, amount, spent
""")  # noqa: S608 - the words are our own

_WARN = text("""
    UPDATE notify.budget SET warned_at = :now
    WHERE month = :month AND warned_at IS NULL AND spent > 0 AND spent >= amount * :share
    RETURNING id, month, area_path, set_at,
              CASE WHEN amount > 0 THEN least(100, floor(spent * 100 / amount)) ELSE 100 END AS percent
""")
