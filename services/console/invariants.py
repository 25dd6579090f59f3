"""The invariants of RELIABILITY.md, examined in the databases themselves, whenever asked.

They are counted with SQL of their own, so that a mistake in a service cannot hide itself.
"""

from sqlalchemy import Connection, text

from services.chassis.audit import first_broken_link
from services.chassis.database import engine_for
from services.chassis.hosting import Outstanding
from services.chassis.migrations import metadata_of
from services.chassis.settings import Settings
from services.console.invariants_of_claims import OF_CLAIMS
from services.console.invariants_of_wishes import OF_WISHES
from services.console.place import STORING, classes

OK = "ok"


def check_invariants(settings: Settings) -> dict[str, str]:
    """Return, by invariant, `ok` or what is wrong; identifiers only, never a name or phone."""
    with engine_for(settings.database_url, settings.database_connections).connect() as connection:
        findings = {name: _first(connection, query) for name, query in QUERIES.items()}
        findings["audit_chain"] = _audit(connection, settings)
    findings["events_take_effect_once"] = _events(settings)
    return findings


def _first(connection: Connection, queries: dict[str, str]) -> str:
    for complaint, query in queries.items():
        count = connection.execute(text(f"SELECT count(*) FROM ({query}) AS broken")).scalar_one()  # noqa: S608
        if count:
            return f"{count} {complaint}"
    return OK


def _audit(connection: Connection, settings: Settings) -> str:
    seals = settings.sealing.seals()
    for service in STORING:
        broken = first_broken_link(connection, metadata_of(service), seals)
        if broken is not None:
            return f"{service}: the chain is broken at entry {broken}"
    return OK


def _events(settings: Settings) -> str:
    counts = Outstanding(settings, classes(STORING)).counts()
    waiting = {name: count for name, count in counts.items() if count}
    if waiting:
        return ", ".join(f"{count} of {name} without effect" for name, count in sorted(waiting.items()))
    return OK


