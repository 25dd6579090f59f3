"""When a provider has failed enough: call by call, one after the other, and nothing of them went out."""

from datetime import UTC, datetime, timedelta

from services.notify.channels.providers import OPENS_AFTER, Provider
from services.notify.channels.sms_http import SmsHttpChannel
from services.notify.domain import Outcome, Verdict
from services.notify.settings import SmsSettings

WELL, BUSY, SILENT, NO = (
    Outcome(verdict, "x")
    for verdict in (Verdict.ACCEPTED, Verdict.RETRY, Verdict.AMBIGUOUS, Verdict.PERMANENT)
)


def a_provider() -> Provider:
    told = {"to": "{{ phone }}", "text": "{{ text }}"}
    return Provider(SmsHttpChannel(SmsSettings(url="http://127.0.0.1:1/", fields=told)))


def test_calls_in_vain_are_counted_one_after_the_other() -> None:
    provider = a_provider()
    said = [[BUSY], [SILENT], [WELL], [BUSY], [BUSY], [NO], [SILENT], [BUSY], [BUSY]]

    assert [provider.has_failed_enough(outcomes) for outcomes in said] == [False] * 8 + [True]


def test_a_call_of_which_something_went_out_was_not_in_vain() -> None:
    provider = a_provider()

    assert not any(provider.has_failed_enough([BUSY, WELL, SILENT]) for _ in range(2 * OPENS_AFTER))
    assert not any(provider.has_failed_enough([]) for _ in range(2 * OPENS_AFTER))


def test_a_rest_ends_at_its_end_and_is_never_shortened() -> None:
    provider, now, minute = a_provider(), datetime(2026, 11, 2, 4, tzinfo=UTC), timedelta(minutes=1)
    assert provider.is_awake(now)

    provider.rest(now + minute)
    provider.rest(now + minute / 2)

    assert not provider.is_awake(now + minute * 0.9)
    assert provider.is_awake(now + minute)
