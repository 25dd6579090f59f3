"""Suggestions both ways: wishes for a member and members for a wish, by what fits; nobody is ranked."""

from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Page, View
from services.chassis.rights import Right
from services.claims.contracts.reading import OfferView

__all__ = [
    "MemberFit",
    "MemberSuggestions",
    "SuggestMembers",
    "SuggestWishes",
    "WishFit",
    "WishSuggestions",
]


class WishFit(View, frozen=True, kw_only=True):
    """An open wish, and why it fits."""

    offer: OfferView
    skill_fits: bool
    willingness_fits: bool
    nearness: int  # steps of the area tree that both share


class WishSuggestions(View, frozen=True, kw_only=True):
    """A page of wishes that fit a member."""

    items: list[WishFit]
    next: str | None = None


class SuggestWishes(Page, frozen=True, kw_only=True):
    """Open wishes for the signed-in member: those that fit their skill first, then near ones."""

    right: ClassVar[Right] = Right.CLAIM
    answer: ClassVar[type[View]] = WishSuggestions


class MemberFit(View, frozen=True, kw_only=True):
    """A member who could take a wish, and why; names are the directory's."""

    member_id: UUID
    skill_fits: bool
    willingness_fits: bool
    nearness: int
    is_free: bool  # in the hours that were asked for


class MemberSuggestions(View, frozen=True, kw_only=True):
    """A page of members who fit a wish."""

    items: list[MemberFit]
    next: str | None = None


class SuggestMembers(Page, frozen=True, kw_only=True):
    """Members for a wish, for the workers of its area: who can, who wants to, who lives near; no points."""

    right: ClassVar[Right] = Right.SCREEN
    answer: ClassVar[type[View]] = MemberSuggestions

    wish_id: UUID
    free_hours: str | None = None  # as in the directory, "sat_morning"
