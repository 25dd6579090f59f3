"""Reminders before the deadline and after it, and the lapse, each once whatever the clock says."""

from datetime import date, timedelta
from uuid import UUID

from services.claims.contracts import (
    ClaimReminder,
    ClaimsDueSoon,
    ClaimsEnded,
    ClaimsOverdue,
    ClaimWish,
    DeliverClaim,
    ReturnClaim,
)
from services.scheduler.contracts import LapsesDue, RemindersDue
from tests.support.claims import ClaimsAtHand, as_member

CLAIMED_ON = date(2026, 11, 2)
DUE_ON = date(2026, 11, 16)
"""Fourteen days after the claim; reminders 3 and 0 days before, lapse after 3 days overdue."""


def remind(claims: ClaimsAtHand, on: date) -> list[ClaimReminder]:
    """Let the reminders of a day fall due and return those announced for it."""
    before = len(_reminders(claims))
    claims.hear(RemindersDue(on=on))
    return _reminders(claims)[before:]


def _reminders(claims: ClaimsAtHand) -> list[ClaimReminder]:
    soon = [(event.event_id, event.claims) for event in claims.told(ClaimsDueSoon)]
    overdue = [(event.event_id, event.claims) for event in claims.told(ClaimsOverdue)]
    return [reminder for _, reminders in sorted(soon + overdue) for reminder in reminders]


def days(claims: ClaimsAtHand, first: int, last: int) -> dict[int, list[int]]:
    """Return, by day before or after the due day, what reminders said of the days left."""
    told = {day: remind(claims, DUE_ON + timedelta(days=day)) for day in range(first, last + 1)}
    return {
        day: [reminder.days_left for reminder in reminders] for day, reminders in told.items() if reminders
    }


def hold(claims: ClaimsAtHand, **wish: int) -> tuple[UUID, UUID]:
    """Return a member and their claim on a wish of fourteen days."""
    member = claims.a_member()
    return member, claims.claim(member, claims.a_released_wish(**wish)).claim_id


# -- reminders


def test_the_doer_is_reminded_on_the_days_the_area_chose_and_daily_when_overdue(claims: ClaimsAtHand) -> None:
    hold(claims)
    assert days(claims, -14, 6) == {-3: [3], 0: [0], 1: [-1], 2: [-2], 3: [-3]}


def test_a_reminder_names_the_wish_and_the_day(claims: ClaimsAtHand) -> None:
    member = claims.a_member()
    wish = claims.a_released_wish()
    claimed = claims.claim(member, wish)
    (reminder,) = remind(claims, DUE_ON)
    assert (reminder.claim_id, reminder.member_id, reminder.wish_id) == (
        claimed.claim_id,
        member,
        wish.wish_id,
    )
    assert (reminder.title, reminder.wish_code, reminder.due_on) == (wish.title, wish.code, DUE_ON)


def test_the_same_day_heard_twice_reminds_once(claims: ClaimsAtHand) -> None:
    hold(claims)
    for on in (DUE_ON, DUE_ON + timedelta(days=1)):
        assert len(remind(claims, on)) == 1
        assert remind(claims, on) == []


def test_a_day_that_comes_late_does_not_remind_a_second_time(claims: ClaimsAtHand) -> None:
    hold(claims)
    assert len(remind(claims, DUE_ON + timedelta(days=2))) == 1
    assert remind(claims, DUE_ON + timedelta(days=1)) == []
    assert remind(claims, DUE_ON - timedelta(days=3)) == []


def test_a_reminder_missed_by_the_clock_is_caught_up_the_next_day(claims: ClaimsAtHand) -> None:
    hold(claims)
    assert days(claims, -2, 0) == {-2: [2], 0: [0]}


def test_nobody_is_reminded_of_a_day_before_they_claimed(claims: ClaimsAtHand) -> None:
    hold(claims, service_days=2)
    assert remind(claims, CLAIMED_ON) == []
    assert remind(claims, CLAIMED_ON + timedelta(days=1)) == []
    assert len(remind(claims, CLAIMED_ON + timedelta(days=2))) == 1


def test_reminders_stop_when_it_is_delivered_or_given_back(claims: ClaimsAtHand) -> None:
    doer, delivered = hold(claims)
    other, returned = hold(claims)
    assert len(remind(claims, DUE_ON - timedelta(days=3))) == 2
    claims.ask(DeliverClaim(by=as_member(doer), claim_id=delivered))
    claims.ask(ReturnClaim(by=as_member(other), claim_id=returned))
    assert days(claims, -2, 5) == {}


def test_the_days_of_the_area_of_the_wish_hold(claims: ClaimsAtHand) -> None:
    claims.settle_area(reminder_days=(7, 1), lapse_after_days=1)
    hold(claims)
    assert days(claims, -14, 6) == {-7: [7], -1: [1], 1: [-1]}


def test_reminders_of_a_city_come_in_portions(claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish(places=700)
    members = claims.some_members(700)
    claims.claim_all(*(ClaimWish(by=as_member(member), wish_id=wish.wish_id) for member in members))
    claims.hear(RemindersDue(on=DUE_ON))
    assert [len(event.claims) for event in claims.told(ClaimsDueSoon)] == [500, 200]
    claims.hear(LapsesDue(on=DUE_ON + timedelta(days=4)))
    assert [len(event.claims) for event in claims.told(ClaimsEnded)] == [500, 200]


# -- lapses


def test_a_claim_lapses_when_it_is_overdue_for_longer_than_the_area_waits(claims: ClaimsAtHand) -> None:
    member = claims.a_member()
    wish = claims.a_released_wish()
    claims.claim(member, wish)
    claims.hear(LapsesDue(on=DUE_ON + timedelta(days=3)))
    assert claims.told(ClaimsEnded) == []
    for _ in range(2):
        claims.hear(LapsesDue(on=DUE_ON + timedelta(days=4)))
    (event,) = claims.told(ClaimsEnded)
    (ended,) = event.claims
    assert (ended.how, ended.member_id, ended.standing.state) == ("lapsed", member, "open")
    assert claims.row("SELECT open_claims FROM claims.member").open_claims == 0
    claims.claim(claims.a_member(), wish)


def test_what_is_delivered_never_lapses(claims: ClaimsAtHand) -> None:
    member, claim_id = hold(claims)
    claims.ask(DeliverClaim(by=as_member(member), claim_id=claim_id))
    claims.hear(LapsesDue(on=DUE_ON + timedelta(days=400)))
    assert claims.told(ClaimsEnded) == []
    assert claims.row("SELECT state FROM claims.claim").state == "delivered"


def test_claims_on_one_wish_lapse_together_and_each_tells_how_it_stands(claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish(places=3)
    for member in claims.some_members(3):
        claims.claim(member, wish)
    claims.hear(LapsesDue(on=DUE_ON + timedelta(days=4)))
    (event,) = claims.told(ClaimsEnded)
    standings = [(claim.standing.places_left, claim.standing.version) for claim in event.claims]
    assert standings == [(1, 5), (2, 6), (3, 7)]


def test_a_lapse_on_a_day_without_any_is_quiet(claims: ClaimsAtHand) -> None:
    claims.hear(LapsesDue(on=DUE_ON))
    claims.hear(RemindersDue(on=DUE_ON))
    assert claims.row("SELECT count(*) AS letters FROM claims.outbox").letters == 0
