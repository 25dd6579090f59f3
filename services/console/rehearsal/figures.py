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

PROGRAMME = {
    "wishes_submitted": "SELECT count(*) FROM wishes.wish",
    "wishes_screened_in": "SELECT count(DISTINCT wish_id) FROM wishes.wish_move WHERE action = 'accept'",
    "wishes_fulfilled": "SELECT count(*) FROM wishes.wish WHERE state = 'fulfilled'",
    "communities": "SELECT count(*) FROM wishes.area WHERE kind = 'community'",
    "communities_that_collected": "SELECT count(DISTINCT community_id) FROM wishes.wish",
    "members": "SELECT count(*) FROM claims.member",
    "members_who_claimed": "SELECT count(DISTINCT member_id) FROM claims.claim",
    "complaints_answered": "SELECT count(*) FROM wishes.complaint WHERE state = 'answered'",
    "claims_by_units": "SELECT count(*) FROM claims.claim WHERE claimant_kind = 'unit'",
    "claims_by_branches": "SELECT count(*) FROM claims.claim WHERE claimant_kind = 'branch'",
    "claims_by_companies": "SELECT count(*) FROM claims.claim WHERE claimant_kind = 'company'",
    "claims_by_teams": "SELECT count(*) FROM claims.claim WHERE claimant_kind = 'team'",
    "claims_by_pools": "SELECT count(*) FROM claims.claim WHERE claimant_kind = 'pool'",
    "claims_made_jointly": "SELECT count(*) FROM claims.claim WHERE claimant_kind = 'joint'",
    "joint_parts_done": "SELECT count(*) FROM claims.joint_part WHERE done_at IS NOT NULL",
    "teams": "SELECT count(*) FROM claims.team WHERE is_active",
    "batches": """
        SELECT count(*) FROM (SELECT 1 FROM claims.claim JOIN claims.offer ON offer.id = offer_id
        GROUP BY claimant_id, claimed_at, community_id HAVING count(*) > 1) AS at_once""",
    "pledges": "SELECT count(*) FROM claims.pledge",
    "pledges_received": "SELECT count(*) FROM claims.pledge WHERE state = 'received'",
    "pledges_given_back": "SELECT count(*) FROM claims.pledge WHERE state = 'given_back'",
    "pledges_withdrawn": "SELECT count(*) FROM claims.pledge WHERE state = 'withdrawn'",
    "pools_fulfilled": "SELECT count(*) FROM claims.pool WHERE state = 'fulfilled'",
    "pools_lapsed": "SELECT count(*) FROM claims.pool WHERE state = 'lapsed'",
    "members_who_waited": "SELECT count(DISTINCT member_id) FROM claims.waiting",
    "places_taken_in_line": "SELECT count(*) FROM claims.waiting WHERE state = 'accepted'",
    "places_declined_in_line": "SELECT count(*) FROM claims.waiting WHERE state = 'declined'",
    "places_timed_out_in_line": "SELECT count(*) FROM claims.waiting WHERE state = 'timed_out'",
    "claims_for_the_skill_of_their_member": """
        SELECT count(*) FROM claims.claim JOIN claims.offer ON offer.id = offer_id
        JOIN claims.member ON member.id = member_id WHERE skill = ANY (skills)""",
    "dispatches": "SELECT count(*) FROM claims.dispatch",
    "dispatches_accepted": "SELECT count(*) FROM claims.dispatch WHERE state = 'accepted'",
    "dispatches_declined": "SELECT count(*) FROM claims.dispatch_answer WHERE answer = 'declined'",
    "dispatches_timed_out": "SELECT count(*) FROM claims.dispatch_answer WHERE answer = 'timed_out'",
    "dispatches_made_at_night": """
        SELECT count(*) FROM claims.dispatch
        WHERE is_urgent AND EXTRACT(hour FROM created_at AT TIME ZONE 'Asia/Shanghai') >= 18""",
    "arrangements": "SELECT count(*) FROM claims.arrangement",
    "visits_made": "SELECT count(*) FROM claims.visit WHERE state = 'done'",
    "visits_missed": "SELECT count(*) FROM claims.visit WHERE state = 'missed'",
    "projects_proposed": "SELECT count(*) FROM claims.project",
    "projects_claimed": "SELECT count(DISTINCT project_id) FROM claims.project_claim",
    "projects_signed_off": "SELECT count(*) FROM claims.project WHERE state = 'signed_off'",
    "milestones_reached": "SELECT count(*) FROM claims.milestone WHERE reached_at IS NOT NULL",
    "call_backs_made": "SELECT count(*) FROM claims.call_back WHERE called_at IS NOT NULL",
    "rectifications_done": "SELECT count(*) FROM claims.rectification WHERE state = 'done'",
    "escalations": "SELECT count(*) FROM claims.escalation_step",
    "overlooked_wishes_heard_of": "SELECT count(*) FROM claims.escalation_step WHERE kind = 'offer'",
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
