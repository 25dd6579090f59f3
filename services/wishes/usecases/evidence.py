"""Evidence 申领证明 (001 附件1): kept apart and sealed, thrown away early or when its day has come."""

import base64
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select

from services.chassis.contracts import Done, new_id
from services.chassis.work import Work
from services.wishes.contracts import (
    AddEvidence,
    EvidenceTooLarge,
    RemoveEvidence,
    TooMuchEvidence,
)
from services.wishes.domain import MOST_PAPERS, PLAIN, clean_within, kind_of
from services.wishes.models import Evidence, Wish
from services.wishes.queries.evidence import evidence_for
from services.wishes.settings import WishesSettings
from services.wishes.usecases.moves import by_whom, wish_for

AT_ONCE = 50_000
"""Papers thrown away in one day's work, more than a city takes in; the rest goes the day after."""


def add_evidence(work: Work, command: AddEvidence, now: datetime, settings: WishesSettings) -> Done:
    """Keep a paper, sealed, until its day.

    Raises `UnknownWish`, `EvidenceTooLarge`, `UnusableEvidence`, `TooMuchEvidence`, `TextTooLong`.
    """
    wish, _ = wish_for(work, command.wish_id)
    if len(command.content) > settings.largest_evidence:
        raise EvidenceTooLarge(limit=settings.largest_evidence // 1_000_000)
    kind = kind_of(command.content)
    kept = select(func.count()).select_from(Evidence).where(Evidence.wish_id == wish.id)
    if (work.session.scalar(kept) or 0) >= MOST_PAPERS:
        raise TooMuchEvidence(most=MOST_PAPERS)
    name = work.seals.seal_or_none(clean_within(command.file_name, 200))
    content, size = base64.b64encode(command.content).decode(), len(command.content)
    paper = _paper(work, wish, kind, content, by_whom(command), now, settings, name=name, size=size)
    work.session.add(paper)
    return Done(id=paper.id)


def as_a_form_names_it(
    work: Work, wish: Wish, said: str, by: str, now: datetime, settings: WishesSettings
) -> Evidence:
    """Return what an official form says in its column 申领证明材料, kept as any other paper is."""
    return _paper(work, wish, PLAIN, said, by, now, settings, name=None, size=len(said.encode()))


def _paper(
    work: Work,
    wish: Wish,
    kind: str,
    content: str,
    by: str,
    now: datetime,
    settings: WishesSettings,
    *,
    name: str | None,
    size: int,
) -> Evidence:
    return Evidence(
        id=new_id(),
        wish_id=wish.id,
        kind=kind,
        file_name=name,
        content=work.seals.seal(content),
        size=size,
        added_at=now,
        by=by,
        kept_until=work.day_of(now) + timedelta(days=settings.evidence_kept_days),
    )


def remove_evidence(work: Work, command: RemoveEvidence, now: datetime) -> Done:
    """Throw a paper away before its time; raises `UnknownEvidence`."""
    paper = evidence_for(work, command.evidence_id, work.day_of(now))
    work.session.delete(paper)
    work.record("evidence_removed", f"{paper.id} of {paper.wish_id}", now)
    return Done(id=paper.wish_id)


def expire_evidence(work: Work, today: date, now: datetime) -> None:
    """Throw away what was kept long enough, and write into the audit chain that it is gone."""
    over = select(Evidence.id).where(Evidence.kept_until < today).order_by(Evidence.id).limit(AT_ONCE)
    chosen = over.with_for_update(skip_locked=True)
    gone = delete(Evidence).where(Evidence.id.in_(chosen)).returning(Evidence.id)
    returned = work.session.scalars(gone.execution_options(synchronize_session=False)).all()
    if returned:
        work.record("evidence_expired", f"{len(returned)} kept until before {today}", now)
