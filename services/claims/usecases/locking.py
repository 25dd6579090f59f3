"""Locks, in the one order that everybody keeps: offers by id, then members by id, then claims by id.

Teams and units are locked after members, by id, when their claims are counted. Turns in a line, pools and
pledges have no lock of their own: whoever touches them holds their offer.

Whoever changes places holds the offers and the members concerned. All of them are locked by one statement
each, in the order of their ids, so that two transactions never wait for each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, String, bindparam, cast, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PostgresUUID
from sqlalchemy.orm import Session

from services.claims.domain import OfferState, Places
from services.claims.models import Area, Claim, Member, Offer
from services.directory.contracts import AreaSettings

OfferRow = Row[Any]
"""The columns of an offer, with `limit` and `undo_minutes` of its community (None while that is unknown)."""

DEFAULTS = AreaSettings()
"""What holds in an area of which nothing was heard yet."""

MemberRow = Row[Any]
ClaimRow = Row[Any]


def array_of(values: Iterable[object]) -> str:
    """Return a PostgreSQL array literal of ids, numbers, instants or states: it binds fastest as one string.

    Never of text that somebody typed: nothing is quoted here.
    """
    return "{{{}}}".format(",".join("NULL" if value is None else str(value) for value in values))


def in_ids(column: Any) -> ColumnElement[bool]:
    """Return the condition that `column` is among the parameter `ids`, an array literal."""
    ids = cast(bindparam("ids", type_=String), ARRAY(PostgresUUID(as_uuid=True)))
    is_among: ColumnElement[bool] = column == func.any(ids)
    return is_among


_OFFER, _AREA = Offer.__table__.c, Area.__table__.c
_MEMBER, _CLAIM = Member.__table__.c, Claim.__table__.c
_OFFER_COLUMNS: list[Any] = [
    _OFFER.id,
    _OFFER.code,
    _OFFER.title,
    _OFFER.kind,
    _OFFER.urgency,
    _OFFER.area_path,
    _OFFER.community_id,
    _OFFER.resident_id,
    _OFFER.service_days,
    _OFFER.places,
    _OFFER.taken,
    _OFFER.confirmed,
    _OFFER.reserved,
    _OFFER.waiting,
    _OFFER.value,
    _OFFER.state,
    _OFFER.version,
    _OFFER.wish_version,
    _OFFER.released_at,
    _AREA.open_claims.label("limit"),
    _AREA.undo_minutes,
    _AREA.unit_open_claims,
    _AREA.waiting_places,
    _AREA.waiting_hours,
    _AREA.pledge_days,
]

OFFERS: Select[Any] = (
    select(*_OFFER_COLUMNS)
    .select_from(Offer.__table__.outerjoin(Area.__table__, _AREA.id == _OFFER.community_id))
    .where(in_ids(_OFFER.id))
    .order_by(_OFFER.id)
)
_LOCKED_OFFERS = OFFERS.with_for_update(of=Offer.__table__)
_LOCKED_MEMBERS: Select[Any] = (
    select(_MEMBER.id, _MEMBER.is_active, _MEMBER.open_claims)
    .where(in_ids(_MEMBER.id))
    .order_by(_MEMBER.id)
    .with_for_update()
)
_LOCKED_CLAIMS = text(f"""
    SELECT FROM claims.offer WHERE id IN
        (SELECT offer_id FROM claims.claim WHERE id = ANY (CAST(:ids AS uuid[]))) ORDER BY id FOR UPDATE;
    SELECT FROM claims.member WHERE id IN
        (SELECT member_id FROM claims.claim WHERE id = ANY (CAST(:ids AS uuid[]))) ORDER BY id FOR UPDATE;
    SELECT {", ".join(_CLAIM.keys())} FROM claims.claim
    WHERE id = ANY (CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE
""").columns(*_CLAIM)  # noqa: S608 - the names are our own
"""Three statements in one round trip, so that each sees what the locks before it waited for."""


def lock_offers(session: Session, ids: Iterable[UUID]) -> dict[UUID, OfferRow]:
    """Lock these offers in the order of their ids and return those that exist."""
    wanted = set(ids)
    rows = session.execute(_LOCKED_OFFERS, {"ids": array_of(wanted)}) if wanted else ()
    return {row.id: row for row in rows}


def lock_members(session: Session, ids: Iterable[UUID]) -> dict[UUID, MemberRow]:
    """Lock these members in the order of their ids and return those that exist."""
    wanted = set(ids)
    rows = session.execute(_LOCKED_MEMBERS, {"ids": array_of(wanted)}) if wanted else ()
    return {row.id: row for row in rows}


@dataclass(frozen=True)
class Locked:
    """Claims that only this transaction can change, with their offers; their members are locked too."""

    claims: list[ClaimRow]
    offers: dict[UUID, OfferRow]


def lock_claims(session: Session, ids: Iterable[UUID]) -> Locked:
    """Lock the claims that exist of these, after their offers and members.

    A collective claim counts for no member, whoever answers for it; locking them does no harm.
    """
    wanted = array_of(ids)
    claims = list(session.execute(_LOCKED_CLAIMS, {"ids": wanted})) if wanted != "{}" else []
    offers = array_of({claim.offer_id for claim in claims})
    rows = session.execute(OFFERS, {"ids": offers}) if claims else ()
    return Locked(claims, {row.id: row for row in rows})


def places_of(offer: OfferRow) -> Places:
    """Return the places of an offer as the rules see them."""
    state = OfferState(offer.state)
    return Places(offer.places, offer.taken, offer.confirmed, state, offer.version, offer.reserved)
