"""Reminders before the due day and after it, each announced once."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.chassis.contracts import in_events
from services.chassis.work import Work
from services.claims.contracts import ClaimantKind, ClaimReminder, ClaimsDueSoon, ClaimsOverdue
from services.claims.usecases.behalf import collective_of
from services.claims.usecases.locking import DEFAULTS, array_of
from services.scheduler.contracts import RemindersDue


def remind_of_claims(work: Work, event: RemindersDue, now: datetime) -> None:
    """Announce who is to be reminded on this day of what is due soon, and of what is overdue."""
    soon = {"on": event.on, "reminder_days": array_of(DEFAULTS.reminder_days), "zone": work.zone.key}
    for claims in _reminded(work.session, work.session.execute(_REMIND_SOON, soon).scalars(), event.on):
        work.announce(ClaimsDueSoon(claims=claims))
    overdue = {"on": event.on, "lapse_after_days": DEFAULTS.lapse_after_days}
    for claims in _reminded(work.session, work.session.execute(_REMIND_OVERDUE, overdue).scalars(), event.on):
        work.announce(ClaimsOverdue(claims=claims))


def _reminded(session: Session, claims: Iterable[UUID], on: date) -> Iterable[list[ClaimReminder]]:
    """Return what is said about these claims, in portions of one event."""
    found = list(claims)
    rows = session.execute(_REMINDED, {"ids": array_of(found)}) if found else ()
    reminders = [
        ClaimReminder(
            claim_id=row.id,
            wish_id=row.wish_id,
            member_id=row.member_id,
            claimant_kind=ClaimantKind(row.claimant_kind),
            claimant_id=collective_of(row),
            title=row.title,
            wish_code=row.code,
            area_path=row.area_path,
            due_on=row.due_on,
            days_left=(row.due_on - on).days,
        )
        for row in rows
    ]
    return in_events(reminders)


# A reminder counts for the day on which it was due: the due day less one of the area's `reminder_days`. When
# the clock was down on that day it is caught up later, the nearest one only. Days up to that of the claim
# itself are not for it, nor days that are heard of after a later one: two reminders at once help nobody.
_REMIND_SOON = text("""
    WITH due AS (
        SELECT claim.id, max(claim.due_on - lead.days) AS day
        FROM claims.claim
        JOIN claims.offer ON offer.id = claim.offer_id
        LEFT JOIN claims.area ON area.id = offer.community_id
        CROSS JOIN LATERAL unnest(coalesce(area.reminder_days, CAST(:reminder_days AS int[]))) AS lead (days)
        WHERE claim.state = 'held'
            AND claim.due_on BETWEEN :on AND CAST(:on AS date) + (
                SELECT max(days) FROM (
                    SELECT unnest(reminder_days) AS days FROM claims.area
                    UNION ALL SELECT unnest(CAST(:reminder_days AS int[]))
                ) AS longest
            )
            AND claim.due_on - lead.days <= :on
            AND claim.due_on - lead.days > CAST(claim.claimed_at AT TIME ZONE :zone AS date)
        GROUP BY claim.id
    )
    INSERT INTO claims.reminder (claim_id, kind, day)
    SELECT due.id, 'due_soon', due.day FROM due
    WHERE NOT EXISTS (
        SELECT FROM claims.reminder AS earlier
        WHERE earlier.claim_id = due.id AND earlier.day >= due.day
    )
    ON CONFLICT DO NOTHING RETURNING claim_id
""")

# Once a day after the due day, until the claim is delivered or lapses.
_REMIND_OVERDUE = text("""
    INSERT INTO claims.reminder (claim_id, kind, day)
    SELECT claim.id, 'overdue', :on
    FROM claims.claim
    JOIN claims.offer ON offer.id = claim.offer_id
    LEFT JOIN claims.area ON area.id = offer.community_id
    WHERE claim.state = 'held' AND claim.due_on < :on
        AND claim.due_on + coalesce(area.lapse_after_days, :lapse_after_days) >= :on
        AND NOT EXISTS (
            SELECT FROM claims.reminder AS earlier
            WHERE earlier.claim_id = claim.id AND earlier.day >= :on
        )
    ON CONFLICT DO NOTHING RETURNING claim_id
""")

_REMINDED = text("""
    SELECT claim.id, claim.member_id, claim.claimant_kind, claim.claimant_id, claim.due_on,
           offer.id AS wish_id, offer.title, offer.code, offer.area_path
    FROM claims.claim
    JOIN claims.offer ON offer.id = claim.offer_id
    WHERE claim.id = ANY (CAST(:ids AS uuid[]))
    ORDER BY claim.id
""")
