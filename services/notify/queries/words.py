"""What officers read of words: those in force in an area, how their own would look, and which there are."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.chassis.paging import id_named, one_more, page_of
from services.chassis.refusals import Malformed
from services.chassis.words import say
from services.chassis.work import Work
from services.notify.channels.providers import Line
from services.notify.channels.registry import HasRegistry
from services.notify.contracts import (
    ListOverrides,
    OverrideList,
    OverrideView,
    PreviewWords,
    ReadWords,
    UnknownArea,
    WordsPreview,
    WordsView,
)
from services.notify.domain import SMS, TOPICS, RecipientKind, Topic
from services.notify.gate.proofs import prove, told
from services.notify.models import Area, Override
from services.notify.templates import BLOCKS, SHOWN_AS, STANDING, Words
from services.notify.templates.wordings import blocks_of


def read_words(words: Words, work: Work, query: ReadWords) -> WordsView:
    """Return the words in force in an area, those of the nearest area above it that has its own, or ours."""
    path = area_path(work, query.area_id)
    topic, kind = told(query.topic, query.kind, query.language)
    override = in_force(work.session, path, topic, kind, query.language)
    own = blocks_of(override) if override else {}
    sources = {block: own.get(block) or words.source(block, topic, kind, query.language) for block in BLOCKS}
    return WordsView(
        topic=topic,
        kind=kind,
        language=query.language,
        words=sorted(TOPICS[topic].parameters | STANDING),
        shown_as=sorted(SHOWN_AS),
        override_id=override.id if override else None,
        override_of=override.area_id if override else None,
        **sources,
    )


def preview_words(words: Words, lines: dict[str, Line], work: Work, query: PreviewWords) -> WordsPreview:
    """Return how words would look, filled in with samples; raise what is wrong with them."""
    path = area_path(work, query.area_id)
    topic, kind = told(query.topic, query.kind, query.language)
    override = in_force(work.session, path, topic, kind, query.language)
    own = {**(blocks_of(override) if override else {}), **own_blocks(query)}
    shown = prove(words, topic, kind, query.language, own)
    return WordsPreview(shown=shown, notes=_notes(lines, query.by.language))


def list_overrides(work: Work, query: ListOverrides) -> OverrideList:
    """Return a page of the words that an area and those below it have of their own, the newest first."""
    path = area_path(work, query.area_id)
    listed = select(Override).where(Override.area_path.startswith(path, autoescape=True))
    if not query.with_withdrawn:
        listed = listed.where(Override.withdrawn_at.is_(None))
    no_end = Malformed(contract=ListOverrides.__name__, problem="no_page_after")
    if last := id_named(query.after, no_end):
        listed = listed.where(Override.id < last)
    found = work.session.execute(one_more(listed.order_by(Override.id.desc()), query)).scalars()
    rows, following = page_of(found, query)
    return OverrideList(items=[view_of(row) for row in rows], next=following)


def in_force(
    session: Session, path: str, topic: Topic, kind: RecipientKind, language: str
) -> Override | None:
    """Return the words of the nearest area on the way up from `path` that has its own."""
    above = ["/", *(path[: end + 1] for end in range(1, len(path)) if path[end] == "/")]
    nearest = (
        select(Override)
        .where(Override.topic == topic, Override.kind == kind, Override.language == language)
        .where(Override.withdrawn_at.is_(None), Override.area_path.in_(above))
    )
    found = session.execute(nearest).scalars().all()
    return max(found, key=lambda override: len(override.area_path), default=None)


def _notes(lines: dict[str, Line], language: str) -> list[str]:
    """Return what an officer should know: registered SMS go out as they were approved."""
    line = lines.get(SMS)
    channels = [provider.channel for provider in line.providers] if line else []
    registered = [channel.provider for channel in channels if isinstance(channel, HasRegistry)]
    if not registered:
        return []
    return [say("notify.sms_is_as_approved", language, providers=", ".join(registered))]


def area_path(work: Work, area_id: UUID) -> str:
    """Return the path of an area in which the caller may do this; raise `UnknownArea` where there is none."""
    path = work.session.execute(select(Area.path).where(Area.id == area_id)).scalar_one_or_none()
    if path is None:
        work.permitted_scopes()
        raise UnknownArea()
    work.permit(path)
    return path


def own_blocks(asked: Any) -> dict[str, str]:
    """Return the blocks that somebody wrote, as `fill` takes them, without line breaks around."""
    written = {block: getattr(asked, block) for block in BLOCKS}
    return {
        block: source.replace("\r\n", "\n").strip("\n")
        for block, source in written.items()
        if source is not None
    }


def view_of(override: Override) -> OverrideView:
    """Return words of an area's own as their officers see them."""
    return OverrideView(
        id=override.id,
        area_id=override.area_id,
        topic=override.topic,
        kind=override.kind,
        language=override.language,
        sms=override.sms,
        title=override.title,
        text=override.text,
        in_force_since=override.put_in_force_at,
        withdrawn_at=override.withdrawn_at,
    )
