"""The invariants of claims see what is wrong: each is shown a database in which it is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, text

from services.chassis.database import engine_for
from services.chassis.settings import Settings
from services.claims.models import (
    Arrangement,
    CallBack,
    Claim,
    Dispatch,
    EscalationStep,
    JointPart,
    Pledge,
    Pool,
    Project,
    Visit,
    Waiting,
)
from services.console.invariants import check_invariants

NOW, TODAY = datetime(2026, 12, 5, 1, tzinfo=UTC), date(2026, 12, 5)
PLACE, SOMEBODY, OFFER = "/c/s/x/", uuid4(), uuid4()

Row = tuple[Any, dict[str, Any]]


def a_claim(**changed: Any) -> Row:
    claim_id = uuid4()
    said = {
        "id": claim_id,
        "offer_id": OFFER,
        "member_id": SOMEBODY,
        "claimant_kind": "joint",
        "claimant_id": uuid4(),
        "area_path": PLACE,
        "state": "returned",
        "claimed_at": NOW,
        "undo_until": NOW,
        "due_on": TODAY,
    }
    return Claim, said | changed


def a_pool(**changed: Any) -> Row:
    said = {
        "id": uuid4(),
        "offer_id": OFFER,
        "area_path": PLACE,
        "target": 100,
        "pledged": 0,
        "received": 0,
        "state": "gathering",
        "opened_at": NOW,
        "closes_on": TODAY,
    }
    return Pool, said | changed


def a_dispatch(**changed: Any) -> Row:
    said = {
        "id": uuid4(),
        "offer_id": OFFER,
        "area_path": PLACE,
        "state": "exhausted",
        "is_urgent": False,
        "candidates": [SOMEBODY],
        "position": 0,
        "member_id": SOMEBODY,
        "created_at": NOW,
    }
    return Dispatch, said | changed


def an_arrangement(**changed: Any) -> Row:
    said = {
        "id": uuid4(),
        "offer_id": OFFER,
        "member_id": SOMEBODY,
        "area_path": PLACE,
        "rhythm": "weekly",
        "starts_on": TODAY,
        "state": "active",
        "created_at": NOW,
    }
    return Arrangement, said | changed


def a_project(**changed: Any) -> Row:
    said = {
        "id": uuid4(),
        "code": "P2345678",
        "title": "加装楼梯扶手",
        "plan": "sealed",
        "area_id": uuid4(),
        "area_path": PLACE,
        "state": "approved",
        "proposed_at": NOW,
    }
    return Project, said | changed


POOL, CLAIM, ARRANGEMENT, TEAM = uuid4(), uuid4(), uuid4(), uuid4()

BROKEN: dict[str, tuple[str, list[Row]]] = {
    "a pool that was promised what nobody pledged": ("pledges", [a_pool(pledged=60)]),
    "a pool that reached its target without a claim": (
        "pledges",
        [
            a_pool(id=POOL, pledged=100, state="reached"),
            (
                Pledge,
                {
                    "id": uuid4(),
                    "pool_id": POOL,
                    "member_id": SOMEBODY,
                    "area_path": PLACE,
                    "amount": 100,
                    "state": "pledged",
                    "pledged_at": NOW,
                    "moved_at": NOW,
                    "moved_by": "house",
                },
            ),
        ],
    ),
    "a claim of a unit that nobody knows": ("collective_claims", [a_claim(claimant_kind="unit")]),
    "a claim that was given back and still names somebody": (
        "collective_claims",
        [a_claim(state="returned", named_person="sealed")],
    ),
    "a joint claim that was confirmed with a part open": (
        "collective_claims",
        [
            a_claim(id=CLAIM, state="confirmed", claimant_kind="member", claimant_id=SOMEBODY),
            (
                JointPart,
                {
                    "claim_id": CLAIM,
                    "party_id": uuid4(),
                    "party": "unit",
                    "share": "sealed",
                    "is_lead": True,
                },
            ),
        ],
    ),
    "a turn that was accepted without a claim": (
        "waiting_lines",
        [
            (
                Waiting,
                {
                    "id": uuid4(),
                    "offer_id": OFFER,
                    "member_id": SOMEBODY,
                    "state": "accepted",
                    "since": NOW,
                },
            )
        ],
    ),
    "a dispatch that was accepted without a claim": ("dispatches", [a_dispatch(state="accepted")]),
    "a dispatch to a team that its leader took for themselves": (
        "dispatches",
        [a_dispatch(state="accepted", team_id=TEAM, claim_id=CLAIM), a_claim(id=CLAIM, claimant_id=SOMEBODY)],
    ),
    "a dispatch that passed somebody over in silence": ("dispatches", [a_dispatch(position=1)]),
    "a dispatch that asked somebody at night": (
        "dispatches",
        [a_dispatch(state="proposed", answer_by=datetime(2026, 12, 6, 13, tzinfo=UTC))],
    ),
    "somebody who keeps visiting, with no visit to come": ("visits", [an_arrangement()]),
    "a visit that was made on no day": (
        "visits",
        [
            an_arrangement(id=ARRANGEMENT, state="ended"),
            (
                Visit,
                {
                    "id": uuid4(),
                    "arrangement_id": ARRANGEMENT,
                    "area_path": PLACE,
                    "due_on": TODAY + timedelta(days=7),
                    "state": "done",
                },
            ),
        ],
    ),
    "a project signed off that no unit claimed": ("projects", [a_project(state="signed_off")]),
    "a call-back about what was not confirmed": (
        "aftercare",
        [
            a_claim(id=CLAIM),
            (CallBack, {"id": CLAIM, "area_path": PLACE, "state": "drawn", "drawn_at": NOW}),
        ],
    ),
    "a second step up without the first": (
        "aftercare",
        [
            (
                EscalationStep,
                {
                    "id": uuid4(),
                    "kind": "offer",
                    "subject_id": OFFER,
                    "step": 2,
                    "title": "灯坏了",
                    "code": "A2345678",
                    "area_path": PLACE,
                    "told_path": "/c/",
                    "raised_at": NOW,
                },
            )
        ],
    ),
}


def written(settings: Settings, rows: list[Row]) -> None:
    """Write rows past the foreign keys."""
    with engine_for(settings.database_url).begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for model, row in rows:
            connection.execute(insert(model), [row])


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_is_found(settings: Settings, what: str) -> None:
    invariant, rows = BROKEN[what]
    written(settings, rows)
    findings = check_invariants(settings)
    assert findings[invariant].startswith("1 "), findings


def test_a_dispatch_that_a_team_accepted_is_sound(settings: Settings) -> None:
    accepted = a_dispatch(state="accepted", team_id=TEAM, claim_id=CLAIM)
    written(settings, [accepted, a_claim(id=CLAIM, claimant_kind="team", claimant_id=TEAM)])
    assert check_invariants(settings)["dispatches"] == "ok"
