"""Mails that come back without a report, and complaints: what fails a delivery, and what never does."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.channels.asking import Known
from services.notify.channels.bounces import ReturnAddress, bounces_in
from services.notify.channels.receipts import Receipt
from services.notify.contracts import UnreadableBounce
from tests.support import bounces_in_words as words
from tests.support.bounces import handed_in
from tests.support.complaints import ABUSE, OF_HEADERS, a_complaint

HOME = ReturnAddress("bounce@example.org")
LETTER = "abcdefgh" * 6
TO = f"bounce+{LETTER}@example.org"


def read(sample: str, to: str = TO) -> list[Receipt]:
    """Return what a sample says that came to this address."""
    return bounces_in([{"mail": handed_in(sample, to).decode("latin-1")}], HOME)


def in_chinese(page: str) -> str:
    """Return a bounce that is a packed page."""
    return words.IN_CHINESE.replace("{html}", base64.b64encode(page.encode()).decode())


@pytest.mark.parametrize(
    ("sample", "code", "address", "opts_out"),
    [
        (words.QMAIL, "5.1.1", "li@example.net", True),
        (words.QMAIL_FOR_SOMEBODY_ELSE, "5.1.1", "li@forwarded.example.com", True),
        (words.QMAIL_AFTER_A_WEEK, "in_words", "li@example.net", False),
        (words.QMAIL_AT_CLOSED_MAILBOX, "5.2.1", "li@example.net", False),
        (words.QMAIL_TO_SEVERAL, "5.1.1", "", False),
        (words.EXIM, "in_words", "li@example.net", False),
        (words.EXCHANGE, "in_words", "li@example.net", False),
        (in_chinese(words.REFUSED), "550", "", False),
        (in_chinese(words.GONE), "5.1.1", "", False),
    ],
)
def test_a_failure_is_read_from_the_words_of_a_mail_server(
    sample: str, code: str, address: str, opts_out: bool
) -> None:
    (receipt,) = read(sample)

    assert (receipt.known, receipt.letter) == (Known.FAILED, LETTER)
    assert (receipt.code, receipt.address, receipt.opts_out) == (code, address, opts_out)


@pytest.mark.parametrize(
    "sample",
    [words.EXIM_STILL_TRYING, in_chinese(words.STILL_TRYING), words.DELAYED_IN_WORDS_OF_ITS_OWN],
)
def test_a_mail_server_that_is_still_trying_says_nothing_yet(sample: str) -> None:
    assert read(sample) == []


@pytest.mark.parametrize(
    "mark",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-replied (vacation)",
        "X-Autoreply: yes",
        "Precedence: bulk",
        "Precedence: auto_reply",
    ],
)
def test_an_answer_of_a_persons_programme_fails_nothing_whatever_its_words(mark: str) -> None:
    assert read(words.OUT_OF_OFFICE.replace("{mark}", mark)) == []


@pytest.mark.parametrize(
    "mark", ["Auto-Submitted: auto-replied (vacation)", "X-Autoreply: yes", "Precedence: auto_reply"]
)
def test_a_person_whose_mailbox_is_called_like_a_server_may_be_away(mark: str) -> None:
    assert read(words.OUT_OF_OFFICE.replace("{mark}", mark).replace("li@", "postmaster@")) == []


def test_an_address_that_a_mail_server_mentions_is_no_failure() -> None:
    said = "Write to our office, office@example.net, if you have questions."
    with pytest.raises(UnreadableBounce):
        read(words.FROM_THE_SERVER_ABOUT_SOMETHING_ELSE.replace("Our server moves on Sunday.", said))


def test_a_question_whether_we_are_real_fails_nothing() -> None:
    assert read(words.CHALLENGE) == []


@pytest.mark.parametrize(
    "sample",
    [
        words.FROM_A_PERSON,
        words.OUT_OF_OFFICE.replace("{mark}", "X-Auto-Response-Suppress: All"),
        words.QMAIL.replace("Return-Path: <>\n", "", 1),
        words.QMAIL.replace("MAILER-DAEMON@", "li@", 1),
        words.FROM_THE_SERVER_ABOUT_SOMETHING_ELSE,
        in_chinese(words.VAGUE),
    ],
)
def test_what_no_mail_server_said_or_nobody_understands_is_refused(sample: str) -> None:
    with pytest.raises(UnreadableBounce):
        read(sample)


@pytest.mark.parametrize("sample", [words.READ_BY_A_SERVER, words.EMPTY_REPORT])
def test_the_words_around_a_report_are_not_read(sample: str) -> None:
    assert read(sample) == []


def test_words_about_a_mail_of_nobody_are_not_ours() -> None:
    assert read(words.QMAIL, "bounce@example.org") == []


def test_of_a_long_mail_the_beginning_is_read() -> None:
    (receipt,) = read(words.QMAIL.replace("li@example.net>:", "li@example.net>:\n    " + "," * 100_000))
    assert receipt.known is Known.FAILED

    with pytest.raises(UnreadableBounce):
        read(words.QMAIL.replace("Hi. This is", "," * 10_000 + "\n    Hi. This is"))


@given(cut=st.integers(0, 1200), noise=st.binary(max_size=60), is_packed=st.booleans())
def test_whatever_is_handed_in_is_read_or_refused(cut: int, noise: bytes, is_packed: bool) -> None:
    mail = handed_in(in_chinese(words.GONE) if is_packed else words.QMAIL, TO)
    broken = mail[:cut] + noise + mail[cut:]
    try:
        found = bounces_in([{"mail": broken.decode("latin-1")}], HOME)
    except UnreadableBounce:
        return
    assert all(one.letter == LETTER for one in found)


# -- complaints


@pytest.mark.parametrize(
    ("sample", "to"),
    [
        (a_complaint(), TO),
        (a_complaint(mail_from=TO), "fbl@example.org"),
        (a_complaint(return_path=TO), "fbl@example.org"),
        (a_complaint(OF_HEADERS, return_path=TO), "fbl@example.org"),
        (a_complaint(kind="Fraud"), TO),
    ],
)
def test_a_complaint_names_our_mail_wherever_its_return_address_stands(sample: str, to: str) -> None:
    (receipt,) = read(sample, to)

    assert (receipt.known, receipt.letter, receipt.complains) == (Known.ARRIVED, LETTER, True)
    assert not receipt.opts_out


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "virus", "other", ""])
def test_feedback_that_is_no_complaint_says_nothing(kind: str) -> None:
    assert read(a_complaint(kind=kind)) == []


def test_a_complaint_about_a_mail_of_nobody_says_nothing() -> None:
    assert read(a_complaint(), "bounce@example.org") == []


def test_a_complaint_that_somebody_forwards_is_none() -> None:
    forwarded = ABUSE.replace("multipart/report; report-type=feedback-report", "multipart/mixed")
    with pytest.raises(UnreadableBounce):
        read(a_complaint(forwarded))
