"""Suggestions both ways: by skill, willingness and nearness in the tree of areas; never by points.

The order is the same for everybody who fits as well: newest releases first, members by id.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.chassis.contracts import Page
from services.chassis.paging import page_of, page_size
from services.chassis.work import Work
from services.claims.contracts import (
    MemberFit,
    MemberSuggestions,
    NotAMember,
    SuggestMembers,
    SuggestWishes,
    UnknownOffer,
    WishFit,
    WishSuggestions,
)
from services.claims.models import Member, Offer
from services.claims.queries.board import offers_by_id
from services.claims.queries.paging import no_next_of

_WISHES = text("""
    WITH fit AS (
        SELECT offer.id,
               CAST(offer.skill IS NOT NULL AND offer.skill = ANY (CAST(:skills AS text[])) AS int) AS skill,
               CAST(offer.title LIKE ANY (CAST(:wants AS text[]))
                    OR offer.category = ANY (CAST(:willingness AS text[])) AS int) AS willing,
               (SELECT count(*) FROM unnest(CAST(:line AS text[])) AS above (path)
                WHERE offer.area_path ^@ above.path) AS near
        FROM claims.offer
        WHERE offer.state = 'open'
            AND offer.suitable <> 'unit'
            AND (offer.skill IS NULL OR offer.skill = ANY (CAST(:skills AS text[])) OR NOT :has_skills)
            AND NOT EXISTS (
                SELECT FROM claims.claim WHERE claim.offer_id = offer.id AND claim.claimant_id = :member
                    AND claim.state IN ('held', 'delivered', 'confirmed')
            )
    )
    SELECT id, skill, willing, near FROM fit
    WHERE (skill, willing, near, id) < (:skill, :willing, :near, CAST(:id AS uuid))
    ORDER BY skill DESC, willing DESC, near DESC, id DESC LIMIT :limit
""")

_MEMBERS = text("""
    WITH fit AS (
        SELECT member.id,
               CAST(:skill_needed <> '' AND :skill_needed = ANY (member.skills) AS int) AS skill,
               CAST(:category = ANY (member.willingness)
                    OR EXISTS (SELECT FROM unnest(member.willingness) AS word
                               WHERE word <> '' AND strpos(:title, word) > 0) AS int) AS willing,
               (SELECT count(*) FROM unnest(CAST(:line AS text[])) AS above (path)
                WHERE member.area_path ^@ above.path) AS near,
               :hours = ANY (member.free_hours) AS is_free
        FROM claims.member
        LEFT JOIN claims.area ON area.id = :community
        WHERE member.is_active AND member.open_claims < coalesce(area.open_claims, :open_claims)
            AND (:hours = '' OR :hours = ANY (member.free_hours))
            AND NOT EXISTS (
                SELECT FROM claims.claim WHERE claim.offer_id = :offer AND claim.claimant_id = member.id
                    AND claim.state IN ('held', 'delivered', 'confirmed')
            )
    )
    SELECT id, skill, willing, near, is_free FROM fit
    WHERE (skill, willing, near, id) < (:skill, :willing, :near, CAST(:id AS uuid))
    ORDER BY skill DESC, willing DESC, near DESC, id DESC LIMIT :limit
""")

FIRST = "9~9~99~ffffffff-ffff-ffff-ffff-ffffffffffff"
"""A place before that of anything that fits."""

OPEN_CLAIMS = 3
"""What holds in a community of which nothing was heard yet."""


def suggest_wishes(work: Work, query: SuggestWishes, now: datetime) -> WishSuggestions:
    """Return open wishes for the caller; those that need a skill they lack are left out when they named any.

    So are those that suit a unit. Raises `NotAMember` for whoever is not registered.
    """
    work.permit_self(query.by.member_id)
    member = work.session.get(Member, query.by.member_id)
    if member is None or not member.is_active:
        raise NotAMember()
    asked = {
        "member": member.id,
        "skills": member.skills,
        "has_skills": bool(member.skills),
        "willingness": member.willingness,
        "wants": [f"%{_plain(word)}%" for word in member.willingness if word],
        "line": _line(member.area_path),
    }
    found = work.session.execute(_WISHES, asked | _of_page(query))
    rows, following = page_of(found, query, _place_of)
    offers = offers_by_id(work, [row.id for row in rows], now)
    items = [
        WishFit(
            offer=offers[row.id],
            skill_fits=bool(row.skill),
            willingness_fits=bool(row.willing),
            nearness=row.near,
        )
        for row in rows
    ]
    return WishSuggestions(items=items, next=following)


def suggest_members(work: Work, query: SuggestMembers) -> MemberSuggestions:
    """Return active members for a wish who have room for one more claim; raise `UnknownOffer`."""
    offer = work.session.get(Offer, query.wish_id)
    if offer is None:
        work.permitted_scopes()
        raise UnknownOffer()
    work.permit(offer.area_path)
    asked = {
        "offer": offer.id,
        "skill_needed": offer.skill or "",
        "category": offer.category,
        "title": offer.title,
        "line": _line(offer.area_path),
        "community": offer.community_id,
        "hours": query.free_hours or "",
        "open_claims": OPEN_CLAIMS,
    }
    found = work.session.execute(_MEMBERS, asked | _of_page(query))
    rows, following = page_of(found, query, _place_of)
    items = [
        MemberFit(
            member_id=row.id,
            skill_fits=bool(row.skill),
            willingness_fits=bool(row.willing),
            nearness=row.near,
            is_free=bool(row.is_free),
        )
        for row in rows
    ]
    return MemberSuggestions(items=items, next=following)


def _line(path: str) -> list[str]:
    """Return the areas from the root down to `path`: nearness is how many of them both share."""
    steps = [step for step in path.split("/") if step]
    return ["/" + "".join(f"{step}/" for step in steps[:depth]) for depth in range(1, len(steps) + 1)]


def _plain(word: str) -> str:
    """Return a word that means itself in a LIKE."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _of_page(query: Page) -> dict[str, Any]:
    """Return where a page begins and how many are looked for; raise `Malformed` for no `next` of a page."""
    skill, _, rest = (query.after or FIRST).partition("~")
    willing, _, rest = rest.partition("~")
    near, _, last = rest.partition("~")
    try:
        start = {"skill": int(skill), "willing": int(willing), "near": int(near), "id": UUID(last)}
    except ValueError:
        raise no_next_of("suggestions") from None
    return start | {"limit": page_size(query.limit) + 1}


def _place_of(last: Any) -> str:
    return f"{last.skill}~{last.willing}~{last.near}~{last.id}"