QUERIES: dict[str, dict[str, str]] = {
    "places": {
        "offers with more claims than places": """
            SELECT offer_id FROM claims.claim JOIN claims.offer ON offer.id = claim.offer_id
            WHERE claim.state IN ('held', 'delivered', 'confirmed')
            GROUP BY offer_id, places HAVING count(*) > places""",
        "offers whose count of taken places is not that of their claims": """
            SELECT offer.id FROM claims.offer LEFT JOIN claims.claim
              ON claim.offer_id = offer.id AND claim.state IN ('held', 'delivered', 'confirmed')
            WHERE offer.state IN ('open', 'taken', 'fulfilled')
            GROUP BY offer.id, taken HAVING count(claim.id) <> taken""",
        "claimants who hold two current claims on one wish": """
            SELECT 1 FROM claims.claim WHERE state IN ('held', 'delivered', 'confirmed')
            GROUP BY offer_id, claimant_id HAVING count(*) > 1""",
        "members whose open claims are not counted right": """
            SELECT member.id FROM claims.member LEFT JOIN claims.claim ON claim.member_id = member.id
              AND claimant_kind = 'member' AND claim.state IN ('held', 'delivered')
            GROUP BY member.id, open_claims HAVING count(claim.id) <> open_claims""",
        "offers whose kept places are neither offered in line nor gathered for": """
            SELECT offer.id FROM claims.offer WHERE reserved <>
              (SELECT count(*) FROM claims.waiting
               WHERE waiting.offer_id = offer.id AND waiting.state = 'offered')
              + (SELECT count(*) FROM claims.pool
                 WHERE pool.offer_id = offer.id AND pool.state = 'gathering')""",
    },
    "wishes_explain_themselves": {
        "wishes without a history": """
            SELECT id FROM wishes.wish
            WHERE NOT EXISTS (SELECT 1 FROM wishes.wish_move WHERE wish_id = wish.id)""",
        "wishes whose last move does not lead to their state": """
            SELECT id FROM wishes.wish WHERE state <> (
              SELECT move.state FROM wishes.wish_move AS move WHERE move.wish_id = wish.id
              ORDER BY move.at DESC, move.id DESC LIMIT 1)""",
        "released wishes that claims does not offer": """
            SELECT id FROM wishes.wish WHERE state IN ('released', 'claimed', 'fulfilled')
            AND NOT EXISTS (SELECT 1 FROM claims.offer WHERE offer.id = wish.id)""",
    },
    "wishes_and_claims_agree": {
        "wishes whose state is not that of their offer": """
            SELECT wish.id FROM wishes.wish JOIN claims.offer ON offer.id = wish.id
            WHERE (wish.state, offer.state) NOT IN
              (('released', 'open'), ('claimed', 'taken'),
               ('fulfilled', 'fulfilled'), ('withdrawn', 'withdrawn'))""",
    },
    "points_balance": {
        "confirmed claims without an entry": """
            SELECT id FROM claims.claim WHERE state = 'confirmed' AND member_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM points.entry WHERE entry.claim_id = claim.id)""",
        "entries for claims that are not confirmed": """
            SELECT id FROM points.entry WHERE NOT EXISTS
              (SELECT 1 FROM claims.claim WHERE claim.id = entry.claim_id AND claim.state = 'confirmed')""",
        "deeds entered twice": """
            SELECT 1 FROM points.entry WHERE corrects_id IS NULL
            GROUP BY claim_id, member_id, deed HAVING count(*) > 1""",
        "corrections that nobody else approved": """
            SELECT entry.id FROM points.entry LEFT JOIN points.correction ON correction.id = correction_id
            WHERE corrects_id IS NOT NULL AND (correction.id IS NULL OR correction.state <> 'approved'
              OR correction.entry_id <> corrects_id OR correction.points <> entry.points
              OR decided_by IS NULL OR decided_by = proposed_by)""",
        "recognitions given twice": """
            SELECT 1 FROM points.recognition
            GROUP BY member_id, community_id, year, threshold HAVING count(*) > 1""",
        "recognitions not borne out by the ledger": """
            SELECT id FROM points.recognition WHERE points > (
              SELECT coalesce(sum(entry.points) FILTER (WHERE entry.points > 0), 0) FROM points.entry
              WHERE entry.member_id = recognition.member_id AND entry.community_id = recognition.community_id
                AND entry.year = recognition.year)""",
    },
    "one_message_per_person_and_event": {
        "messages that exist twice": """
            SELECT 1 FROM notify.message GROUP BY occasion, recipient_id, topic HAVING count(*) > 1""",
        "messages accepted more than once": """
            SELECT message_id FROM notify.delivery WHERE state IN ('accepted', 'delivered')
            GROUP BY message_id HAVING count(*) > 1""",
        "messages merged into no digest of their reader, or told beside it": """
            SELECT message.id FROM notify.message
            LEFT JOIN notify.message AS digest ON digest.id = message.merged_into
              AND digest.topic = 'daily_digest' AND digest.recipient_id = message.recipient_id
            WHERE (message.state = 'merged') <> (digest.id IS NOT NULL)
              OR message.state = 'merged' AND EXISTS (
                SELECT 1 FROM notify.delivery WHERE delivery.message_id = message.id)""",
    },
    "one_run_per_job_and_period": {
        "runs that exist twice": """
            SELECT 1 FROM scheduler.job_run GROUP BY job, scope, period HAVING count(*) > 1""",
        "releases that exist twice": """
            SELECT 1 FROM wishes.release GROUP BY period, area_id HAVING count(*) > 1""",
    },
    "parents_are_sums": {
        "areas whose wishes are not those of their children and their own": """
            WITH own AS (
              SELECT area.id, area.parent_id, area.path, count(wish.id) AS wishes
              FROM wishes.area LEFT JOIN wishes.wish ON wish.community_id = area.id GROUP BY area.id),
            below AS (
              SELECT area.id, area.parent_id, (
                SELECT count(*) FROM wishes.wish JOIN wishes.area AS home ON home.id = wish.community_id
                WHERE starts_with(home.path, area.path)) AS wishes
              FROM wishes.area)
            SELECT below.id FROM below JOIN own ON own.id = below.id
            WHERE below.wishes <> own.wishes + coalesce(
              (SELECT sum(child.wishes) FROM below AS child WHERE child.parent_id = below.id), 0)""",
        "figures that the moves of wishes do not bear out": """
            WITH moved AS (
              SELECT community_id AS area_id, action, count(DISTINCT wish_id) AS wishes
              FROM wishes.wish_move JOIN wishes.wish ON wish.id = wish_move.wish_id
              WHERE action IN ('submit', 'accept', 'release', 'claim', 'fulfil') AND wish_move.id <=
                (SELECT counted FROM wishes.tally_progress WHERE log = 'wish_move')
              GROUP BY community_id, action),
            kept AS (
              SELECT area_id, action, sum(counted) AS wishes FROM wishes.tally CROSS JOIN LATERAL (VALUES
                ('submit', submitted), ('accept', accepted), ('release', released),
                ('claim', claimed), ('fulfil', fulfilled)) AS measured (action, counted)
              WHERE dimension = '' GROUP BY area_id, action HAVING sum(counted) > 0)
            SELECT area_id FROM moved FULL JOIN kept USING (area_id, action)
            WHERE moved.wishes IS DISTINCT FROM kept.wishes""",
        "signed figures that are not the sum of those below, as corrected, and of the area's own": """
            WITH signed AS (
              SELECT report.period, area.id, area.parent_id, area.path, line.key AS measure, corrections_to,
                CAST(line.value AS integer) AS counted,
                coalesce(CAST(report.own -> 'total' ->> line.key AS integer), 0) AS own
              FROM wishes.report JOIN wishes.area ON area.id = report.area_id
              CROSS JOIN LATERAL jsonb_each_text(report.figures -> 'total') AS line),
            corrected AS (
              SELECT signed.*, counted + coalesce((
                SELECT sum(difference) FROM wishes.correction
                JOIN wishes.area AS place ON place.id = correction.area_id
                WHERE correction.period = signed.period AND correction.measure = signed.measure
                  AND correction.id > signed.corrections_to AND starts_with(place.path, signed.path)
              ), 0) AS total FROM signed)
            SELECT parent.id FROM corrected AS parent JOIN corrected AS child
              ON child.parent_id = parent.id
              AND child.period = parent.period AND child.measure = parent.measure
            GROUP BY parent.id, parent.period, parent.measure, parent.total, parent.own
            HAVING parent.total <> parent.own + sum(child.total)""",
    },
    **OF_CLAIMS,
    **OF_WISHES,
    "events_not_parked": {
        f"events parked in {service}": f"SELECT 1 FROM {service}.setback WHERE next_try_at IS NULL"  # noqa: S608
        for service in STORING
    },
}
