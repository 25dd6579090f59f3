"""How wishes come in: said by a resident, entered by a worker, put right after a return."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.chassis.contracts import Done, Sealed, in_events, new_id
from services.chassis.sealing import Seals
from services.chassis.work import Work
from services.wishes.contracts import (
    AmendWish,
    Door,
    EnterWish,
    PhoneNeeded,
    ResidentDetails,
    SubmitWish,
    UnusableDoor,
    Urgency,
    WishDetails,
    WishesSubmitted,
    WishReceipt,
    WishTaken,
    confirmation_index,
)
from services.wishes.domain import (
    DOORS_OF_WORKERS,
    WISH_LIFECYCLE,
    WishAction,
    fresh_code,
    fresh_confirmation_code,
    resident_in_order,
    screening_due_on,
    wish_in_order,
)
from services.wishes.models import Area, Resident, Wish, WishMove
from services.wishes.queries.duplicates import duplicates_of
from services.wishes.queries.places import community_for, settings_of
from services.wishes.settings import WishesSettings
from services.wishes.usecases.allowances import count_wish
from services.wishes.usecases.cards import card_for
from services.wishes.usecases.evidence import as_a_form_names_it
from services.wishes.usecases.moves import RESIDENT, by_whom, move, wish_for
from services.wishes.usecases.people import residents_for
from services.wishes.usecases.quotas import NO_CAMPAIGN, Seat, seat_for


@dataclass(frozen=True, kw_only=True)
class SaidWish:
    """One wish as it came in, already in order: who wishes what, what proves it, and the row that said so."""

    resident: ResidentDetails
    wish: WishDetails
    evidence: str = ""
    row: int | None = None
    code: str | None = None  # of the paper card on which it was written


@dataclass(frozen=True)
class TakenWish:
    """One wish as it was written down, with what whoever brought it is told."""

    receipt: WishReceipt
    wish: Wish
    resident: Resident


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where wishes come from: the door, who held it open, in which language, with which import."""

    door: Door
    by: str
    language: str
    batch_id: UUID | None = None
    seat: Seat = NO_CAMPAIGN


def submit_wish(work: Work, command: SubmitWish, now: datetime, settings: WishesSettings) -> WishReceipt:
    """Take a wish that a resident says without an account; the phone is needed to track it and to answer.

    Raises `UnknownCommunity`, `PhoneNeeded`, `TooManyWishes` and whatever is wrong with the wish or the
    resident.
    """
    community = community_for(work.session, command.community_id)
    said = _in_order(command, community)
    if said.resident.phone is None:
        raise PhoneNeeded()
    if command.address:  # else it comes from within the house
        count_wish(work, community, command.address, said.resident.phone, now, settings)
    origin = Origin(door=Door.ONLINE, by=RESIDENT, language=command.by.language)
    return take_in(work, community, [said], origin, now, settings)[0].receipt


def enter_wish(work: Work, command: EnterWish, now: datetime, settings: WishesSettings) -> WishReceipt:
    """Take a wish that a worker enters for a resident; the door and the worker are recorded.

    A paper card gives the wish its code. Raises `UnknownCommunity`, `UnusableDoor`, `UnknownCard`,
    `CardUsed`, `UnknownCampaign`, `NotCollecting`, `UnknownReporter`, `QuotaSpent` and whatever is wrong
    with the wish or the resident.
    """
    community = community_for(work.session, command.community_id)
    work.permit(community.path)
    if command.door not in DOORS_OF_WORKERS:
        raise UnusableDoor()
    card = card_for(work, community, command.card_code) if command.card_code else None
    said = dataclasses.replace(_in_order(command, community), code=card.code if card else None)
    campaign_id = command.campaign_id or (card.campaign_id if card else None)
    seat = seat_for(work, community, campaign_id, command.reporter_id, 1, now)
    door = Door.CARD if card else command.door
    origin = Origin(door=door, by=by_whom(command), language=command.by.language, seat=seat)
    taken = take_in(work, community, [said], origin, now, settings)[0]
    if card is not None:
        card.wish_id = taken.wish.id
    duplicates = duplicates_of(work, taken.wish, taken.resident)
    return msgspec.structs.replace(taken.receipt, duplicates=duplicates, over_quota=seat.over_quota)


def amend_wish(work: Work, command: AmendWish, now: datetime, settings: WishesSettings) -> Done:
    """Put a returned wish right; it goes back to the screener with days of its own.

    Raises `UnknownWish`, `IllegalMove` when it was not returned, and whatever is wrong with the wish.
    """
    wish, _ = wish_for(work, command.wish_id)
    move(work, wish, WishAction.AMEND, now, by_whom(command))
    contact = msgspec.json.decode(work.seals.open(wish.contact))
    said = wish_in_order(command.wish, contact["name"])
    for field in ("title", "kind", "category", "urgency", "value", "places", "skill"):
        setattr(wish, field, getattr(said, field))
    wish.details = work.seals.seal_or_none(said.details)
    wish.contact = _sealed_contact(work.seals, contact | {"details": said.details})
    wish.due_on = _due_on(work, Urgency(wish.urgency), now, settings)
    return Done(id=wish.id)


