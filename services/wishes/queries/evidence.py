"""Evidence: that there is some, for whoever sees the ledger; what it says, for whoever may, on the record."""

import base64
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from services.chassis.work import Work
from services.wishes.contracts import (
    EvidenceItem,
    EvidenceList,
    EvidencePaper,
    ListEvidence,
    LookAtEvidence,
    UnknownEvidence,
    UnknownWish,
)
from services.wishes.domain import PLAIN
from services.wishes.models import Area, Evidence, Wish


def list_evidence(work: Work, query: ListEvidence, now: datetime) -> EvidenceList:
    """Return which papers there are for a wish; raises `UnknownWish`."""
    found = select(Area.path).join(Wish, Wish.community_id == Area.id).where(Wish.id == query.wish_id)
    path = work.session.scalar(found)
    if path is None:
        raise UnknownWish()
    work.permit(path)
    is_kept = (Evidence.wish_id == query.wish_id, Evidence.kept_until >= work.day_of(now))
    columns = (Evidence.id, Evidence.kind, Evidence.size, Evidence.added_at, Evidence.kept_until)
    rows = work.session.execute(select(*columns).where(*is_kept).order_by(Evidence.id)).all()
    return EvidenceList(
        items=[
            EvidenceItem(
                id=row.id, kind=row.kind, size=row.size, added_at=row.added_at, kept_until=row.kept_until
            )
            for row in rows
        ]
    )


def look_at_evidence(work: Work, query: LookAtEvidence, now: datetime) -> EvidencePaper:
    """Return a paper, opened, and write into the audit chain who opened it; raises `UnknownEvidence`."""
    paper = evidence_for(work, query.evidence_id, work.day_of(now))
    work.record("evidence_opened", f"{paper.id} of {paper.wish_id}", now)
    content = work.seals.open(paper.content)
    return EvidencePaper(
        id=paper.id,
        kind=paper.kind,
        file_name=work.seals.open_or_empty(paper.file_name),
        content=content.encode() if paper.kind == PLAIN else base64.b64decode(content),
        kept_until=paper.kept_until,
    )


def evidence_for(work: Work, evidence_id: UUID, today: date) -> Evidence:
    """Return a paper that is still kept, when the caller has the request's right where its wish is from."""
    chosen = (
        select(Evidence, Area.path)
        .join(Wish, Wish.id == Evidence.wish_id)
        .join(Area, Area.id == Wish.community_id)
        .where(Evidence.id == evidence_id, Evidence.kept_until >= today)
    )
    found = work.session.execute(chosen).first()
    if found is None:
        raise UnknownEvidence()
    paper, path = found
    work.permit(path)
    return paper
