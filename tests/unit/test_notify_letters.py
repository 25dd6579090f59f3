"""Letters on the wire: whatever the words are, they arrive as they were and no header is more than one."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import SMTP
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.channels.letters import BrokenHeader, Letter
from services.notify.channels.smtp import one_line

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85"))


@given(subject=st.text(st.characters(exclude_categories=["Cs"]), max_size=200), text=WORDS, html=WORDS)
def test_words_arrive_as_they_were_and_add_no_header(subject: str, text: str, html: str) -> None:
    letter = Letter(text, html)
    letter.go_to("wang@example.org")
    letter.say("Subject", one_line(subject))

    raw = letter.as_bytes()
    mail = message_from_bytes(raw, policy=SMTP)

    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert set(mail.keys()) <= {"To", "Subject", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
    assert mail.is_multipart() is bool(html)


def test_a_subject_in_any_language_is_read_as_it_was() -> None:
    letter = Letter("您好")
    subject = "2026年12月的微心愿已上树，欢迎来看看，您的举手之劳就是别人的心愿成真 👨‍👩‍👧"
    letter.say("Subject", subject)

    assert message_from_bytes(letter.as_bytes(), policy=SMTP)["Subject"] == subject


@pytest.mark.parametrize("name", ["心愿树", "Wishtree", 'a "quoted\\" one', ""])
def test_a_sender_is_read_by_name_and_address(name: str) -> None:
    letter = Letter("您好")
    letter.come_from(name, "wishes@example.org")

    (sender,) = message_from_bytes(letter.as_bytes(), policy=SMTP)["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, "wishes@example.org")


@given(name=st.text(st.sampled_from("北京市朝阳区望京街道微心愿办公室 a"), min_size=1, max_size=60))
def test_a_sender_with_a_long_name_keeps_to_the_length_of_encoded_words(name: str) -> None:
    name = " ".join(name.split())
    letter = Letter("您好")
    letter.come_from(name, "wishes@example.org")

    raw = letter.as_bytes()

    read = str(make_header(decode_header(message_from_bytes(raw)["From"])))
    assert parseaddr(read) == (name, "wishes@example.org")
    assert not any(b"=?" in line and len(line) > 76 for line in raw.split(b"\r\n"))


@pytest.mark.parametrize(
    "subject", ["x" * 1200, "a " + "x" * 1200 + " b", "=?utf-8?b?5b+D?=", "what =?us-ascii?q?a?= is"]
)
def test_a_subject_that_would_be_too_long_or_taken_for_another_is_read_as_it_was(subject: str) -> None:
    letter = Letter("您好")
    letter.say("Subject", subject)

    raw = letter.as_bytes()

    assert message_from_bytes(raw, policy=SMTP)["Subject"] == subject
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb\n", "\n\n"])
def test_lines_of_a_body_end_as_on_the_wire(text: str) -> None:
    for part in message_from_bytes(Letter(text, text).as_bytes()).walk():
        content = part.get_payload(decode=True)
        assert not isinstance(content, bytes) or content.count(b"\n") == content.count(b"\r\n") > 0


@pytest.mark.parametrize("value", ["a\r\nBcc: b@example.org", "a\nb", "ü", "\x00"])
def test_what_is_more_than_a_header_is_refused(value: str) -> None:
    letter = Letter("您好")

    with pytest.raises(BrokenHeader):
        letter["To"] = value


@pytest.mark.parametrize("words", ["题目\r\nBcc: b@example.org", "a\nb", "a\x0bb", "a\u2028b", "\x85"])
def test_what_people_write_never_ends_a_header(words: str) -> None:
    letter = Letter("您好")

    with pytest.raises(BrokenHeader):
        letter.say("Subject", words)
    with pytest.raises(BrokenHeader):
        letter.come_from(words, "wishes@example.org")
    with pytest.raises(BrokenHeader):
        letter.come_from("心愿树", f"wishes@example.org{words}")
    with pytest.raises(BrokenHeader):
        letter.go_to(f"wang@example.org{words}")
