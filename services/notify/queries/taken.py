"""What was carried by whom, and so what it costs, as the tables have it."""

from typing import Any

from services.notify.contracts import BudgetView

_IS_TAKEN = "parts > 0 AND outcome IN ('accepted', 'ambiguous')"

LAST_TAKEN = f"""
    SELECT id, at, provider, parts FROM notify.attempt
    WHERE delivery_id = delivery.id AND {_IS_TAKEN} ORDER BY id DESC LIMIT 1
"""  # noqa: S608 - the words are our own
"""The last try of a delivery that a provider took, or may have taken."""

TAKEN_IN_MONTH = f"""
    SELECT DISTINCT ON (delivery_id) delivery_id, at, provider, parts FROM notify.attempt
    WHERE at >= :begins AND at < :ends AND {_IS_TAKEN} ORDER BY delivery_id, id DESC
"""  # noqa: S608 - the words are our own
"""The last of these of every delivery in a month."""


def budget_view(budget: Any) -> BudgetView:
    """Return a budget, or a row of its columns, as officers see it."""
    return BudgetView(
        area_id=budget.area_id,
        area_path=budget.area_path,
        month=budget.month,
        amount=budget.amount,
        spent=budget.spent,
        is_exhausted=budget.spent >= budget.amount,
    )