def take_in(
    work: Work,
    community: Area,
    said: Sequence[SaidWish],
    origin: Origin,
    now: datetime,
    settings: WishesSettings,
) -> list[TakenWish]:
    """Write and announce wishes with residents and first moves; a few statements for a whole sheet."""
    residents = residents_for(
        work,
        community,
        [one.resident for one in said],
        origin.language,
        now,
        is_trusted=origin.by != RESIDENT,
    )
    due_on = {urgency: _due_on(work, urgency, now, settings) for urgency in Urgency}
    receipts = [
        WishReceipt(
            wish_id=new_id(), code=one.code or fresh_code(), confirmation_code=fresh_confirmation_code()
        )
        for one in said
    ]
    wishes = [
        _new_wish(work.seals, resident, one, receipt, origin, now, due_on[one.wish.urgency])
        for resident, one, receipt in zip(residents, said, receipts, strict=True)
    ]
    work.session.add_all(wishes)
    work.session.flush()
    work.session.add_all(_first_move(wish) for wish in wishes)
    work.session.add_all(
        as_a_form_names_it(work, wish, one.evidence, origin.by, now, settings)
        for wish, one in zip(wishes, said, strict=True)
        if one.evidence
    )
    _announce(work, community, wishes)
    return [TakenWish(*taken) for taken in zip(receipts, wishes, residents, strict=True)]


def _in_order(command: SubmitWish | EnterWish, community: Area) -> SaidWish:
    resident = resident_in_order(command.resident, settings_of(community).area_code)
    return SaidWish(resident=resident, wish=wish_in_order(command.wish, resident.name))


def _due_on(work: Work, urgency: Urgency, now: datetime, settings: WishesSettings) -> date:
    return screening_due_on(work.day_of(now), settings.screening_days_of(urgency), work.holidays)


def _new_wish(
    seals: Seals,
    resident: Resident,
    said: SaidWish,
    receipt: WishReceipt,
    origin: Origin,
    now: datetime,
    due_on: date,
) -> Wish:
    spoken = msgspec.structs.asdict(said.wish)
    return Wish(
        **spoken | {"details": seals.seal_or_none(said.wish.details)},
        id=receipt.wish_id,
        code=receipt.code,
        community_id=resident.community_id,
        resident_id=resident.id,
        state=WISH_LIFECYCLE.starts,
        contact=_sealed_contact(seals, _contact(seals, resident, said, origin)),
        confirmation_code=seals.seal(receipt.confirmation_code),
        confirmation_index=confirmation_index(seals, receipt.code, receipt.confirmation_code),
        door=origin.door,
        entered_by=origin.by,
        submitted_at=now,
        due_on=due_on,
        batch_id=origin.batch_id,
        sheet_row=said.row,
        campaign_id=origin.seat.campaign_id,
        reporter_id=origin.seat.reporter_id,
        months_carried=0,
        version=1,
    )


def _contact(seals: Seals, resident: Resident, said: SaidWish, origin: Origin) -> dict[str, str | None]:
    """Return what the claimant will need; an address on record is added to a worker's word only.

    Otherwise whoever knows a name and a phone could wish in that name, claim the wish, and learn the address.
    """
    known = resident.address if origin.by != RESIDENT else None
    return {
        "name": said.resident.name,
        "phone": said.resident.phone,
        "address": said.resident.address or seals.open_or_empty(known),
        "details": said.wish.details,
    }


def _sealed_contact(seals: Seals, contact: dict[str, str | None]) -> Sealed:
    return seals.seal(msgspec.json.encode(contact).decode())


def _first_move(wish: Wish) -> WishMove:
    return WishMove(
        wish_id=wish.id,
        at=wish.submitted_at,
        action=WishAction.SUBMIT,
        state=wish.state,
        by=wish.entered_by,
    )


def _announce(work: Work, community: Area, wishes: Sequence[Wish]) -> None:
    taken = [
        WishTaken(
            wish_id=wish.id,
            code=wish.code,
            resident_id=wish.resident_id,
            community_id=wish.community_id,
            area_path=community.path,
            title=work.seals.seal(wish.title),  # nobody has screened it for the public yet
            confirmation_code=Sealed(wish.confirmation_code),
            reporter_id=wish.reporter_id,
        )
        for wish in wishes
    ]
    work.announce(*(WishesSubmitted(wishes=chunk) for chunk in in_events(taken)))
