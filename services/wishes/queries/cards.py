"""Which paper cards of a community were printed, and which came back."""

from sqlalchemy import select

from services.chassis.work import Work
from services.wishes.contracts import CardList, CardView, ListCards
from services.wishes.models import WishCard
from services.wishes.queries.ledger import page_size
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
    cards = work.session.scalars(chosen.order_by(WishCard.code).limit(page_size(query))).all()
    items = [
        CardView(code=card.code, batch_id=card.batch_id, printed_at=card.printed_at, wish_id=card.wish_id)
        for card in cards
    ]
    return CardList(items=items, next=items[-1].code if len(items) == page_size(query) else None)
