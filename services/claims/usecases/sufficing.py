"""What was taken is enough: places that nobody took no longer keep a wish from coming true."""

from datetime import datetime

from sqlalchemy import update

from services.chassis.contracts import Done
from services.chassis.work import Work
from services.claims.contracts import (
    FreePlacesGivenUp,
    GiveUpFreePlaces,
    NobodyTookIt,
    NoLongerOffered,
    UnknownOffer,
)
from services.claims.domain import OVER, Places
from services.claims.models import Offer
from services.claims.usecases.forgetting import forget_people
from services.claims.usecases.locking import OfferRow, lock_offers, places_of
from services.claims.usecases.waiting_line import announce_turns, close_line
from services.claims.usecases.writing import change_places


def give_up_free_places(work: Work, command: GiveUpFreePlaces, now: datetime) -> Done:
    """Offer no more places of a wish than are kept; with each of these confirmed, it has come true.

    Raises `UnknownOffer`, `NoLongerOffered` and, where nobody keeps a place, `NobodyTookIt`.
    """
    offer = _offer_in_my_area(work, command)
    before = places_of(offer)
    if before.state in OVER:
        raise NoLongerOffered()
    if before.taken + before.reserved == 0:
        raise NobodyTookIt()
    if not before.is_full:
        _lower(work, offer, before.offer_again(0), now)
    return Done(id=offer.id)


def _offer_in_my_area(work: Work, command: GiveUpFreePlaces) -> OfferRow:
    offer = lock_offers(work.session, [command.wish_id]).get(command.wish_id)
    if offer is None:
        raise UnknownOffer()
    work.permit(offer.area_path)
    return offer


def _lower(work: Work, offer: OfferRow, after: Places, now: datetime) -> None:
    work.session.execute(update(Offer).where(Offer.id == offer.id).values(places=after.places))
    change_places(work.session, {offer.id: offer}, {offer.id: after})
    work.record("give_up_free_places", str(offer.id), now)
    work.announce(
        FreePlacesGivenUp(
            wish_id=offer.id,
            title=offer.title,
            wish_code=offer.code,
            area_path=offer.area_path,
            places=after.places,
            standing=after.standing(),
        )
    )
    announce_turns(work, close_line(work, offer, after, now))
    forget_people(work.session, [offer.id])
