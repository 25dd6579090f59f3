"""Mails that come back, read: what each mail server writes, and what is no report at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.contracts import new_id
from services.chassis.sealing import Seals
from services.chassis.settings import WrongSettings
from services.notify.channels.asking import Known
from services.notify.channels.bounces import LONGEST_LOCAL, ReturnAddress, bounces_in
from services.notify.channels.smtp import SmtpChannel
from services.notify.contracts import UnreadableBounce
from services.notify.settings import SmtpSettings
from services.notify.usecases.letter_tokens import return_token_of, returned_letter
from tests.support import bounces
from tests.support.bounces import handed_in

HOME = ReturnAddress("bounce@example.org")
LETTER = "abcdefgh" * 6
TO = f"bounce+{LETTER}@example.org"
SEALS = Seals({"k1": "aes256gcm:" + "A" * 43 + "="}, "k1", "A" * 43 + "=")


def read(sample: str, to: str = TO) -> list[tuple[Known, str, str, bool, str]]:
    """Return what a sample says, by known, code, address, whether it opts out, and letter."""
    mail = handed_in(sample, to).decode("latin-1")
    found = bounces_in([{"mail": mail}], HOME)
    return [(one.known, one.code, one.address, one.opts_out, one.letter) for one in found]


@pytest.mark.parametrize(
    ("sample", "code", "address", "opts_out"),
    [
        ("POSTFIX", "5.1.1", "li@example.net", True),
        ("POSTFIX_AFTER_FIVE_DAYS", "4.4.1", "li@example.net", False),
        ("EXIM", "5.2.1", "li@example.net", True),
        ("EXIM_WITHOUT_A_REASON", "5.0.0", "li@example.net", False),
        ("EXCHANGE", "5.1.10", "li@example.net", True),
        ("QQ", "5.0.0", "2850000000@qq.com", False),
        ("NETEASE", "5.1.1", "wang@163.com", True),
        ("MAILBOX_FULL", "5.2.2", "wang@163.com", False),
        ("OPENSMTPD", "5.4.4", "wang@163.com", False),
        ("SENDMAIL_WITHOUT_ACTION", "5.4.4", "wang@163.com", False),
    ],
)
def test_a_failure_is_read_from_every_mail_server(
    sample: str, code: str, address: str, opts_out: bool
) -> None:
    assert read(getattr(bounces, sample)) == [(Known.FAILED, code, address, opts_out, LETTER)]


@pytest.mark.parametrize("sample", ["POSTFIX_DELAYED", "RELAYED"])
def test_what_is_only_late_or_passed_on_is_no_failure(sample: str) -> None:
    assert [known for known, *_ in read(getattr(bounces, sample))] == [Known.WAITING]


def test_a_report_may_say_that_a_mail_arrived() -> None:
    assert [known for known, *_ in read(bounces.ARRIVED)] == [Known.ARRIVED]


@pytest.mark.parametrize("sample", ["OF_A_LIST", "OUT_OF_OFFICE", "OLD_AUTO_REPLY", "READ"])
def test_what_programmes_answer_by_themselves_says_nothing(sample: str) -> None:
    assert read(getattr(bounces, sample)) == []


@pytest.mark.parametrize("sample", ["FROM_A_PERSON", "FORWARDED_REPORT"])
def test_what_is_no_report_is_refused_in_plain_words(sample: str) -> None:
    with pytest.raises(UnreadableBounce):
        read(getattr(bounces, sample))


@pytest.mark.parametrize("report", [{}, {"mail": None}, {"mail": ["x"]}, {"phone": "1"}, {"mail": ""}])
def test_what_is_no_mail_is_refused_in_plain_words(report: dict[str, object]) -> None:
    with pytest.raises(UnreadableBounce):
        bounces_in([report], HOME)


@pytest.mark.parametrize(
    "to", ["bounce@example.org", f"bounce+{LETTER}@example.com", f"other+{LETTER}@example.org", TO[8:], ""]
)
def test_a_report_to_another_address_is_not_ours(to: str) -> None:
    assert read(bounces.POSTFIX, to) == []


def test_a_token_is_found_however_the_address_is_written_on_the_way() -> None:
    assert read(bounces.EXIM, TO.upper())[0][4] == LETTER.upper()


@given(cut=st.integers(0, 2500), noise=st.binary(max_size=60), sample=st.sampled_from(["POSTFIX", "QQ"]))
def test_whatever_is_handed_in_is_read_or_refused(cut: int, noise: bytes, sample: str) -> None:
    mail = handed_in(getattr(bounces, sample), TO)
    broken = mail[:cut] + noise + mail[cut:]
    try:
        found = bounces_in([{"mail": broken.decode("latin-1")}], HOME)
    except UnreadableBounce:
        return
    assert all(one.letter in {"", LETTER} for one in found)


def test_parts_within_parts_without_end_are_refused_or_read() -> None:
    opened = "".join(
        f'Content-Type: multipart/mixed; boundary="{depth}"\n\n--{depth}\n' for depth in range(2000)
    )
    with pytest.raises(UnreadableBounce):
        bounces_in([{"mail": f"To: {TO}\n{opened}"}], HOME)


def test_a_report_that_was_cut_off_behind_its_second_part_is_read() -> None:
    mail = handed_in(bounces.EXCHANGE, TO)
    cut = mail[: mail.index(b"Content-Type: message/rfc822")]

    (receipt,) = bounces_in([{"mail": cut.decode("latin-1")}], HOME)

    assert (receipt.known, receipt.code) == (Known.FAILED, "5.1.10")


# -- the address


def test_a_return_address_names_one_try_of_one_mail_and_fits_into_an_envelope() -> None:
    delivery_id = new_id()
    token = return_token_of(SEALS, delivery_id, 3)
    address = ReturnAddress(f"{'b' * LONGEST_LOCAL}@example.org").of(token)

    assert returned_letter(SEALS, token) == (delivery_id, 3)
    assert returned_letter(SEALS, token.upper()) == (delivery_id, 3)
    assert len(address.partition("@")[0]) == 64
    assert delivery_id.hex not in address


@given(place=st.integers(0, 47), letter=st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_token_in_which_anything_was_changed_is_not_ours(place: int, letter: str) -> None:
    token = return_token_of(SEALS, new_id(), 1)
    forged = token[:place] + letter + token[place + 1 :]

    assert (returned_letter(SEALS, forged) is None) is (forged != token)


@pytest.mark.parametrize("token", ["", "a", LETTER, "1" * 48, "退" * 48, "a" * 47])
def test_a_token_that_was_made_up_is_not_ours(token: str) -> None:
    assert returned_letter(SEALS, token) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bounces": "bounce"}, "no plain address"),
        ({"bounces": "bounce+x@example.org"}, "no plain address"),
        ({"bounces": "Bounce@example.org"}, "no plain address"),
        ({"bounces": f"{'b' * (LONGEST_LOCAL + 1)}@example.org"}, "more than"),
        ({"bounces": None}, "without each other"),
        ({"receipt_token": None}, "without each other"),
    ],
)
def test_a_return_address_that_leads_nowhere_keeps_the_service_from_starting(
    change: dict[str, str | None], said: str
) -> None:
    told: dict[str, str | None] = {"bounces": "bounce@example.org", "receipt_token": "t" * 24}
    with pytest.raises(WrongSettings, match=said):
        SmtpChannel(SmtpSettings(host="127.0.0.1", sender="wishes@example.org", **(told | change)))  # type: ignore[arg-type]
