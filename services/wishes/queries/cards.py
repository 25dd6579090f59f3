"""Which paper cards of a community were printed, and which came back."""

from sqlalchemy import select

from services.chassis.paging import one_more, page_of
from services.chassis.work import Work
from services.wishes.contracts import CardList, CardView, ListCards
from services.wishes.models import WishCard
from services.wishes.queries.places import community_for


def list_cards(work: Work, query: ListCards) -> CardList:
    """Return a page of the cards of a community by code; raises `UnknownCommunity`."""
    community = community_for(work.session, query.community_id)
    work.permit(community.path)
    chosen = select(WishCard).where(WishCard.community_id == community.id)
    if query.blank:
        chosen = chosen.where(WishCard.wish_id.is_(None))
    if query.after is not None:
        chosen = chosen.where(WishCard.code > query.after)
    found = work.session.scalars(one_more(chosen.order_by(WishCard.code), query))
    cards, following = page_of(found, query, lambda card: card.code)
    items = [
        CardView(code=card.code, batch_id=card.batch_id, printed_at=card.printed_at, wish_id=card.wish_id)
        for card in cards
    ]
    return CardList(items=items, next=following)
