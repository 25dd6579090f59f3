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

IN_CAMPAIGNS = """
(SELECT wish.id, ends_on, (SELECT CAST(min(at) AT TIME ZONE 'Asia/Shanghai' AS date) FROM wishes.wish_move
   WHERE wish_id = wish.id AND action = 'fulfil') AS granted_on
 FROM wishes.wish JOIN wishes.campaign ON campaign.id = campaign_id
 WHERE state NOT IN ('declined', 'withdrawn', 'settled')) AS in_campaigns
"""
"""The wishes that count to campaigns, with the day on which each came true."""

DEAR = """
(SELECT wish.id, EXISTS (SELECT 1 FROM wishes.referral WHERE wish_id = wish.id)
   OR EXISTS (SELECT 1 FROM wishes.wish_move WHERE wish_id = wish.id AND action = 'accept'
     AND reason IS NOT NULL) AS is_explained
 FROM wishes.wish JOIN wishes.area ON area.id = community_id
 WHERE value > coalesce(CAST(area.settings ->> 'value_ceiling' AS integer), 300)
   AND state NOT IN ('declined', 'withdrawn', 'submitted')) AS dear
"""
"""The wishes above the ceiling (001), and whether it was said why or a department was asked."""

PROGRAMME = {
    "wishes_submitted": "SELECT count(*) FROM wishes.wish",
    "wishes_screened_in": f"SELECT count(*) FROM {SCREENED_IN}",  # noqa: S608
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
        GROUP BY claimant_id, claimed_at,
          CASE claimant_kind WHEN 'member' THEN resident_id ELSE community_id END
        HAVING count(*) > 1) AS at_once""",
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
    "dispatches_accepted_by_teams": """
        SELECT count(*) FROM claims.dispatch WHERE state = 'accepted' AND team_id IS NOT NULL""",
    "visits_made_by_the_next_of_a_team": """
        SELECT count(*) FROM claims.visit JOIN claims.arrangement ON arrangement.id = arrangement_id
        WHERE visit.state = 'done' AND team_id IS NOT NULL AND "by" <> CAST(member_id AS text)""",
    "arrangements": "SELECT count(*) FROM claims.arrangement",
    "visits_made": "SELECT count(*) FROM claims.visit WHERE state = 'done'",
    "visits_missed": "SELECT count(*) FROM claims.visit WHERE state = 'missed'",
    "projects_proposed": "SELECT count(*) FROM claims.project",
    "projects_claimed": "SELECT count(DISTINCT project_id) FROM claims.project_claim",
    "units_that_claimed_projects": "SELECT count(DISTINCT unit_id) FROM claims.project_claim",
    "projects_signed_off": "SELECT count(*) FROM claims.project WHERE state = 'signed_off'",
    "milestones_reached": "SELECT count(*) FROM claims.milestone WHERE reached_at IS NOT NULL",
    "call_backs_made": "SELECT count(*) FROM claims.call_back WHERE called_at IS NOT NULL",
    "rectifications_done": "SELECT count(*) FROM claims.rectification WHERE state = 'done'",
    "escalations": "SELECT count(*) FROM claims.escalation_step",
    "overlooked_wishes_heard_of": "SELECT count(*) FROM claims.escalation_step WHERE kind = 'offer'",
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
    "campaigns": "SELECT count(*) FROM wishes.campaign WHERE called_off_at IS NULL",
    "campaign_wishes": f"SELECT count(*) FROM {IN_CAMPAIGNS}",  # noqa: S608
    "percent_of_campaign_wishes_in_time": f"""
        SELECT 100 * count(*) FILTER (WHERE granted_on <= ends_on) / greatest(1, count(*))
        FROM {IN_CAMPAIGNS}""",  # noqa: S608
    "towns_that_met_their_quota": """
        SELECT count(*) FROM wishes.campaign JOIN wishes.area ON area.kind = campaign.reports_by
        WHERE least > 0 AND least <= (SELECT count(*) FROM wishes.wish
          WHERE campaign_id = campaign.id AND reporter_id = area.id
          AND state NOT IN ('declined', 'withdrawn'))""",
    "units_that_met_their_quota": """
        SELECT count(*) FROM wishes.campaign_quota AS quota WHERE (SELECT count(*) FROM wishes.wish
          WHERE wish.campaign_id = quota.campaign_id AND wish.reporter_id = quota.reporter_id
          AND state NOT IN ('declined', 'withdrawn')) BETWEEN least AND most""",
    "wishes_above_ceiling": f"SELECT count(*) FROM {DEAR}",  # noqa: S608
    "percent_of_dear_wishes_explained": f"""
        SELECT 100 * count(*) FILTER (WHERE is_explained) / greatest(1, count(*)) FROM {DEAR}""",  # noqa: S608
    "festivals_told": "SELECT count(DISTINCT (falls_on, festival)) FROM wishes.festival_reminder",
}
"""What the side roads came to: one number each."""


AT_PLACES = {
    "wishes_submitted": """
        SELECT count(*) FROM wishes.wish JOIN wishes.area ON area.id = community_id
        WHERE starts_with(area.path, :path)""",
    "wishes_claimed": """
        SELECT count(DISTINCT offer_id) FROM claims.claim WHERE starts_with(area_path, :path)""",
    "wishes_fulfilled": """
        SELECT count(*) FROM claims.offer WHERE state = 'fulfilled' AND starts_with(area_path, :path)""",
    "wishes_fulfilled_one_to_one": """
        SELECT count(*) FROM claims.claim JOIN claims.offer ON offer.id = offer_id
        WHERE claim.state = 'confirmed' AND claimant_kind <> 'pool' AND places = 1
          AND starts_with(offer.area_path, :path)""",
    "members_who_took_part": """
        SELECT count(DISTINCT member_id) FROM (
          SELECT member_id, area_path FROM claims.claim
          UNION ALL SELECT member_id, area_path FROM claims.pledge) AS part
        WHERE member_id IS NOT NULL AND starts_with(area_path, :path)""",
    "units_that_took_part": """
        SELECT count(DISTINCT unit_id) FROM (
          SELECT unit_id, claim.area_path FROM claims.claim JOIN claims.member ON member.id = member_id
          UNION ALL SELECT claimant_id, area_path FROM claims.claim
            WHERE claimant_kind IN ('unit', 'branch', 'company', 'joint')) AS part
        WHERE unit_id IS NOT NULL AND starts_with(area_path, :path)""",
    "units_that_claimed": """
        SELECT count(DISTINCT claimant_id) FROM claims.claim
        WHERE claimant_kind IN ('unit', 'branch', 'company', 'joint') AND starts_with(area_path, :path)""",
    "gone_in_five_minutes": """
        SELECT count(*) FROM claims.claim JOIN claims.offer ON offer.id = offer_id
        WHERE claimed_at - released_at < interval '5 minutes' AND starts_with(offer.area_path, :path)""",
    "pools_fulfilled": """
        SELECT count(*) FROM claims.pool WHERE state = 'fulfilled' AND starts_with(area_path, :path)""",
    "dispatches_accepted": """
        SELECT count(*) FROM claims.dispatch WHERE state = 'accepted' AND starts_with(area_path, :path)""",
    "visits_made": """
        SELECT count(*) FROM claims.visit WHERE state = 'done' AND starts_with(area_path, :path)""",
    "teams": "SELECT count(*) FROM directory.team WHERE is_active AND starts_with(care_path, :path)",
    "projects_proposed": "SELECT count(*) FROM claims.project WHERE starts_with(area_path, :path)",
    "projects_signed_off": """
        SELECT count(*) FROM claims.project WHERE state = 'signed_off' AND starts_with(area_path, :path)""",
    "letters_of_intent": """
        SELECT count(*) FROM claims.project_claim JOIN claims.project ON project.id = project_id
        WHERE starts_with(area_path, :path)""",
    "roster_entries": """
        SELECT count(*) FROM wishes.roster_entry JOIN wishes.resident ON resident.id = resident_id
        JOIN wishes.area ON area.id = community_id
        WHERE taken_off_on IS NULL AND starts_with(area.path, :path)""",
}
"""What one community, street or district came to; `path` is its own."""


def count_at_places(connection: Connection, wanted: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Return, of each place by its name, the figures that are `wanted` of it."""
    area = text("SELECT path FROM wishes.area WHERE name = :name ORDER BY path LIMIT 1")
    paths = {name: connection.execute(area, {"name": name}).scalar() for name in wanted}
    return {
        name: {
            figure: connection.execute(text(AT_PLACES[figure]), {"path": paths[name] or "none"}).scalar_one()
            for figure in figures
        }
        for name, figures in wanted.items()
    }


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
