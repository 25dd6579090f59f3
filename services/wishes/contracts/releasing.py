"""The monthly release: by hand, and what it would put up."""

from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Query, View
from services.chassis.rights import Right

__all__ = [
    "PreviewRelease",
    "ReleasePreview",
    "ReleaseWishes",
]


class ReleaseWishes(Command, frozen=True, kw_only=True):
    """Release a period by hand, for areas whose rule is `manual`; one released already stays as it is."""

    right: ClassVar[Right] = Right.RELEASE

    area_id: UUID
    period: str


class ReleasePreview(View, frozen=True, kw_only=True):
    """What would go up: new wishes by the name of the community, and what is carried over.

    Of a period released already nothing would go up: `is_released`, and every count is 0.
    """

    period: str
    is_released: bool
    wishes: int
    carried_over: int
    by_community: dict[str, int]


class PreviewRelease(Query, frozen=True, kw_only=True):
    """What a release of this period would put up now."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = ReleasePreview

    area_id: UUID
    period: str
