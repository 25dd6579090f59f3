"""The figures of a rehearsal, counted from the databases afterwards, not from the play."""

from typing import Any

from sqlalchemy import Connection, text

MONTHS = """
WITH runs AS (
  SELECT period, min(released_at) AS released_at, sum(released) AS released, sum(carried_over) AS carried_over
  FROM wishes.release GROUP BY period),
windows AS (
  SELECT *, coalesce(lag(released_at) OVER timeline, '-infinity') AS before,
    CASE WHEN lag(released_at) OVER timeline IS NULL THEN '-infinity' ELSE released_at END AS from_then,
    coalesce(lead(released_at) OVER timeline, 'infinity') AS until
  FROM runs WINDOW timeline AS (ORDER BY released_at))
SELECT period, (released_at AT TIME ZONE :zone)::date AS release_on,
  (SELECT count(*) FROM wishes.wish
   WHERE submitted_at > before AND submitted_at <= windows.released_at) AS submitted,
  (SELECT count(DISTINCT wish_id) FROM wishes.wish_move AS move
   WHERE move.action IN ('accept', 'decline') AND at > before AND at <= windows.released_at) AS screened,
  (SELECT count(*) FROM wishes.wish_move AS move
   WHERE move.action = 'decline' AND at > before AND at <= windows.released_at) AS declined,
  released + (SELECT count(*) FROM wishes.wish AS urgent WHERE urgent.period IS NULL
              AND urgent.released_at > before AND urgent.released_at <= windows.released_at) AS released,
  (SELECT count(*) FROM claims.claim WHERE claimed_at >= from_then AND claimed_at < until) AS claimed,
  (SELECT count(*) FROM claims.claim WHERE confirmed_at >= from_then AND confirmed_at < until) AS fulfilled,
  carried_over
FROM windows ORDER BY released_at
"""

CLAIMS = """
SELECT (SELECT count(*) FROM claims.claim) AS won,
  (SELECT coalesce(sum(claims), 0) FROM claims.turned_away) AS refused,
  (SELECT count(*) FROM claims.offer WHERE places < (
     SELECT count(*) FROM claims.claim WHERE claim.offer_id = offer.id
     AND claim.state IN ('held', 'delivered', 'confirmed'))) AS oversold
"""

REFUSED = "SELECT code, sum(claims) AS claims FROM claims.turned_away GROUP BY code ORDER BY code"

POINTS = """
SELECT (SELECT count(*) FROM points.entry) AS entries,
  (SELECT count(*) FROM points.recognition WHERE threshold = 'letter') AS letters,
  (SELECT count(*) FROM points.recognition WHERE threshold = 'star') AS stars
"""

FEEDBACK = """
SELECT (SELECT count(*) FROM points.feedback_report) AS reports,
  (SELECT count(*) FROM points.feedback_report WHERE replied_at IS NOT NULL) AS replies
"""

SCREENED_IN = """
(SELECT wish.id, state FROM wishes.wish WHERE state NOT IN ('declined', 'withdrawn', 'settled')
 AND EXISTS (SELECT 1 FROM wishes.wish_move WHERE wish_id = wish.id AND action = 'accept')) AS screened_in
"""
"""What screening let through, and nobody took back since."""

