"""What must be true of every way of claiming and of what follows, as `invariants` examines it."""

OF_CLAIMS: dict[str, dict[str, str]] = {
    "pledges": {
        "pools that were promised more than their target, or received more than was promised": """
            SELECT id FROM claims.pool WHERE pledged > target OR received > pledged""",
        "pools whose sums are not those of their pledges": """
            SELECT pool.id FROM claims.pool LEFT JOIN claims.pledge ON pledge.pool_id = pool.id
            GROUP BY pool.id, pledged, received HAVING
              coalesce(sum(amount) FILTER (WHERE pledge.state IN ('pledged', 'received')), 0) <> pledged
              OR coalesce(sum(amount) FILTER (WHERE pledge.state = 'received'), 0) <> received""",
        "pools whose state is not that of their claim": """
            SELECT pool.id FROM claims.pool LEFT JOIN claims.claim ON claimant_id = pool.id
            WHERE pool.state = 'reached' AND coalesce(claim.state, '') NOT IN ('held', 'delivered')
              OR pool.state = 'fulfilled' AND coalesce(claim.state, '') <> 'confirmed'
              OR pool.state IN ('gathering', 'lapsed') AND claim.id IS NOT NULL""",
    },
    "collective_claims": {
        "claims of no known unit, team, pool or member": """
            SELECT id FROM claims.claim WHERE NOT CASE claimant_kind
              WHEN 'member' THEN claimant_id = member_id
                AND EXISTS (SELECT 1 FROM claims.member WHERE member.id = claimant_id)
              WHEN 'team' THEN EXISTS (SELECT 1 FROM claims.team WHERE team.id = claimant_id
                AND (member_id = leader_id OR member_id = ANY (member_ids)))
              WHEN 'pool' THEN EXISTS (SELECT 1 FROM claims.pool WHERE pool.id = claimant_id)
              ELSE EXISTS (SELECT 1 FROM claims.unit WHERE unit.id = claimant_id) END""",
        "claims of units for which nobody answers": """
            SELECT id FROM claims.claim WHERE claimant_kind IN ('unit', 'branch', 'company', 'joint')
            AND state IN ('held', 'delivered') AND member_id IS NULL AND named_person IS NULL""",
        "claims that ended and still name who answered for them": """
            SELECT id FROM claims.claim
            WHERE state NOT IN ('held', 'delivered', 'confirmed') AND named_person IS NOT NULL""",
        "joint claims that were confirmed before every part was done": """
            SELECT claim.id FROM claims.claim JOIN claims.joint_part ON joint_part.claim_id = claim.id
            WHERE claim.state = 'confirmed' AND done_at IS NULL""",
        "joint claims without exactly one lead and another party": """
            SELECT claim.id FROM claims.claim LEFT JOIN claims.joint_part ON joint_part.claim_id = claim.id
            WHERE claimant_kind = 'joint' GROUP BY claim.id
            HAVING count(*) FILTER (WHERE is_lead) <> 1 OR count(party_id) < 2""",
    },
    "waiting_lines": {
        "offers whose line is not as long as they say": """
            SELECT offer.id FROM claims.offer LEFT JOIN claims.waiting
              ON waiting.offer_id = offer.id AND waiting.state = 'waiting'
            GROUP BY offer.id HAVING count(waiting.id) <> offer.waiting""",
        "places kept in line for longer than their hours and a day": """
            SELECT id FROM claims.waiting WHERE state = 'offered' AND offered_until <
              (SELECT max(claimed_at) FROM claims.claim) - interval '1 day 2 hours'""",
        "turns accepted without a claim": """
            SELECT id FROM claims.waiting WHERE state = 'accepted' AND NOT EXISTS (
              SELECT 1 FROM claims.claim WHERE claim.offer_id = waiting.offer_id
                AND claim.claimant_id = waiting.member_id)""",
    },
    "dispatches": {
        "wishes that are proposed to more members than they have free places": """
            SELECT offer.id FROM claims.offer JOIN claims.dispatch ON dispatch.offer_id = offer.id
            WHERE dispatch.state IN ('waiting', 'proposed') AND offer.state = 'open'
            GROUP BY offer.id HAVING count(*) > offer.places""",
        "dispatches accepted without a claim of whom they were proposed to": """
            SELECT dispatch.id FROM claims.dispatch LEFT JOIN claims.claim ON claim.id = dispatch.claim_id
            WHERE dispatch.state = 'accepted' AND (claim.id IS NULL
              OR claim.claimant_id <> coalesce(dispatch.team_id, dispatch.member_id)
              OR claim.offer_id <> dispatch.offer_id)""",
        "dispatches that passed somebody without an answer": """
            SELECT dispatch.id FROM claims.dispatch WHERE position > (
              SELECT count(*) FROM claims.dispatch_answer WHERE dispatch_id = dispatch.id)""",
        "what was not urgent and asked about outside office hours": """
            SELECT dispatch.id FROM claims.dispatch WHERE NOT is_urgent AND state = 'proposed'
            AND (answer_by AT TIME ZONE 'Asia/Shanghai')::time NOT BETWEEN '08:30' AND '17:30'""",
    },
    "visits": {
        "visits made before they were arranged, or without a day": """
            SELECT visit.id FROM claims.visit JOIN claims.arrangement ON arrangement.id = arrangement_id
            WHERE (visit.state = 'done') <> (done_on IS NOT NULL) OR done_on < starts_on - 3""",
        "active arrangements without exactly one visit to come": """
            SELECT arrangement.id FROM claims.arrangement LEFT JOIN claims.visit
              ON arrangement_id = arrangement.id AND visit.state = 'planned'
            WHERE arrangement.state = 'active' GROUP BY arrangement.id HAVING count(visit.id) <> 1""",
        "visits to come of arrangements that are over": """
            SELECT visit.id FROM claims.visit JOIN claims.arrangement ON arrangement.id = arrangement_id
            WHERE arrangement.state = 'ended' AND visit.state = 'planned'""",
    },
    "projects": {
        "projects under way that no unit claimed, or without milestones": """
            SELECT id FROM claims.project WHERE state IN ('claimed', 'completed', 'signed_off') AND NOT (
              EXISTS (SELECT 1 FROM claims.project_claim WHERE project_id = project.id)
              AND EXISTS (SELECT 1 FROM claims.milestone WHERE project_id = project.id))""",
        "projects claimed before they were approved": """
            SELECT id FROM claims.project WHERE state IN ('proposed', 'sent_back', 'approved')
            AND EXISTS (SELECT 1 FROM claims.project_claim WHERE project_id = project.id)""",
        "projects signed off with a milestone open": """
            SELECT id FROM claims.project WHERE state IN ('completed', 'signed_off')
            AND EXISTS (SELECT 1 FROM claims.milestone
              WHERE project_id = project.id AND reached_at IS NULL)""",
    },
    "aftercare": {
        "call-backs about claims that were not confirmed": """
            SELECT call_back.id FROM claims.call_back JOIN claims.claim ON claim.id = call_back.id
            WHERE claim.state <> 'confirmed'""",
        "claims found wanting without a rectification": """
            SELECT claim.id FROM claims.claim LEFT JOIN claims.call_back ON call_back.id = claim.id
            WHERE (claim.satisfaction <= 2 OR call_back.state = 'wanting') AND NOT EXISTS (
              SELECT 1 FROM claims.rectification WHERE rectification.claim_id = claim.id)""",
        "claims with two rectifications under way": """
            SELECT claim_id FROM claims.rectification WHERE state <> 'done'
            GROUP BY claim_id HAVING count(*) > 1""",
        "steps up that were told twice, or a second without the first": """
            SELECT 1 FROM claims.escalation_step GROUP BY kind, subject_id
            HAVING count(DISTINCT step) <> count(*) OR max(step) <> count(*)""",
    },
}
"""By invariant: what is wrong, and the query that finds it."""
