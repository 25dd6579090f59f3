"""What messages cost, and what an area may spend on them in a month."""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "BudgetView",
    "CostsOfMonth",
    "GetCosts",
    "ProviderCost",
    "SetBudget",
    "UnusableAmount",
    "UnusableMonth",
]


class ProviderCost(View, frozen=True, kw_only=True):
    """What one provider was given to carry, and what that costs, in yuan."""

    provider: str
    messages: int
    parts: int
    reserved: Decimal  # carried, and nothing heard of it yet
    settled: Decimal  # arrived, accepted for longer than receipts take, or due although it failed


class BudgetView(View, frozen=True, kw_only=True):
    """What an area may spend in a month, and what of it is spent; with nothing left, invitations stop."""

    area_id: UUID
    area_path: str
    month: str
    amount: Decimal
    spent: Decimal
    is_exhausted: bool


class CostsOfMonth(View, frozen=True, kw_only=True):
    """The costs of an area and the areas in it, and the budgets there."""

    month: str
    below: str
    reserved: Decimal
    settled: Decimal
    providers: list[ProviderCost]
    budgets: list[BudgetView]


class GetCosts(Query, frozen=True, kw_only=True):
    """What messages cost in a month, in an area and those in it."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = CostsOfMonth

    month: str
    below: str = "/"


class SetBudget(Command, frozen=True, kw_only=True):
    """What an area may spend on messages in this month or one to come, in yuan.

    Its officers hear when four fifths are spent. With nothing left no more invitations go out through
    providers that cost something; service messages and security codes do.
    """

    right: ClassVar[Right] = Right.MANAGE_AREAS
    answer: ClassVar[type[View]] = BudgetView

    area_id: UUID
    month: str
    amount: Decimal


class UnusableMonth(Refusal):
    """A month is written 2026-12; a budget is set for this one or one to come."""

    code = "notify.unusable_month"
    kind = RefusalKind.INVALID


class UnusableAmount(Refusal):
    """A budget is an amount of yuan to the fen, of a decent size."""

    code = "notify.unusable_amount"
    kind = RefusalKind.INVALID
