"""What a mail server says before any mail goes out: somebody has to look, or it may be tried again."""

import smtplib
import ssl

import pytest

from services.notify.channels.smtp_answers import no_connection
from services.notify.domain import Outcome, Verdict


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 no"), Outcome(Verdict.STOP, "535 5.7.8")),
        (
            smtplib.SMTPException("No suitable authentication method found."),
            Outcome(Verdict.STOP, "no_way_to_sign_in"),
        ),
        (smtplib.SMTPNotSupportedError("no AUTH"), Outcome(Verdict.STOP, "SMTPNotSupportedError")),
        (ssl.SSLError("no"), Outcome(Verdict.STOP, "SSLError")),
        (smtplib.SMTPConnectError(421, "4.3.2 come back"), Outcome(Verdict.RETRY, "421 4.3.2")),
        (smtplib.SMTPServerDisconnected("gone"), Outcome(Verdict.RETRY, "SMTPServerDisconnected")),
        (ConnectionRefusedError(), Outcome(Verdict.RETRY, "ConnectionRefusedError")),
    ],
)
def test_without_a_connection_nothing_went_out_and_who_refused_us_stops_the_account(
    fault: Exception, outcome: Outcome
) -> None:
    assert no_connection(fault) == outcome
