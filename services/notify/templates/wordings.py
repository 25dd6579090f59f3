"""Words of areas' own as messages were planned with them: read once, since they never change."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.chassis.work import Workshop
from services.notify.models import Override
from services.notify.templates import BLOCKS, LANGUAGES
from services.notify.templates.pinning import overrides_in

Own = Mapping[str, str]
"""Blocks with blanks, by name; a block that is not there is told in the standing words."""


class Wordings:
    """The overrides that messages under way name."""

    def __init__(self) -> None:
        """Begin with none."""
        self._known: dict[UUID, tuple[str, Own]] = {}

    def learn(self, workshop: Workshop, wordings: Iterable[str]) -> None:
        """Read those that are not known yet, in a work of their own."""
        missing = self._missing(wordings)
        if missing:
            with workshop.open() as work:
                self._read(work.session, missing)

    def learn_in(self, session: Session, wordings: Iterable[str]) -> None:
        """Read those that are not known yet."""
        missing = self._missing(wordings)
        if missing:
            self._read(session, missing)

    def own(self, wording: str, language: str) -> Own | None:
        """Return the blocks in which a message is told in a language, where an area has its own."""
        spoken = language if language in LANGUAGES else LANGUAGES[0]
        for name in overrides_in(wording):
            told_in, blocks = self._known.get(name, ("", {}))
            if told_in == spoken:
                return blocks
        return None

    def _missing(self, wordings: Iterable[str]) -> set[UUID]:
        return {name for wording in wordings for name in overrides_in(wording)} - set(self._known)

    def _read(self, session: Session, names: Iterable[UUID]) -> None:
        for override in session.execute(select(Override).where(Override.id.in_(names))).scalars():
            self._known[override.id] = (override.language, blocks_of(override))


def blocks_of(override: Override) -> Own:
    """Return the blocks that an override has."""
    written = {block: getattr(override, block) for block in BLOCKS}
    return {block: source for block, source in written.items() if source is not None}
