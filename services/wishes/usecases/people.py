"""Residents found again or added, a whole sheet of them at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from services.chassis.contracts import Sealed, in_events, new_id
from services.chassis.sealing import Seals
from services.chassis.work import Work
from services.wishes.contracts import ResidentCopy, ResidentDetails, ResidentsChanged
from services.wishes.domain import address_key
from services.wishes.models import Area, Resident

Who = tuple[str, str]
"""The blind indexes of name and phone; the second is empty for somebody without one."""


def residents_for(
    work: Work,
    community: Area,
    said: Sequence[ResidentDetails],
    language: str,
    now: datetime,
    *,
    is_trusted: bool,
) -> list[Resident]:
    """Return the resident of each of `said`, which are in order; whoever is not known is added.

    What a worker says (`is_trusted`) brings a known resident up to date. A stranger's word changes
    nobody: their own wish carries the contact they gave.
    """
    whose = [_who(work.seals, one) for one in said]
    known = _known(work, community, whose)
    touched: dict[Who, Resident] = {}
    for who, one in zip(whose, said, strict=True):
        if who not in known:
            known[who] = touched[who] = _new_resident(work.seals, community, who, one, language, now)
        elif is_trusted and _bring_up_to_date(work.seals, known[who], one):
            touched[who] = known[who]
    work.session.add_all(touched.values())
    work.session.flush()
    _announce(work, community, list(touched.values()))
    return [known[who] for who in whose]


def _who(seals: Seals, said: ResidentDetails) -> Who:
    return seals.index(said.name), seals.index(said.phone) if said.phone else ""


def _known(work: Work, community: Area, whose: Iterable[Who]) -> dict[Who, Resident]:
    """Return the residents who may be meant, locked in one order so that two sheets never cross."""
    names = {name_index for name_index, _ in whose}
    chosen = select(Resident).where(Resident.community_id == community.id, Resident.name_index.in_(names))
    found = work.session.scalars(chosen.order_by(Resident.id).with_for_update())
    return {(resident.name_index, resident.phone_index): resident for resident in found}


def _new_resident(
    seals: Seals, community: Area, who: Who, said: ResidentDetails, language: str, now: datetime
) -> Resident:
    return Resident(
        id=new_id(),
        community_id=community.id,
        name=seals.seal(said.name),
        name_index=who[0],
        phone=seals.seal_or_none(said.phone),
        phone_index=who[1],
        address=seals.seal_or_none(said.address),
        address_index=_address_index(seals, said.address),
        gender=said.gender,
        age=said.age,
        hardship=[kind.value for kind in said.hardship],
        language=language,
        added_at=now,
        version=1,
    )


def _bring_up_to_date(seals: Seals, resident: Resident, said: ResidentDetails) -> bool:
    """Write what was said and differs; say whether anything did. What was left out stays as it is."""
    changes = {
        "gender": said.gender,
        "age": said.age,
        "hardship": [kind.value for kind in said.hardship] or None,
    }
    differing = {
        field: value
        for field, value in changes.items()
        if value is not None and value != getattr(resident, field)
    }
    if said.address and said.address != seals.open_or_empty(resident.address):
        differing["address"] = seals.seal(said.address)
        differing["address_index"] = _address_index(seals, said.address)
    for field, value in differing.items():
        setattr(resident, field, value)
    resident.version += bool(differing)
    return bool(differing)


def _address_index(seals: Seals, address: str) -> str:
    """Return the blind index of an address, by which a household is known; empty when there is none."""
    key = address_key(address)
    return seals.index(f"address {key}") if key else ""


def _announce(work: Work, community: Area, residents: Sequence[Resident]) -> None:
    copies = [
        ResidentCopy(
            id=resident.id,
            name=Sealed(resident.name),
            phone=Sealed(resident.phone) if resident.phone else None,
            community_id=resident.community_id,
            area_path=community.path,
            language=resident.language,
            version=resident.version,
        )
        for resident in residents
    ]
    work.announce(*(ResidentsChanged(residents=chunk) for chunk in in_events(copies)))
