"""What is stuck in an area and who was told."""

from sqlalchemy import select, true

from services.chassis.work import Work
from services.claims.contracts import Escalates, EscalationList, EscalationView, ListEscalations
from services.claims.models import EscalationStep
from services.claims.queries.paging import lies_below, page_of


def list_escalations(work: Work, query: ListEscalations) -> EscalationList:
    """Return a page of the escalations of what lies below a path."""
    work.permit(query.below)
    of_kind = true() if query.kind is None else EscalationStep.kind == query.kind
    columns = EscalationStep.__mapper__.columns
    wanted = select(*columns).where(lies_below(EscalationStep.area_path, query.below), of_kind)
    items, following = page_of(
        work,
        query,
        wanted,
        EscalationStep.id,
        lambda row: EscalationView(
            id=row.id,
            kind=Escalates(row.kind),
            subject_id=row.subject_id,
            title=row.title,
            code=row.code,
            area_path=row.area_path,
            told_path=row.told_path,
            step=row.step,
            raised_at=row.raised_at,
        ),
    )
    return EscalationList(items=items, next=following)
