"""In which words an area sorts wishes."""

from services.chassis.work import Work
from services.wishes.contracts import (
    Category,
    ClassView,
    GetTaxonomy,
    OfficialClass,
    Taxonomy,
    TaxonomyView,
    UrgencyView,
    WishKind,
)
from services.wishes.domain import URGENCY_WORDS, WORDS, class_key, official_class, pairs_in
from services.wishes.models import Area, Wish
from services.wishes.queries.places import area_for, settings_of
from services.wishes.settings import WishesSettings


def get_taxonomy(work: Work, query: GetTaxonomy, settings: WishesSettings) -> TaxonomyView:
    """Return the classes of an area's taxonomy with the categories beneath; raises `UnknownArea`."""
    taxonomy = taxonomy_of(area_for(work.session, query.area_id))
    classes = [
        ClassView(official=official_class(taxonomy, key), categories=_categories(taxonomy, key))
        for key in WORDS[taxonomy]
    ]
    urgencies = [
        UrgencyView(urgency=urgency, zh=zh, en=en, screening_days=settings.screening_days_of(urgency))
        for urgency, (zh, en) in URGENCY_WORDS.items()
    ]
    return TaxonomyView(taxonomy=taxonomy, classes=classes, urgencies=urgencies)


def taxonomy_of(area: Area) -> Taxonomy:
    """Return whose words an area uses."""
    return Taxonomy(settings_of(area).taxonomy)


def class_of(wish: Wish, community: Area) -> OfficialClass | None:
    """Return in which class of its area's taxonomy a wish lies; None before it has a category."""
    if wish.category is None:
        return None
    taxonomy = taxonomy_of(community)
    return official_class(taxonomy, class_key(taxonomy, Category(wish.category), WishKind(wish.kind)))


def _categories(taxonomy: Taxonomy, key: str) -> list[Category]:
    return list(dict.fromkeys(category for category, _ in pairs_in(taxonomy, key)))
