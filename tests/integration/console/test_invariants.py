"""The invariants that a rehearsal ends with see what is wrong: each is shown a database in which it is."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, text

from services.chassis.database import engine_for
from services.chassis.settings import Settings
from services.console.invariants import check_invariants
from services.notify.models import Message
from services.points.models import Nomination, Notice
from services.scheduler.models import JobRun
from services.wishes.models import Area, Complaint, Evidence, Report, RosterEntry

NOW, TODAY = datetime(2026, 12, 5, 1, tzinfo=UTC), date(2026, 12, 5)
CITY, STREET = uuid4(), uuid4()

Rows = list[tuple[Any, dict[str, Any]]]


def an_area(area_id: Any, kind: str, parent_id: Any = None) -> tuple[Any, dict[str, Any]]:
    return Area, {
        "id": area_id,
        "parent_id": parent_id,
        "kind": kind,
        "name": kind,
        "path": "/c/" if parent_id is None else "/c/s/",
        "settings": {},
        "release_scope_id": CITY,
        "version": 1,
    }


def a_complaint(**changed: Any) -> tuple[Any, dict[str, Any]]:
    said = {
        "id": uuid4(),
        "code": "A2345678",
        "about": "other",
        "area_id": STREET,
        "handler_id": STREET,
        "text": "sealed",
        "language": "zh",
        "state": "open",
        "submitted_at": NOW,
        "due_on": TODAY,
    }
    return Complaint, said | changed


BROKEN: dict[str, tuple[str, Rows]] = {
    "an entry of the roster that nobody ever looked at": (
        "roster_and_complaints",
        [(RosterEntry, {"resident_id": uuid4(), "listed_on": TODAY, "last_checked_on": TODAY})],
    ),
    "a message that was merged into nothing": (
        "one_message_per_person_and_event",
        [
            (
                Message,
                {
                    "occasion": uuid4(),
                    "recipient_id": uuid4(),
                    "recipient_kind": "member",
                    "topic": "release_digest",
                    "subject_id": uuid4(),
                    "area_path": "/c/",
                    "parameters": "sealed",
                    "wording": "x",
                    "state": "merged",
                    "in_inbox": True,
                    "created_at": NOW,
                    "expires_at": NOW,
                    "merged_into": uuid4(),
                },
            )
        ],
    ),
    "a complaint that was answered without an answer": (
        "roster_and_complaints",
        [a_complaint(state="answered")],
    ),
    "a complaint about people that they themselves handle": (
        "roster_and_complaints",
        [an_area(CITY, "city"), an_area(STREET, "street", CITY), a_complaint(about="people")],
    ),
    "a paper kept beyond its day": (
        "cards_and_referrals",
        [
            (
                Evidence,
                {
                    "id": uuid4(),
                    "wish_id": uuid4(),
                    "kind": "application/pdf",
                    "content": "sealed",
                    "size": 1,
                    "added_at": NOW,
                    "by": "worker",
                    "kept_until": date(2026, 12, 1),
                },
            ),
            (
                JobRun,
                {
                    "job": "reminders",
                    "scope": "",
                    "period": "2026-12-05",
                    "state": "announced",
                    "due_at": NOW,
                },
            ),
        ],
    ),
    "a notice decided by whoever objected": (
        "second_person",
        [
            (
                Notice,
                {
                    "id": uuid4(),
                    "kind": "street_wishes",
                    "subject_id": STREET,
                    "area_path": "/c/s/",
                    "officers_path": "/c/",
                    "year": 2026,
                    "required": 3,
                    "done": 0,
                    "state": "upheld",
                    "sent_at": NOW,
                    "objected_by": "officer",
                    "decided_by": "officer",
                },
            )
        ],
    ),
    "a proposal for whom no mark was reached": (
        "second_person",
        [
            (
                Nomination,
                {
                    "id": uuid4(),
                    "recognition_id": uuid4(),
                    "member_id": uuid4(),
                    "community_id": uuid4(),
                    "area_path": "/c/s/",
                    "year": 2026,
                    "points": 50,
                    "merits": "sealed",
                    "state": "proposed",
                    "proposed_by": "worker",
                    "proposed_at": NOW,
                },
            )
        ],
    ),
    "a report of the city without that of its street": (
        "reports_from_below",
        [
            an_area(CITY, "city"),
            an_area(STREET, "street", CITY),
            (
                Report,
                {
                    "id": uuid4(),
                    "period": "2026-11",
                    "area_id": CITY,
                    "signed_at": NOW,
                    "signed_by": "officer",
                    "figures": {"total": {}, "by": {}},
                    "own": {"total": {}, "by": {}},
                    "corrections_to": 0,
                },
            ),
        ],
    ),
}


def test_an_empty_house_keeps_every_invariant(settings: Settings) -> None:
    assert set(check_invariants(settings).values()) == {"ok"}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_is_found(settings: Settings, what: str) -> None:
    invariant, rows = BROKEN[what]
    with engine_for(settings.database_url).begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))  # written past the foreign keys
        for model, row in rows:
            connection.execute(insert(model), [row])
    findings = check_invariants(settings)
    assert findings[invariant].startswith("1 "), findings
