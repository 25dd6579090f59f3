"""Topics, the lives of messages and deliveries, and what follows from an attempt."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.refusals import IllegalMove
from services.notify.domain import (
    DELIVERY_LIFECYCLE,
    MESSAGE_LIFECYCLE,
    TOPICS,
    DeliveryAction,
    DeliveryState,
    Hearing,
    MessageState,
    Outcome,
    RecipientKind,
    RetryPolicy,
    Topic,
    TopicClass,
    Verdict,
    asked_after,
    has_inbox,
    sms_parts,
    step_after,
)
from services.notify.domain.attempts import MOST_TRIES
from services.notify.usecases.asking import BELIEVED_AFTER

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
POLICY = RetryPolicy()
A, S = DeliveryAction, DeliveryState


def after(
    outcome: Outcome,
    topic: Topic = Topic.WISH_CLAIMED,
    failures: int = 0,
    hours: float = 72,
    hearing: Hearing | None = None,
    tries: int = 1,
) -> object:
    return step_after(
        outcome,
        topic,
        failures=failures,
        now=NOW,
        expires_at=NOW + timedelta(hours=hours),
        policy=POLICY,
        jitter=0.0,
        hearing=hearing,
        tries=tries,
    )


def test_every_topic_has_a_rule_and_somebody_to_tell() -> None:
    assert set(TOPICS) == set(Topic)
    assert all(rule.plans for rule in TOPICS.values())


def test_only_codes_urgent_dispatches_and_stopped_accounts_are_urgent_and_no_code_lies_in_an_inbox() -> None:
    urgent = {topic for topic, rule in TOPICS.items() if rule.topic_class is TopicClass.URGENT}

    assert urgent == {Topic.SIGN_IN_CODE, Topic.URGENT_DISPATCH, Topic.ACCOUNT_STOPPED}
    assert not has_inbox(Topic.SIGN_IN_CODE, RecipientKind.MEMBER)
    assert TopicClass.URGENT.lane < TopicClass.SERVICE.lane < TopicClass.MARKETING.lane


def test_answers_that_somebody_waits_for_cannot_be_switched_off() -> None:
    fixed = {topic for topic, rule in TOPICS.items() if not rule.may_be_switched_off}

    assert {Topic.SIGN_IN_CODE, Topic.WISH_SCREENED, Topic.WISH_RECEIVED} <= fixed


def test_residents_have_no_inbox() -> None:
    assert not any(has_inbox(topic, RecipientKind.RESIDENT) for topic in Topic)


def test_every_state_of_a_delivery_can_be_reached_and_the_last_ones_are_final() -> None:
    reached = {DELIVERY_LIFECYCLE.starts} | set(DELIVERY_LIFECYCLE.moves.values())

    assert reached == set(DeliveryState)
    assert DELIVERY_LIFECYCLE.final_states == {S.DELIVERED, S.SUPPRESSED, S.EXPIRED}
    assert MESSAGE_LIFECYCLE.final_states == {
        MessageState.PLANNED,
        MessageState.UNREACHABLE,
        MessageState.EXPIRED,
        MessageState.MERGED,
    }


@pytest.mark.parametrize("state", [S.SENDING, S.AMBIGUOUS, S.ACCEPTED, S.DELIVERED])
def test_what_may_be_out_is_never_lent_again_as_it_stands(state: DeliveryState) -> None:
    with pytest.raises(IllegalMove):
        DELIVERY_LIFECYCLE.after(state, A.TAKE)


def test_a_doubt_may_be_settled_by_what_is_learned_later() -> None:
    assert DELIVERY_LIFECYCLE.after(S.AMBIGUOUS, A.ACCEPT) is S.ACCEPTED
    assert not DELIVERY_LIFECYCLE.allows(S.AMBIGUOUS, A.FAIL)


def test_an_accepted_delivery_is_accepted_and_a_permanent_no_is_refused() -> None:
    assert after(Outcome(Verdict.ACCEPTED, "0")) == step(A.ACCEPT)
    assert after(Outcome(Verdict.PERMANENT, "550")) == step(A.REFUSE)


def test_a_transient_failure_is_tried_again_with_growing_delays_and_given_up_after_the_last() -> None:
    delays = []
    for failures in range(POLICY.tries - 1):
        following = after(Outcome(Verdict.RETRY, "503"), failures=failures)
        assert following.action is A.FAIL  # type: ignore[attr-defined]
        delays.append(following.due_at - NOW)  # type: ignore[attr-defined]

    assert delays == [timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 14400)]
    given_up = after(Outcome(Verdict.RETRY, "503"), failures=POLICY.tries - 1)
    assert given_up == step(A.FAIL, None, is_failure=True)


def test_a_retry_that_would_come_too_late_is_given_up_at_once() -> None:
    busy, patient = Outcome(Verdict.RETRY, "503"), Outcome(Verdict.WAIT, "429", after=timedelta(seconds=30))
    given_up = step(A.FAIL, None, is_failure=True)

    assert [after(said, hours=30 / 3600) for said in (busy, patient)] == [given_up] * 2
    in_time = NOW + timedelta(seconds=30)
    assert after(busy, hours=31 / 3600) == step(A.FAIL, in_time, is_failure=True)
    assert after(patient, hours=31 / 3600) == step(A.POSTPONE, in_time)


def test_patience_with_a_provider_ends_before_its_tries_cannot_be_counted_any_more() -> None:
    patient = Outcome(Verdict.WAIT, "429", after=timedelta(seconds=1))

    assert after(patient, tries=MOST_TRIES - 1) == step(A.POSTPONE, NOW + timedelta(seconds=1))
    assert after(patient, tries=MOST_TRIES) == step(A.FAIL, None, is_failure=True)
    assert MOST_TRIES < 2**15 - 1


def test_waiting_for_a_provider_is_no_failure() -> None:
    asked = after(Outcome(Verdict.WAIT, "429", after=timedelta(seconds=7)))
    stopped = after(Outcome(Verdict.STOP, "401"))

    assert asked == step(A.POSTPONE, NOW + timedelta(seconds=7))
    assert stopped == step(A.POSTPONE, NOW + POLICY.pause)


@pytest.mark.parametrize(
    ("topic", "hearing", "seconds"),
    [
        (Topic.RELEASE_DIGEST, None, 300),
        (Topic.RELEASE_DIGEST, Hearing.RECEIPTS, 1800),
        (Topic.RELEASE_DIGEST, Hearing.ANSWERS, 60 + 120 + 600 + 3600 + 21600 + 120),
        (Topic.WISH_RECEIVED, None, 300),
        (Topic.WISH_RECEIVED, Hearing.RECEIPTS, 300),
        (Topic.WISH_RECEIVED, Hearing.ANSWERS, 60 + 120 + 120 + 120),
        (Topic.SIGN_IN_CODE, None, 20),
        (Topic.SIGN_IN_CODE, Hearing.ANSWERS, 10 + 10 + 120),
    ],
)
def test_every_doubt_has_an_end_and_who_can_be_asked_has_the_time_to_answer(
    topic: Topic, hearing: Hearing | None, seconds: int
) -> None:
    following = after(Outcome(Verdict.AMBIGUOUS, "timeout"), topic, hearing=hearing)

    assert following == step(A.LOSE_TRACK, NOW + timedelta(seconds=seconds))


def test_a_provider_is_believed_to_have_nothing_only_after_two_questions_so_that_all_topics_ask_two() -> None:
    assert all(len(asked_after(topic)) >= BELIEVED_AFTER for topic in Topic)


def test_what_was_accepted_is_looked_at_again_where_something_can_be_heard_of_it() -> None:
    accepted = Outcome(Verdict.ACCEPTED, "0")

    for hearing in Hearing:
        assert after(accepted, hearing=hearing) == step(A.ACCEPT, NOW + POLICY.receipt)


def test_a_late_receipt_is_believed_of_what_nobody_would_know() -> None:
    assert DELIVERY_LIFECYCLE.after(S.AMBIGUOUS, A.WRITE_OFF) is S.UNKNOWN
    assert DELIVERY_LIFECYCLE.after(S.UNKNOWN, A.DELIVER) is S.DELIVERED
    assert DELIVERY_LIFECYCLE.after(S.UNKNOWN, A.REFUSE) is S.REFUSED
    assert not DELIVERY_LIFECYCLE.allows(S.UNKNOWN, A.RESEND)


@given(
    verdict=st.sampled_from(Verdict),
    topic=st.sampled_from(Topic),
    failures=st.integers(0, 10),
    seconds=st.integers(1, 10**6),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_whatever_comes_of_an_attempt_the_table_allows_what_follows(
    verdict: Verdict, topic: Topic, failures: int, seconds: int, jitter: float
) -> None:
    following = step_after(
        Outcome(verdict, "x"),
        topic,
        failures=failures,
        now=NOW,
        expires_at=NOW + timedelta(seconds=seconds),
        policy=POLICY,
        jitter=jitter,
    )

    assert DELIVERY_LIFECYCLE.allows(S.SENDING, following.action)
    if following.due_at is not None:
        assert following.due_at > NOW
    if verdict is Verdict.AMBIGUOUS:
        assert following.action is A.LOSE_TRACK


def test_jitter_spreads_retries_but_never_hurries_them() -> None:
    assert POLICY.delay_after(1, 0.0, TopicClass.SERVICE) == timedelta(seconds=30)
    assert timedelta(seconds=30) < POLICY.delay_after(1, 0.99, TopicClass.SERVICE) < timedelta(seconds=36.1)
    assert POLICY.pause_after(2, 0.0, TopicClass.SERVICE) == timedelta(minutes=10)
    assert POLICY.pause_after(2, 0.5, TopicClass.SERVICE) == timedelta(minutes=11)


def test_who_is_told_to_pause_for_longer_than_an_hour_does() -> None:
    policy = RetryPolicy(pause=timedelta(hours=2))

    assert [policy.pause_after(tries, 0.0, TopicClass.SERVICE) for tries in (1, 5)] == [policy.pause] * 2


def test_what_is_urgent_is_given_up_within_minutes_so_that_the_next_channel_still_helps() -> None:
    delays = [POLICY.delay_after(failures, 0.99, TopicClass.URGENT) for failures in range(1, POLICY.tries)]

    assert delays == sorted(delays)
    assert sum(delays, timedelta()) < timedelta(minutes=3)


def test_a_number_that_has_had_enough_is_tried_ever_more_rarely() -> None:
    enough = Outcome(Verdict.WAIT, "isv.BUSINESS_LIMIT_CONTROL")
    pauses = [after(enough, tries=tries).due_at - NOW for tries in range(1, 7)]  # type: ignore[attr-defined]
    urgent = after(enough, Topic.URGENT_DISPATCH, tries=1)

    assert pauses == [timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 60, 60)]
    assert urgent == step(A.POSTPONE, NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("", 1),
        ("字" * 70, 1),
        ("字" * 71, 2),
        ("字" * 134, 2),
        ("字" * 135, 3),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("𠮷" * 35, 1),
        ("𠮷" * 36, 2),
    ],
)
def test_an_sms_is_counted_in_parts_as_it_is_priced(text: str, parts: int) -> None:
    assert sms_parts(text) == parts


def step(action: DeliveryAction, due_at: datetime | None = None, *, is_failure: bool = False) -> object:
    from services.notify.domain import Step

    return Step(action, due_at, is_failure)
