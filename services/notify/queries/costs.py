"""What messages cost in a month, by provider, and the budgets against which that is held."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select, text

from services.chassis import clock
from services.chassis.work import Work
from services.notify.contracts import CostsOfMonth, GetCosts, ProviderCost, UnusableMonth
from services.notify.domain import SETTLED_AFTER, Price, Prices, is_month
from services.notify.models import Budget
from services.notify.queries.taken import TAKEN_IN_MONTH, budget_view


def get_costs(prices: Prices, work: Work, query: GetCosts) -> CostsOfMonth:
    """Return what was carried in a month for an area and those in it, at the prices of now.

    Counted from the attempts, which forget nothing. What was accepted is settled when its receipt came, or
    when none comes any more. Raises `UnusableMonth`.
    """
    work.permit(query.below)
    if not is_month(query.month):
        raise UnusableMonth()
    asked = {"below": query.below, "heard_since": clock.now() - SETTLED_AFTER} | prices.bounds(query.month)
    costs = [_cost(row, prices.of.get(row.provider)) for row in work.session.execute(_COSTS, asked)]
    chosen = Budget.area_path.startswith(query.below, autoescape=True)
    budgets = select(Budget).where(Budget.month == query.month, chosen).order_by(Budget.area_path)
    return CostsOfMonth(
        month=query.month,
        below=query.below,
        reserved=sum((cost.reserved for cost in costs), Decimal(0)),
        settled=sum((cost.settled for cost in costs), Decimal(0)),
        providers=costs,
        budgets=[budget_view(budget) for budget in work.session.scalars(budgets)],
    )


def _cost(row: Any, price: Price | None) -> ProviderCost:
    per_part = price.per_part if price else Decimal(0)
    settled = row.arrived + (row.failed if price and price.is_due_when_failed else 0)
    return ProviderCost(
        provider=row.provider,
        messages=row.messages,
        parts=row.parts,
        reserved=row.open * per_part,
        settled=settled * per_part,
    )


_COSTS = text(f"""
    SELECT taken.provider, count(*) AS messages, sum(taken.parts) AS parts,
        coalesce(sum(taken.parts) FILTER (WHERE delivery.state IN ('delivered', 'unknown')
                                          OR is_believed), 0) AS arrived,
        coalesce(sum(taken.parts) FILTER (WHERE delivery.state IN ('accepted', 'ambiguous')
                                          AND NOT is_believed), 0) AS open,
        coalesce(sum(taken.parts) FILTER (WHERE delivery.state IN ('refused', 'failed', 'expired')), 0)
            AS failed
    FROM ({TAKEN_IN_MONTH}) AS taken
    JOIN notify.delivery ON delivery.id = taken.delivery_id
    JOIN notify.message ON message.id = delivery.message_id
    CROSS JOIN LATERAL (SELECT delivery.state = 'accepted' AND taken.at < :heard_since) AS late (is_believed)
    WHERE starts_with(message.area_path, :below)
    GROUP BY taken.provider ORDER BY taken.provider
""")  # noqa: S608 - the words are our own
