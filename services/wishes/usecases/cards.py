"""Paper wish cards 心愿卡 (004: 发给一张“心愿卡”): codes for blank ones, the way back of written ones."""

from datetime import datetime

from sqlalchemy import insert, select

from services.chassis.contracts import new_id
from services.chassis.work import Work
from services.wishes.contracts import CardBatch, CardUsed, PrintCards, UnknownCampaign, UnknownCard
from services.wishes.domain import code_as_typed, fresh_code, within
from services.wishes.models import Area, WishCard
from services.wishes.queries.campaigns import campaign_for
from services.wishes.queries.places import community_for
from services.wishes.settings import WishesSettings
from services.wishes.usecases.moves import by_whom


def print_cards(work: Work, command: PrintCards, now: datetime, settings: WishesSettings) -> CardBatch:
    """Return codes for blank cards of a community; the code of a card becomes that of the wish on it.

    Raises `UnknownCommunity`, `UnusableAmount`, `UnknownCampaign`.
    """
    community = community_for(work.session, command.community_id)
    work.permit(community.path)
    count = within("count", command.count, 1, settings.most_cards)
    if command.campaign_id is not None:
        _, area = campaign_for(work.session, command.campaign_id)
        if not community.path.startswith(area.path):
            raise UnknownCampaign()
    batch_id, codes = new_id(), sorted(_codes(count))
    card = {
        "batch_id": batch_id,
        "community_id": community.id,
        "campaign_id": command.campaign_id,
        "printed_at": now,
        "by": by_whom(command),
    }
    work.session.execute(insert(WishCard), [card | {"code": code} for code in codes])
    return CardBatch(batch_id=batch_id, community_name=community.name, codes=codes)


def card_for(work: Work, community: Area, typed: str) -> WishCard:
    """Return a blank card, locked, by the code that somebody typed; raise `UnknownCard` or `CardUsed`."""
    chosen = select(WishCard).where(
        WishCard.code == code_as_typed(typed), WishCard.community_id == community.id
    )
    card = work.session.scalar(chosen.with_for_update())
    if card is None:
        raise UnknownCard()
    if card.wish_id is not None:
        raise CardUsed()
    return card


def _codes(count: int) -> set[str]:
    codes: set[str] = set()
    while len(codes) < count:
        codes.add(fresh_code())
    return codes
