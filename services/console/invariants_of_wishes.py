"""What must be true of cards, referrals, the roster, campaigns and decisions, as `invariants` examines it."""

OF_WISHES: dict[str, dict[str, str]] = {
    "cards_and_referrals": {
        "cards whose wish has another code or another community": """
            SELECT card.code FROM wishes.wish_card AS card JOIN wishes.wish ON wish.id = card.wish_id
            WHERE wish.code <> card.code OR wish.community_id <> card.community_id""",
        "referred wishes that lie with no department, or others that do": """
            SELECT wish.id FROM wishes.wish WHERE (state = 'referred') <> EXISTS (
              SELECT 1 FROM wishes.referral WHERE wish_id = wish.id AND outcome IS NULL)
            AND state <> 'withdrawn'""",
        "settled wishes that no department settled": """
            SELECT wish.id FROM wishes.wish WHERE state = 'settled' AND NOT EXISTS (
              SELECT 1 FROM wishes.referral WHERE wish_id = wish.id AND outcome = 'settled')""",
        "papers kept beyond their day": """
            SELECT id FROM wishes.evidence WHERE kept_until < (
              SELECT max(CAST(period AS date)) FROM scheduler.job_run
              WHERE job = 'reminders' AND state = 'announced')""",
    },
    "roster_and_complaints": {
        "entries whose last look is not that of their checks": """
            SELECT entry.resident_id FROM wishes.roster_entry AS entry
            WHERE (entry.taken_off_on IS NULL) IS DISTINCT FROM (
              SELECT is_in_hardship FROM wishes.roster_check AS looked
              WHERE looked.resident_id = entry.resident_id ORDER BY at DESC, id DESC LIMIT 1)""",
        "complaints that were answered without an answer, or the other way round": """
            SELECT id FROM wishes.complaint WHERE (state = 'answered') <> (answer IS NOT NULL)""",
        "complaints about people that the place itself handles": """
            SELECT complaint.id FROM wishes.complaint JOIN wishes.area ON area.id = area_id
            WHERE about = 'people' AND handler_id = area_id AND parent_id IS NOT NULL""",
    },
    "campaigns": {
        "wishes of a campaign that went up before its stage of claiming": """
            SELECT wish.id FROM wishes.wish JOIN wishes.campaign ON campaign.id = campaign_id
            WHERE urgency <> 'urgent' AND called_off_at IS NULL AND released_at < opened_at""",
        "wishes let through for a campaign that it never put up": """
            SELECT wish.id FROM wishes.wish JOIN wishes.campaign ON campaign.id = campaign_id
            WHERE wish.state = 'screened' AND opened_at IS NOT NULL AND called_off_at IS NULL
            AND EXISTS (SELECT 1 FROM wishes.wish_move AS accepted
              WHERE wish_id = wish.id AND action = 'accept' AND at < opened_at)""",
        "reporters that handed in more than a strict campaign takes": """
            SELECT reporter_id FROM wishes.wish JOIN wishes.campaign ON campaign.id = campaign_id
            LEFT JOIN wishes.campaign_quota AS quota USING (campaign_id, reporter_id)
            WHERE is_strict AND wish.state NOT IN ('declined', 'withdrawn')
            GROUP BY reporter_id, campaign.id, quota.campaign_id, quota.most, campaign.most
            HAVING count(*) > CASE WHEN quota.campaign_id IS NULL THEN campaign.most ELSE quota.most END""",
    },
    "second_person": {
        "corrections of points decided by whoever proposed them": """
            SELECT id FROM points.correction WHERE decided_by = proposed_by""",
        "proposals of outstanding members decided by whoever proposed them": """
            SELECT id FROM points.nomination WHERE decided_by = proposed_by""",
        "notices decided by whoever objected": """
            SELECT id FROM points.notice WHERE decided_by = objected_by""",
        "outstanding members proposed who did not reach the mark": """
            SELECT nomination.id FROM points.nomination
            LEFT JOIN points.recognition ON recognition.id = recognition_id
            WHERE threshold IS DISTINCT FROM 'outstanding'""",
    },
    "reports_from_below": {
        "reports signed before those of the areas below": """
            SELECT parent.id FROM wishes.report AS parent
            JOIN wishes.area AS child ON child.parent_id = parent.area_id AND child.kind <> 'station'
            WHERE NOT EXISTS (SELECT 1 FROM wishes.report AS below WHERE below.area_id = child.id
              AND below.period = parent.period AND below.signed_at <= parent.signed_at)""",
    },
}
"""By invariant: what would be wrong, and the question that finds it."""
