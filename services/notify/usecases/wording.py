"""Officers put words of their area in force, and withdraw them; both are recorded."""

from datetime import datetime

from sqlalchemy import select, update

from services.chassis.contracts import Done, new_id
from services.chassis.work import Work
from services.notify.contracts import (
    OverrideView,
    OverrideWords,
    UnknownOverride,
    WithdrawOverride,
    WordsMissing,
)
from services.notify.gate.proofs import prove, told
from services.notify.models import Area, Override
from services.notify.queries.words import area_path, own_blocks, view_of
from services.notify.templates import BLOCKS, Words


def override_words(words: Words, work: Work, command: OverrideWords, now: datetime) -> OverrideView:
    """Put words in force for an area and those below it; what the area had before is withdrawn.

    Raises `UnknownArea`, `NobodyIsTold`, or what the proof finds wrong with the words.
    """
    path = area_path(work, command.area_id)
    topic, kind = told(command.topic, command.kind, command.language)
    own = own_blocks(command)
    if not own:
        raise WordsMissing(block=", ".join(BLOCKS), word="words")
    prove(words, topic, kind, command.language, own)
    _withdraw_those_before(work, command, path, now)
    written: dict[str, str | None] = {block: own.get(block) for block in BLOCKS}
    override = Override(
        id=new_id(),
        area_id=command.area_id,
        area_path=path,
        topic=topic.value,
        kind=kind.value,
        language=command.language,
        put_in_force_at=now,
        put_in_force_by=command.by.account_id,
        **written,
    )
    work.session.add(override)
    work.record("words_overridden", str(override.id), now)
    return view_of(override)


def withdraw_override(work: Work, command: WithdrawOverride, now: datetime) -> Done:
    """Take words out of force; messages that were planned with them are still told so."""
    override = work.session.get(Override, command.override_id, with_for_update=True)
    if override is None:
        work.permitted_scopes()
        raise UnknownOverride()
    work.permit(override.area_path)
    if override.withdrawn_at is not None:
        raise UnknownOverride()
    override.withdrawn_at, override.withdrawn_by = now, command.by.account_id
    work.record("words_withdrawn", str(override.id), now)
    return Done()


def _withdraw_those_before(work: Work, command: OverrideWords, path: str, now: datetime) -> None:
    """Make room for new words; two officers who write at once do so one after the other."""
    work.session.execute(select(Area.id).where(Area.id == command.area_id).with_for_update())
    before = (
        update(Override)
        .where(Override.area_path == path, Override.topic == command.topic, Override.kind == command.kind)
        .where(Override.language == command.language, Override.withdrawn_at.is_(None))
        .values(withdrawn_at=now, withdrawn_by=command.by.account_id)
    )
    work.session.execute(before)
