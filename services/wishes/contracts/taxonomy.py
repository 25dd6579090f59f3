"""The three official taxonomies, as a city of 000, 001 or 004 says them; one Category lies beneath."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Contract, Query, View
from services.chassis.rights import Right
from services.wishes.contracts.kinds import Category, Urgency

__all__ = [
    "ClassView",
    "GetTaxonomy",
    "OfficialClass",
    "Taxonomy",
    "TaxonomyView",
    "UrgencyView",
]


class Taxonomy(StrEnum):
    """Whose words an area uses; its setting `taxonomy`."""

    TANGSHAN = "000"
    LOUDI = "001"
    CHUANHUI = "004"


class OfficialClass(Contract, frozen=True, kw_only=True):
    """One class of a taxonomy in its own words."""

    taxonomy: Taxonomy
    key: str
    zh: str
    en: str


class ClassView(View, frozen=True, kw_only=True):
    """One class, and the categories that may lie in it."""

    official: OfficialClass
    categories: list[Category]


class UrgencyView(View, frozen=True, kw_only=True):
    """One class of 轻重缓急, and within how many working days it is screened."""

    urgency: Urgency
    zh: str
    en: str
    screening_days: int


class TaxonomyView(View, frozen=True, kw_only=True):
    """The words in which an area sorts wishes."""

    taxonomy: Taxonomy
    classes: list[ClassView]
    urgencies: list[UrgencyView]


class GetTaxonomy(Query, frozen=True, kw_only=True):
    """In which words an area sorts wishes."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = TaxonomyView

    area_id: UUID
