"""Migrations carry what is there along, and hold the tables to the same rules as the models do."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, text

from services.chassis import migrations
from services.chassis.contracts import new_id
from services.chassis.database import engine_for

QUOTED = re.compile(r", |\[|\]")
"""Where one value of a list ends and the next begins."""

RULES = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'c' AND connamespace = CAST(:service AS regnamespace) ORDER BY 1, 2
"""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database in which a service may begin anew."""
    engine = engine_for(database_url)
    yield engine
    engine.dispose()


def begin_anew(connection: Connection, service: str) -> None:
    """Take the tables of a service away."""
    connection.execute(text(f"DROP SCHEMA {service} CASCADE"))
    connection.execute(text(f"CREATE SCHEMA {service}"))


def lead_to(connection: Connection, service: str, revision: str) -> None:
    """Bring the tables of a service to a revision."""
    command.upgrade(migrations._configuration(service, connection), revision)


def rules(connection: Connection, service: str) -> list[tuple[str, str, list[str]]]:
    """Return every CHECK of a service by table and name, its values in alphabetical order."""
    found = connection.execute(text(RULES), {"service": service}).all()
    return [(table, name, sorted(QUOTED.split(rule))) for table, name, rule in found]


@pytest.mark.parametrize("service", ["wishes", "claims", "points", "notify"])
def test_the_checks_of_migrated_tables_are_those_of_the_models(engine: Engine, service: str) -> None:
    """Alembic compares tables and columns, but no CHECKs: a state or topic more would be refused at night."""
    with engine.begin() as connection:
        begin_anew(connection, service)
        lead_to(connection, service, "head")
        migrated = rules(connection, service)
        begin_anew(connection, service)
        migrations.metadata_of(service).create_all(connection)
        modelled = rules(connection, service)
    assert migrated == modelled


def test_evidence_that_a_form_named_moves_along(engine: Engine) -> None:
    resident, proven, unproven = new_id(), new_id(), new_id()
    submitted_at = datetime(2026, 10, 1, 4, tzinfo=UTC)
    with engine.begin() as connection:
        begin_anew(connection, "wishes")
        lead_to(connection, "wishes", "wishes_0001")
        connection.execute(
            text("""
                INSERT INTO wishes.resident (id, community_id, name, name_index, phone_index, hardship,
                    language, added_at, version)
                VALUES (:id, :id, 'k1.name', 'index', '', '{}', 'zh', :at, 1)
            """),
            {"id": resident, "at": submitted_at},
        )
        for wish_id, evidence in ((proven, "k1.sealed"), (unproven, None)):
            connection.execute(
                text("""
                    INSERT INTO wishes.wish (id, code, community_id, resident_id, state, title, kind, urgency,
                        value, places, contact, evidence, confirmation_code, confirmation_index, door,
                        entered_by, submitted_at, due_on, months_carried, version)
                    VALUES (:id, CAST(:id AS text), :resident, :resident, 'submitted', '收音机', 'goods',
                        'ordinary', 0, 1, 'k1.contact', :evidence, 'k1.code', 'index', 'visit',
                        'somebody', :at, '2026-10-09', 0, 1)
                """),
                {"id": wish_id, "resident": resident, "evidence": evidence, "at": submitted_at},
            )
        lead_to(connection, "wishes", "head")
        found = connection.execute(
            text("SELECT wish_id, kind, content, by, kept_until::text FROM wishes.evidence")
        ).all()
    assert found == [(proven, "text/plain", "k1.sealed", "somebody", "2027-03-30")]


def test_a_claim_that_was_told_of_before_keeps_the_one_who_answers_for_it(engine: Engine) -> None:
    claim_id, member_id = new_id(), new_id()
    claimed_at = datetime(2026, 10, 1, 4, tzinfo=UTC)
    with engine.begin() as connection:
        begin_anew(connection, "points")
        lead_to(connection, "points", "points_0004")
        connection.execute(
            text("INSERT INTO points.participation VALUES (:claim_id, :member_id, :claimed_at, 'returned')"),
            {"claim_id": claim_id, "member_id": member_id, "claimed_at": claimed_at},
        )
        lead_to(connection, "points", "head")
        kept = connection.execute(
            text("""
                SELECT claim.id, member_id, claimed_at, ended
                FROM points.participation JOIN points.claim ON claim.id = claim_id
            """)
        ).all()
    assert kept == [(claim_id, member_id, claimed_at, "returned")]


def test_wishes_that_were_counted_before_count_for_the_street_they_lie_in(engine: Engine) -> None:
    street, elsewhere = new_id(), new_id()
    with engine.begin() as connection:
        begin_anew(connection, "points")
        lead_to(connection, "points", "points_0005")
        for area_id, path in ((street, "/a/b/"), (elsewhere, "/a/bc/")):
            connection.execute(
                text("""
                    INSERT INTO points.area (id, name, path, letter_points, star_points, outstanding_points,
                        kind, version)
                    VALUES (:id, '', :path, 20, 30, 50, 'street', 1)
                """),
                {"id": area_id, "path": path},
            )
        for path in ("/a/b/c/", "/a/d/"):
            connection.execute(
                text("INSERT INTO points.contribution VALUES ('street_wishes', :id, :path, NULL, now())"),
                {"id": new_id(), "path": path},
            )
        lead_to(connection, "points", "head")
        counted = connection.execute(text("SELECT area_path, subject_id FROM points.contribution"))
    assert dict(counted.all()) == {"/a/b/c/": street, "/a/d/": None}
