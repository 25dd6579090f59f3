"""A rehearsal of months through the real services, embedded and as processes on RabbitMQ and PostgreSQL."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.rabbitmq import broker

COMMAND = (sys.executable, "-W", "ignore", "-m", "services.console", "rehearse", "--json")
SMALL = ("--wishes", "60", "--members", "80", "--months", "3")

OF_CHUANHUI = """
complaints_answered complaints_raised cards_printed cards_come_back papers_looked_at wishes_told_twice
roster_checks roster_entries_taken_off feedback_circulated feedback_reminded notices_upheld
notices_withdrawn reports_signed_by_the_city reports_reminded_of reports_corrected festivals_told
claims_by_units claims_by_branches claims_by_companies claims_by_teams claims_by_pools claims_made_jointly
joint_parts_done batches pledges_received pledges_given_back pledges_withdrawn pools_fulfilled
members_who_waited places_taken_in_line places_declined_in_line dispatches_accepted dispatches_declined
dispatches_timed_out dispatches_made_at_night visits_made projects_signed_off milestones_reached
call_backs_made escalations dispatches_accepted_by_teams visits_made_by_the_next_of_a_team
"""
OF_GUANGZHOU = """
claims_by_units claims_by_branches claims_by_companies places_taken_in_line projects_signed_off
units_that_claimed_projects milestones_reached call_backs_made escalations
"""
OF_QITAIHE = """
claims_by_units claims_by_teams claims_by_pools claims_made_jointly joint_parts_done teams
pledges_received pools_fulfilled dispatches_accepted dispatches_declined visits_made roster_checks
projects_signed_off call_backs_made dispatches_accepted_by_teams visits_made_by_the_next_of_a_team
"""
OF_TANGSHAN = """
campaigns campaign_wishes towns_that_met_their_quota units_that_met_their_quota complaints_answered
"""
OF_LOUDI = """
festivals_told campaigns campaign_wishes papers_looked_at wishes_told_twice roster_checks
reports_signed_by_the_city reports_corrected feedback_circulated complaints_answered wishes_above_ceiling
percent_of_dear_wishes_explained
"""
BY_UNITS = "claims_by_units claims_by_branches claims_by_companies claims_made_jointly"


def rehearse(*options: str) -> dict[str, Any]:
    """Run a rehearsal to its end and return its report."""
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=850)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def assert_sound(report: dict[str, Any], wishes: int, releases: int) -> None:
    """The report adds up, and every invariant held."""
    assert set(report["invariants"].values()) == {"ok"}, report["invariants"]
    assert [month["period"] for month in report["months"]] == ["2026-12", "2027-01"][:releases]
    assert report["months"][0]["release_on"] == "2026-12-05"
    told_twice = report["programme"]["wishes_told_twice"]
    assert sum(month["submitted"] for month in report["months"]) == wishes + told_twice
    claims = report["claims"]
    assert claims["oversold"] == 0
    assert claims["attempted"] == claims["won"] + sum(claims["refused"].values())
    assert claims["refused"]["claims.no_place_left"] > 0
    assert sum(month["claimed"] for month in report["months"]) == claims["won"]
    assert sum(month["fulfilled"] for month in report["months"]) > wishes / 2
    by_units = sum(report["programme"][name] for name in BY_UNITS.split())
    assert report["points"]["entries"] >= sum(month["fulfilled"] for month in report["months"]) - by_units
    assert report["feedback"]["reports"] > 0
    messages = report["messages"]
    assert (messages["duplicates"], messages["lost"]) == (0, 0)
    assert messages["due"] == messages["accepted"] + messages["failed"]


def assert_traced(report: dict[str, Any], names: str) -> None:
    """Nearly all of these side roads left something; in so small a city the dice may pass a few by."""
    untrodden = [name for name in names.split() if not report["programme"][name]]
    assert len(untrodden) <= len(names.split()) / 5, untrodden


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_rehearsal_of_an_embedded_house_keeps_every_invariant_on_every_side_road() -> None:
    report = rehearse(*SMALL)
    assert_sound(report, wishes=60, releases=2)
    assert_traced(report, OF_CHUANHUI)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_campaign_of_three_weeks_meets_its_quotas_and_grants_every_wish_in_time() -> None:
    report = rehearse("--scenario", "tangshan", "--wishes", "70", "--members", "80")
    assert set(report["invariants"].values()) == {"ok"}, report["invariants"]
    assert_traced(report, OF_TANGSHAN)
    assert {name: figure["reached"] for name, figure in report["targets"].items()} == {
        name: figure["target"] for name, figure in report["targets"].items()
    }


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_city_of_festivals_holds_a_drive_for_each_and_explains_what_is_dear() -> None:
    report = rehearse("--scenario", "loudi", "--wishes", "60", "--members", "80", "--months", "3")
    assert set(report["invariants"].values()) == {"ok"}, report["invariants"]
    assert_traced(report, OF_LOUDI)
    assert report["programme"]["percent_of_dear_wishes_explained"] == 100


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_city_of_projects_claims_them_by_letter_and_a_group_of_wishes_in_a_rush() -> None:
    report = rehearse("--scenario", "guangzhou", "--wishes", "90", "--members", "150", "--months", "3")
    assert set(report["invariants"].values()) == {"ok"}, report["invariants"]
    assert_traced(report, OF_GUANGZHOU)
    assert report["places"]["荔湾区"]["letters_of_intent"] >= 3
    assert report["places"]["蟠虬社区"]["gone_in_five_minutes"] > 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_communities_dispatch_pool_visit_and_form_teams_each_in_its_own_way() -> None:
    report = rehearse("--scenario", "qitaihe", "--wishes", "120", "--members", "150", "--months", "3")
    assert set(report["invariants"].values()) == {"ok"}, report["invariants"]
    assert_traced(report, OF_QITAIHE)
    assert report["places"]["东山社区"]["teams"] == 6
    assert report["programme"]["dispatches_accepted_by_teams"] > 0
    assert report["programme"]["visits_made_by_the_next_of_a_team"] > 0


@pytest.mark.slow
@pytest.mark.broker
@pytest.mark.timeout(900)
def test_a_rehearsal_of_a_city_of_separate_processes_keeps_every_invariant(database_server_url: str) -> None:
    from tests.support.database import empty_database

    with empty_database(database_server_url) as url:
        own = broker().add_vhost("rehearsal")
        assert_sound(rehearse(*SMALL, "--database", url, "--broker", own), wishes=60, releases=2)


@pytest.mark.slow
def test_the_smallest_city_of_all_is_rehearsed() -> None:
    report = rehearse("--communities", "1", "--members", "5", "--wishes", "5", "--months", "1")
    assert set(report["invariants"].values()) == {"ok"}, report["invariants"]
    assert report["programme"]["cards_printed"] == 5000 // 51


def test_a_rehearsal_asks_for_database_and_broker_together() -> None:
    done = subprocess.run(
        [*COMMAND, "--database", "postgresql://x"], capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 2
    assert "--broker" in json.loads(done.stdout)["error"]["message"]
