"""The desk at which units register: what was written about each is read, checked and settled."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from msgspec.structs import replace
from sqlalchemy import true

from services.chassis.contracts import Sealed, new_id
from services.chassis.sheets import read_name, read_phone
from services.chassis.work import Work
from services.directory.contracts import (
    AmbiguousStreet,
    AreaKind,
    NewUnit,
    RepeatedUnit,
    UnitAboveItself,
    UnitElsewhere,
    UnitKind,
    UnknownStreet,
    UnknownUnit,
    UnusableEmail,
    UnusableName,
    UnusablePhone,
)
from services.directory.domain.people import name_key, unit_path
from services.directory.forms.units import read_email
from services.directory.models import Area
from services.directory.queries.areas import Gazetteer, Place, settings_of
from services.directory.records import UnitRecord, by_id, read_records
from services.directory.usecases.flaws import Flaws
from services.directory.usecases.reach import manages_people_at
from services.directory.usecases.turns import UNITS, wait_for_turn


class UnitApplication(msgspec.Struct, frozen=True, kw_only=True):
    """What was written about one unit, understood; None says nothing."""

    name: str
    key: str
    kind: UnitKind | None
    parent_key: str | None
    street: Place | None
    contact_name: str | None
    contact_phone: str | None
    contact_email: str | None


class UnitsDesk:
    """Registers units in an area: `flaws` says what is wrong, `settled` how all units shall be."""

    def __init__(self, work: Work, area: Area, units: Sequence[NewUnit], flaws: Flaws) -> None:
        """Read every application and find out which units are known already."""
        wait_for_turn(work.session, UNITS)
        self._work, self._area, self._flaws = work, area, flaws
        self._area_code = settings_of(work.session, area).area_code
        self._streets = Gazetteer(work.session, AreaKind.STREET, area)
        self.before = by_id(read_records(work.session, UnitRecord, true()))
        self._known = {unit.name_key: unit for unit in self.before.values()}
        self._applications = {place: self._read(place, unit) for place, unit in enumerate(units)}
        self._find_repeated()
        self._find_elsewhere()
        self._find_orphans()
        self._find_rings()

    def settled(self) -> tuple[list[UUID], dict[UUID, UnitRecord]]:
        """Return the ids of the units that were registered, and how all units stand now, by id."""
        registered = self._registered()
        return list(registered), with_paths(self.before | registered)

    # -- reading

    def _read(self, place: int, unit: NewUnit) -> UnitApplication:
        usable = self._flaws.usable
        name = usable(place, "name", read_name(unit.name), UnusableName) or ""
        contact, phone, email = unit.contact_name, unit.contact_phone, unit.contact_email
        read = read_phone(phone, self._area_code) if phone else None
        return UnitApplication(
            name=name,
            key=name_key(name),
            kind=unit.kind,
            parent_key=name_key(unit.parent_name) if unit.parent_name else None,
            street=self._street(place, unit.street_name),
            contact_name=usable(place, "contact", read_name(contact), UnusableName) if contact else None,
            contact_phone=usable(place, "phone", read, UnusablePhone) if phone else None,
            contact_email=usable(place, "email", read_email(email), UnusableEmail) if email else None,
        )

    def _street(self, place: int, name: str | None) -> Place | None:
        found = self._streets.find(name) if name else []
        if name and not found:
            self._flaws.add(place, "street", UnknownStreet)
        if len(found) > 1:
            self._flaws.add(place, "street", AmbiguousStreet)
        return found[0] if found else None

    # -- comparing

    def _acceptable(self) -> dict[int, UnitApplication]:
        return {place: one for place, one in self._applications.items() if not self._flaws.forbids(place)}

    def _find_repeated(self) -> None:
        first: dict[str, int] = {}
        for place, application in self._acceptable().items():
            earlier = first.setdefault(application.key, place)
            if earlier != place:
                self._flaws.add(place, "name", RepeatedUnit, other=earlier)

    def _find_elsewhere(self) -> None:
        """Find what is in another street's care: the street a unit reports to looks after it (双报到)."""
        for place, application in self._acceptable().items():
            known = self._known.get(application.key)
            is_free = known is None or not known.is_active or (known.street_id is None and application.street)
            is_in_care = is_free or (known is not None and manages_people_at(self._work, known.care_path))
            reaches_street = not application.street or manages_people_at(self._work, application.street.path)
            if not (is_in_care and reaches_street):
                self._flaws.add(place, "street" if is_in_care else "name", UnitElsewhere)

    def _find_orphans(self) -> None:
        """Find whose unit above is neither known nor coming; who is refused takes along those below."""
        known = {unit.name_key for unit in self.before.values() if unit.is_active}
        orphans = [-1]
        while orphans:
            there = known | {application.key for application in self._acceptable().values()}
            orphans = [
                place
                for place, application in self._acceptable().items()
                if application.parent_key and application.parent_key not in there
            ]
            for place in orphans:
                self._flaws.add(place, "parent", UnknownUnit)

    def _find_rings(self) -> None:
        registered = self._registered()
        parents = {unit.id: unit.parent_id for unit in (self.before | registered).values()}
        ids = {unit.name_key: unit.id for unit in registered.values()}
        for place, application in self._acceptable().items():
            if application.parent_key and unit_path(ids[application.key], parents) is None:
                self._flaws.add(place, "parent", UnitAboveItself)
        self._find_orphans()

    # -- settling

    def _registered(self) -> dict[UUID, UnitRecord]:
        """Return the registered units by id, with the units above them and not yet their paths."""
        applications = list(self._acceptable().values())
        units = [self._register(self._known.get(one.key) or self._blank(one), one) for one in applications]
        ids = {key: unit.id for key, unit in self._known.items()} | {unit.name_key: unit.id for unit in units}
        return by_id(
            replace(unit, parent_id=ids[one.parent_key]) if one.parent_key else unit
            for unit, one in zip(units, applications, strict=True)
        )

    def _blank(self, application: UnitApplication) -> UnitRecord:
        blank = UnitRecord(
            id=new_id(),
            parent_id=None,
            name=application.name,
            name_key=application.key,
            kind=UnitKind.ORGAN,
            path="",
            street_id=None,
            care_path=self._area.path,
            contact_name=None,
            contact_phone=None,
            contact_email=None,
            is_active=True,
            version=0,
        )
        self._known[application.key] = blank  # asked again, it is the same unit
        return blank

    def _register(self, unit: UnitRecord, application: UnitApplication) -> UnitRecord:
        street = application.street or self._own_street(unit)
        is_back = not unit.is_active
        return replace(
            unit,
            kind=application.kind or unit.kind,
            street_id=street.id if street else None if is_back else unit.street_id,
            care_path=street.path if street else self._area.path if is_back else unit.care_path,
            contact_name=self._sealed(unit.contact_name, application.contact_name),
            contact_phone=self._sealed(unit.contact_phone, application.contact_phone),
            contact_email=self._sealed(unit.contact_email, application.contact_email),
            is_active=True,
        )

    def _own_street(self, unit: UnitRecord) -> Place | None:
        """Return the street that registers a unit which reports nowhere: it reports there from now on."""
        is_free = unit.street_id is None or not unit.is_active
        return (
            Place(self._area.id, self._area.path) if is_free and self._area.kind == AreaKind.STREET else None
        )

    def _sealed(self, before: Sealed | None, text: str | None) -> Sealed | None:
        if text is None or (before and self._work.seals.open(before) == text):
            return before
        return self._work.seals.seal(text)


def with_paths(units: Mapping[UUID, UnitRecord]) -> dict[UUID, UnitRecord]:
    """Return all units with the paths that follow from the units above them; there must be no ring."""
    parents = {unit.id: unit.parent_id for unit in units.values()}
    return {
        unit_id: replace(unit, path=unit_path(unit_id, parents) or unit.path)
        for unit_id, unit in units.items()
    }