PROGRAMME = {
    "wishes_submitted": "SELECT count(*) FROM wishes.wish",
    "wishes_screened_in": f"SELECT count(*) FROM {SCREENED_IN}",  # noqa: S608
    "wishes_fulfilled": "SELECT count(*) FROM wishes.wish WHERE state = 'fulfilled'",
    "communities": "SELECT count(*) FROM wishes.area WHERE kind = 'community'",
    "communities_that_collected": "SELECT count(DISTINCT community_id) FROM wishes.wish",
    "members": "SELECT count(*) FROM claims.member",
    "members_who_claimed": "SELECT count(DISTINCT member_id) FROM claims.claim",
    "complaints_answered": "SELECT count(*) FROM wishes.complaint WHERE state = 'answered'",
    "percent_of_screened_in_fulfilled": f"""
        SELECT 100 * count(*) FILTER (WHERE state = 'fulfilled') / greatest(1, count(*))
        FROM {SCREENED_IN}""",  # noqa: S608
    "wishes_declined": "SELECT count(*) FROM wishes.wish WHERE state = 'declined'",
    "wishes_withdrawn": "SELECT count(*) FROM wishes.wish WHERE state = 'withdrawn'",
    "complaints_raised": "SELECT count(*) FROM wishes.complaint_move WHERE action = 'raise'",
    "cards_printed": "SELECT count(*) FROM wishes.wish_card",
    "cards_come_back": "SELECT count(*) FROM wishes.wish_card WHERE wish_id IS NOT NULL",
    "papers_looked_at": "SELECT count(*) FROM wishes.audit WHERE action = 'evidence_opened'",
    "papers_thrown_away": "SELECT count(*) FROM wishes.audit WHERE action = 'evidence_removed'",
    "days_on_which_papers_expired": "SELECT count(*) FROM wishes.audit WHERE action = 'evidence_expired'",
    "referrals_answered": "SELECT count(*) FROM wishes.referral WHERE outcome IS NOT NULL",
    "wishes_settled_by_departments": "SELECT count(*) FROM wishes.wish WHERE state = 'settled'",
    "wishes_suiting_a_unit": "SELECT count(*) FROM wishes.wish WHERE suitable = 'unit'",
    "wishes_told_twice": """
        SELECT count(*) FROM wishes.wish AS second WHERE state = 'declined' AND EXISTS (
          SELECT 1 FROM wishes.wish AS first WHERE first.resident_id = second.resident_id
          AND first.title = second.title AND first.id < second.id)""",
    "roster_entries": "SELECT count(*) FROM wishes.roster_entry",
    "roster_checks": "SELECT count(*) FROM wishes.roster_check",
    "roster_entries_taken_off": "SELECT count(*) FROM wishes.roster_entry WHERE taken_off_on IS NOT NULL",
    "corrections_of_points": "SELECT count(*) FROM points.correction WHERE state <> 'proposed'",
    "outstanding_approved": "SELECT count(*) FROM points.nomination WHERE state = 'approved'",
    "feedback_circulated": "SELECT count(DISTINCT report_id) FROM points.feedback_circulation",
    "feedback_reminded": "SELECT count(*) FROM points.feedback_report WHERE reminded_at IS NOT NULL",
    "notices_upheld": "SELECT count(*) FROM points.notice WHERE state = 'upheld'",
    "notices_withdrawn": "SELECT count(*) FROM points.notice WHERE state = 'withdrawn'",
    "reports_signed": "SELECT count(*) FROM wishes.report",
    "reports_signed_by_the_city": """
        SELECT count(*) FROM wishes.report JOIN wishes.area ON area.id = area_id WHERE kind = 'city'""",
    "reports_reminded_of": "SELECT count(*) FROM wishes.report_reminder",
    "reports_corrected": "SELECT count(*) FROM wishes.correction",
    "festivals_told": "SELECT count(DISTINCT (falls_on, festival)) FROM wishes.festival_reminder",
}
"""What the side roads came to: one number each."""


def count_figures(connection: Connection, zone: str) -> dict[str, Any]:
    """Return months, claims, points, feedback and programme as the databases have them."""
    return {
        "months": [_numbers(row) for row in connection.execute(text(MONTHS), {"zone": zone}).mappings()],
        "claims": _claims(connection),
        "points": _numbers(connection.execute(text(POINTS)).mappings().one()),
        "feedback": _numbers(connection.execute(text(FEEDBACK)).mappings().one()),
        "programme": {name: connection.execute(text(PROGRAMME[name])).scalar_one() for name in PROGRAMME},
    }


def _claims(connection: Connection) -> dict[str, Any]:
    found = _numbers(connection.execute(text(CLAIMS)).mappings().one())
    refused = {row["code"]: int(row["claims"]) for row in connection.execute(text(REFUSED)).mappings()}
    return {
        "attempted": found["won"] + found["refused"],
        "won": found["won"],
        "refused": refused,
        "oversold": found["oversold"],
    }


def _numbers(row: Any) -> dict[str, Any]:
    """Return a row with its numbers as plain integers."""
    return {name: int(value) if hasattr(value, "as_integer_ratio") else value for name, value in row.items()}
