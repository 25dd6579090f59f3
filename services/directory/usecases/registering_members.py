"""The desk at which members register: what was written about each is read, checked, and settled."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import msgspec
from msgspec.structs import replace
from sqlalchemy import select

from services.chassis.contracts import Sealed, new_id
from services.chassis.sheets import clean_text, read_name, read_phone
from services.chassis.work import Work
from services.directory.contracts import (
    AmbiguousCommunity,
    AreaKind,
    MemberElsewhere,
    MemberKind,
    NewMember,
    RepeatedPhone,
    UnknownCommunity,
    UnknownUnit,
    UnusableEmail,
    UnusableName,
    UnusablePhone,
    UnusableSkills,
)
from services.directory.domain.people import can_receive_messages, fitting_skills, name_key
from services.directory.forms.units import read_email
from services.directory.models import Area, Member, Unit
from services.directory.queries.areas import Gazetteer, Place, settings_of
from services.directory.records import MemberRecord, read_records
from services.directory.usecases.flaws import Flaws
from services.directory.usecases.reach import manages_people_at

LANDLINE = "directory.landline_cannot_sign_in"


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What was written about one member, understood; None and empty say nothing."""

    name: str
    phone: str  # E.164
    phone_index: str
    email: str | None
    unit_id: UUID | None
    community: Place | None
    kind: MemberKind | None
    skills: tuple[str, ...]
    willingness: tuple[str, ...]


class MembersDesk:
    """Registers members in an area: `flaws` says what is wrong, `settled` how everybody shall be."""

    def __init__(self, work: Work, area: Area, members: Sequence[NewMember], flaws: Flaws) -> None:
        """Read everybody's application and find out who is known already."""
        self._work, self._area, self._flaws = work, area, flaws
        self._area_code = settings_of(work.session, area).area_code
        self._communities = Gazetteer(work.session, AreaKind.COMMUNITY, area)
        self._units = self._units_named(member.unit_name for member in members)
        self._applications = {place: self._read(place, member) for place, member in enumerate(members)}
        self._find_repeated()
        self._known = self._known_members()
        self._find_elsewhere()

    def settled(self) -> Iterator[tuple[MemberRecord | None, MemberRecord]]:
        """Yield how everybody without a flaw stood before (None when new) and stands now."""
        for place, application in self._applications.items():
            if not self._flaws.forbids(place):
                before = self._known.get(application.phone_index)
                after = self._register(before or self._blank(application), application)
                is_changed = before is None or after != before
                yield before, replace(after, version=after.version + 1) if is_changed else after

    # -- reading

    def _read(self, place: int, member: NewMember) -> Application:
        usable = self._flaws.usable
        name = usable(place, "name", read_name(member.name), UnusableName) or ""
        phone = usable(place, "phone", read_phone(member.phone, self._area_code), UnusablePhone) or ""
        email = usable(place, "email", read_email(member.email), UnusableEmail) if member.email else None
        if phone and not can_receive_messages(phone):
            self._flaws.warn(place, "phone", LANDLINE)
        return Application(
            name=name,
            phone=phone,
            phone_index=self._work.seals.index(phone),
            email=email,
            unit_id=self._unit(place, member.unit_name),
            community=self._community(place, member.community_name),
            kind=member.kind,
            skills=usable(place, "skills", _skills(member.skills), UnusableSkills) or (),
            willingness=usable(place, "willingness", _skills(member.willingness), UnusableSkills) or (),
        )

    def _units_named(self, names: Iterable[str | None]) -> dict[str, UUID]:
        keys = {name_key(name) for name in names if name}
        found = self._work.session.execute(
            select(Unit.name_key, Unit.id).where(Unit.name_key.in_(keys), Unit.is_active)
        )
        return {row.name_key: row.id for row in found}

    def _unit(self, place: int, name: str | None) -> UUID | None:
        unit_id = self._units.get(name_key(name)) if name else None
        if name and unit_id is None:
            self._flaws.add(place, "unit", UnknownUnit)
        return unit_id

    def _community(self, place: int, name: str | None) -> Place | None:
        found = self._communities.find(name) if name else []
        if name and not found:
            self._flaws.add(place, "community", UnknownCommunity)
        if len(found) > 1:
            self._flaws.add(place, "community", AmbiguousCommunity)
        return found[0] if found else None

    # -- comparing

    def _find_repeated(self) -> None:
        first: dict[str, int] = {}
        for place, application in self._applications.items():
            if not self._flaws.forbids(place):
                earlier = first.setdefault(application.phone_index, place)
                if earlier != place:
                    self._flaws.add(place, "phone", RepeatedPhone, other=earlier)

    def _known_members(self) -> dict[str, MemberRecord]:
        wanted = {application.phone_index for application in self._applications.values()}
        is_wanted = Member.phone_index.in_(wanted)
        known = read_records(self._work.session, MemberRecord, is_wanted, to_change=True)
        return {member.phone_index: member for member in known}

    def _find_elsewhere(self) -> None:
        for place, application in self._applications.items():
            known = self._known.get(application.phone_index)
            if known and not self._may_change(known, application):
                self._flaws.add(place, "phone", MemberElsewhere)

    def _may_change(self, known: MemberRecord, application: Application) -> bool:
        """Say whether the member is in the caller's care, has left, or has no home yet and is taken in."""
        is_taken_in = known.community_id is None and self._home(known, application) is not None
        return not known.is_active or is_taken_in or manages_people_at(self._work, known.care_path)

    # -- settling

    def _home(self, member: MemberRecord, application: Application) -> Place | None:
        """Return where the member lives from now on; who registers at a community lives there."""
        if application.community:
            return application.community
        is_free = not member.is_active or member.community_id is None
        is_community = self._area.kind == AreaKind.COMMUNITY
        return Place(self._area.id, self._area.path) if is_free and is_community else None

    def _blank(self, application: Application) -> MemberRecord:
        return MemberRecord(
            id=new_id(),
            kind=MemberKind.PARTY_MEMBER,
            name=Sealed(""),
            phone=self._work.seals.seal(application.phone),
            phone_index=application.phone_index,
            email=None,
            unit_id=None,
            community_id=None,
            care_path=self._area.path,
            skills=(),
            willingness=(),
            language="zh",
            is_active=True,
            signed_in_at=None,
            version=0,
        )

    def _register(self, member: MemberRecord, application: Application) -> MemberRecord:
        home = self._home(member, application)
        is_back_without_home = not member.is_active and home is None
        return replace(
            member,
            kind=application.kind or member.kind,
            name=self._sealed(member.name, application.name),
            email=self._sealed(member.email, application.email) if application.email else member.email,
            unit_id=application.unit_id or member.unit_id,
            community_id=home.id if home else None if is_back_without_home else member.community_id,
            care_path=home.path if home else self._area.path if is_back_without_home else member.care_path,
            skills=application.skills or member.skills,
            willingness=application.willingness or member.willingness,
            is_active=True,
        )

    def _sealed(self, before: Sealed | None, text: str) -> Sealed:
        """Return `text` sealed: the seal of before when it holds the same, so that no change is seen."""
        return before if before and self._work.seals.open(before) == text else self._work.seals.seal(text)


def _skills(words: Iterable[str]) -> tuple[str, ...] | None:
    return fitting_skills(clean_text(word) for word in words)
